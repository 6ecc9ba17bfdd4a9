import { ConfigError, ResultExpiredError, SnowmeltError, SourceError } from '../../errors/errors.js';
import { networkFault } from '../../http/network-fault.js';
import type { WorkloadIdentityProvider } from '../auth/sign-in-options.js';
import { readFailure, snowflakeError, type SnowflakeFailure } from '../snowflake-failure.js';
import { isTokenRefused, type WhoSignsIn } from '../login-refused.js';
import { unreachable } from '../unreachable.js';
import type { DriverError } from './driver.js';

/** What was being done when the driver failed. */
export type DriverPhase = 'login' | 'execute' | 'reopen' | 'read';

/** The driver's codes and the server's for a session that is gone: only a new connection helps. */
const SESSION_LOST = new Set([390104, 390111, 390114, 401004, 405501, 405502, 405503, 407001, 407002]);

/** Whether the connection cannot be used any more. */
export function isSessionLost(error: DriverError): boolean {
  return error.isFatal === true || SESSION_LOST.has(Number(error.code));
}

/** Whether Snowflake refused a login because of its token. */
export function isTokenRefusal(error: DriverError): boolean {
  return typeof error.code === 'string' && isTokenRefused(error.code);
}

/**
 * Turns an error of the driver into one of ours. Never keeps the driver's error itself: it may carry tokens.
 */
export function classifyDriverError(
  error: DriverError,
  phase: DriverPhase,
  about: {
    readonly host: string;
    readonly who: WhoSignsIn;
    readonly queryId?: string | undefined;
    /** The proxy that the driver goes by. */
    readonly proxy?: string | undefined;
    /** Takes out what was sent as a credential. */
    readonly mask: (text: string) => string;
  },
): SnowmeltError {
  if (error instanceof SnowmeltError) return error;
  const failure = failureOf(error, about.mask);
  const code = Number(error.code);
  const fromServer = typeof error.code === 'string' && /^\d{6}$/.test(error.code);
  if (isSessionLost(error)) {
    return new SourceError('SOURCE_FAILED', `The Snowflake session was lost (${code}).`, {
      retryable: true,
      hint: 'Run again: a new session is opened.',
      details: failure.details,
    });
  }
  if (fromServer) {
    if (phase === 'login') return snowflakeError(failure, about.who);
    const mapped = snowflakeError(failure, about.who);
    const gone = phase !== 'execute' && !(mapped instanceof SourceError && mapped.retryable);
    if (!gone) return mapped;
    return new ResultExpiredError(`The result of query ${about.queryId ?? '?'} cannot be read: ${failure.message}`, {
      details: failure.details,
    });
  }
  const status = httpStatus(error);
  if (phase === 'login') {
    const { signIn } = about.who;
    // The driver numbers its own errors; what asks a cloud for an identity does not.
    if (signIn.authenticator === 'WORKLOAD_IDENTITY' && !(code >= 400_000)) {
      return identityUnreadable(signIn.provider, failure.raw, error);
    }
    if (code === 404026 || /private ?key|DECODER|PEM/i.test(failure.raw)) {
      return new ConfigError('KEY_FORMAT', 'The driver refused the private key.', {
        hint: 'Check the key: openssl pkey -in rsa_key.p8 -noout',
      });
    }
    const { proxy } = about;
    if (status !== undefined) return unreachable(about.host, httpReason(status), { status, proxy });
    return unreachable(about.host, networkReason(error), { kind: networkFault(error).kind, proxy });
  }
  if (status !== undefined && isRedirect(status)) {
    return new SourceError('SOURCE_FAILED', `Snowflake answered with ${httpReason(status)}; it was not followed.`, {
      retryable: false,
      hint: 'Let accessUrl be the final address; a proxy must not redirect.',
      details: failure.details,
    });
  }
  return new SourceError('SOURCE_FAILED', `Snowflake did not answer (${networkReason(error)}).`, {
    // What a reader meets, opening the result again may cure, or else tells what is wrong.
    retryable:
      phase === 'read' || status === undefined || status >= 500 || status === 403 || status === 408 || status === 429,
    hint: 'Run again: the run resumes at the first unsettled row.',
    details: failure.details,
  });
}

/** The identity of a workload could not be had; nothing was sent to Snowflake. */
function identityUnreadable(provider: WorkloadIdentityProvider, raw: string, cause: DriverError): SourceError {
  const isHost = raw.includes('SNOWFLAKE_WIF_ALLOWED_HOST_SUFFIXES');
  const message = isHost
    ? `The driver does not send the identity of ${provider} to this host, because it is not one of Snowflake's.`
    : `The identity of ${provider} cannot be had here.`;
  return new SourceError('TOKEN_UNREADABLE', message, {
    retryable: !isHost,
    hint: isHost
      ? 'Correct accessUrl, or name its host in the environment variable SNOWFLAKE_WIF_ALLOWED_HOST_SUFFIXES.'
      : `Check that this program runs where ${provider} gives it an identity, or set workloadIdentityProvider to who does.`,
    cause,
  });
}

function failureOf(error: DriverError, mask: (text: string) => string): SnowflakeFailure {
  const data: Readonly<Record<string, unknown>> =
    typeof error.data === 'object' && error.data !== null ? { ...error.data } : {};
  const { code, message, sqlState } = error;
  const about = { queryId: data['queryId'], line: data['line'], position: data['pos'] };
  return readFailure({ code, message, sqlState, ...about, status: httpStatus(error) }, mask);
}

function httpStatus(error: DriverError): number | undefined {
  const { response } = error as { readonly response?: unknown };
  if (typeof response !== 'object' || response === null) return undefined;
  const { statusCode, status } = response as { readonly statusCode?: unknown; readonly status?: unknown };
  const value = statusCode ?? status;
  return typeof value === 'number' ? value : undefined;
}

function isRedirect(status: number): boolean {
  return status >= 300 && status < 400;
}

function httpReason(status: number): string {
  return `HTTP ${status}${isRedirect(status) ? ', a redirect' : ''}`;
}

function networkReason(error: DriverError): string {
  return networkFault(error).code ?? `driver code ${/^\d{1,6}$/.exec(String(error.code))?.[0] ?? 'unknown'}`;
}

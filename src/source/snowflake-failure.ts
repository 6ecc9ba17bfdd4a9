import { SourceError, type SnowmeltError } from '../errors/errors.js';

/** A failure as Snowflake reports it, whichever way it came. */
export interface SnowflakeFailure {
  /** Six digits. */
  readonly code: string;
  /** Without values: see {@link withoutValues}. */
  readonly message: string;
  readonly sqlState?: string | undefined;
  readonly line?: number | undefined;
  readonly position?: number | undefined;
  readonly details: Readonly<Record<string, unknown>>;
}

const WAREHOUSE = new Set([606, 609, 610, 90073]);
const CANCELED = new Set([604]);
const TIMED_OUT = new Set([630]);

/**
 * What Snowflake says of a failure, without values: an error of data (100xxx) quotes the value it met, or gives it after
 * a colon or a bracket.
 */
export function withoutValues(code: string, message: string): string {
  if (!/^100\d{3}$/.test(code)) return message;
  const quotes = [...message.matchAll(/['"`]/g)].map(({ index }) => index);
  const [first = message.length] = quotes;
  const last = quotes.at(-1) ?? first;
  // The value may hold quotes itself, so everything between the outermost ones goes; behind a single one all does.
  const after = last === first ? '' : `'…'${message.slice(last + 1)}`;
  const unquoted = message.slice(0, first) + after;
  const [said = ''] = unquoted.split(/[:[({]/, 1);
  return said === message || (said === unquoted && after !== '') ? said : `${said.trimEnd()}…`;
}

/** One error for a failure that Snowflake itself reported; the message is Snowflake's own. */
export function snowflakeError(
  failure: SnowflakeFailure,
  about: { readonly username: string; readonly fingerprint?: string | undefined },
): SnowmeltError {
  const code = Number(failure.code);
  const { details } = failure;
  const said = failure.message;
  if (/^39\d{4}$/.test(failure.code)) return refused(failure, about);
  if (WAREHOUSE.has(code) || /^No active warehouse|\bwarehouse '[^']*' (?:does not exist|cannot be)/im.test(said)) {
    return new SourceError('SOURCE_WAREHOUSE', `There is no usable warehouse (${failure.code}): ${oneLine(said)}`, {
      retryable: false,
      hint: 'Set warehouse, or grant it: GRANT USAGE ON WAREHOUSE <name> TO ROLE <role>;',
      details,
    });
  }
  if (TIMED_OUT.has(code)) {
    return new SourceError('SOURCE_TIMEOUT', `Snowflake stopped the statement (${failure.code}): ${oneLine(said)}`, {
      retryable: true,
      hint: 'Raise statementTimeoutSeconds, use a larger warehouse or narrow the query.',
      details,
    });
  }
  if (CANCELED.has(code)) {
    return new SourceError('SOURCE_CANCELED', `The statement was cancelled (${failure.code}): ${oneLine(said)}`, {
      retryable: true,
      hint: 'Run again.',
      details,
    });
  }
  if (failure.sqlState?.startsWith('XX') === true || /incident|internal error/i.test(said)) {
    return new SourceError('SOURCE_FAILED', `Snowflake failed (${failure.code}): ${oneLine(said)}`, {
      retryable: true,
      hint: 'Run again; if it stays, ask Snowflake support with the query id.',
      details,
    });
  }
  const line = failure.line ?? lineIn(said)?.line;
  const position = failure.position ?? lineIn(said)?.position;
  const where = line === undefined ? '' : `, line ${line}${position === undefined ? '' : ` at position ${position}`}`;
  return new SourceError('SOURCE_SQL', `Snowflake refused the query (${failure.code}${where}): ${oneLine(said)}`, {
    retryable: false,
    hint:
      line === undefined
        ? 'Correct the query; the role needs SELECT on every object it names.'
        : `Correct line ${line} of the query.`,
    details: { ...details, line, position },
  });
}

function lineIn(message: string): { readonly line: number; readonly position: number } | undefined {
  const match = /line (\d+) at position (\d+)/.exec(message);
  return match === null ? undefined : { line: Number(match[1]), position: Number(match[2]) };
}

function oneLine(message: string): string {
  return message.replace(/\s*\n\s*/g, ' ').trim();
}

function refused(
  failure: SnowflakeFailure,
  about: { readonly username: string; readonly fingerprint?: string | undefined },
): SnowmeltError {
  const code = Number(failure.code);
  const said = oneLine(failure.message);
  const { details } = failure;
  if (code === 390201 || code === 390189) {
    const what = /warehouse/i.test(said) ? 'SOURCE_WAREHOUSE' : 'SOURCE_LOGIN_REFUSED';
    return new SourceError(what, `Snowflake refused the login (${failure.code}): ${said}`, {
      retryable: false,
      hint: 'Check role, warehouse, database and schema, and that the role has USAGE on them.',
      details,
    });
  }
  const key = about.fingerprint === undefined ? 'that of this key' : about.fingerprint;
  return new SourceError('SOURCE_LOGIN_REFUSED', `Snowflake refused the login (${failure.code}): ${said}`, {
    retryable: false,
    hint:
      code === 390144
        ? `Check account, user, the clock of this machine, and the key: RSA_PUBLIC_KEY_FP in DESC USER ${about.username} must be ${key}.`
        : `Check account, user and network policy: DESC USER ${about.username}`,
    details,
  });
}

const NETWORK_HINTS = {
  certificate: 'For a private authority set NODE_EXTRA_CA_CERTS to the file of its certificate.',
  'no-tls': 'Check whether accessUrl should begin with http:, and its port.',
  port: 'fetch refuses this port: let the host listen at another one.',
  other: 'Check the network, the proxy (docs/sources.md, "Proxies") and the account identifier.',
};

/** The error of a host that did not answer, or not as Snowflake does. */
export function unreachable(
  host: string,
  reason: string,
  found: { readonly status?: number | undefined; readonly kind?: keyof typeof NETWORK_HINTS | undefined } = {},
): SourceError {
  const { status, kind = 'other' } = found;
  const refusedByHost = status !== undefined && status < 500 && status !== 408 && status !== 429;
  return new SourceError('SOURCE_UNREACHABLE', `Snowflake cannot be reached at ${host} (${reason}).`, {
    retryable: !refusedByHost && kind === 'other',
    hint:
      refusedByHost || reason === 'ENOTFOUND'
        ? 'Check the account identifier: orgname-accountname.'
        : NETWORK_HINTS[kind],
    details: status === undefined ? { reason } : { reason, status },
  });
}

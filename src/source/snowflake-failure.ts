import { SourceError, type SnowmeltError } from '../errors/errors.js';
import { loginRefused, type WhoSignsIn } from './login-refused.js';
import { shownMessage } from './shown-message.js';
import { statementHint, warehouseHint } from './statement-hints.js';

/** What came of a failure, from either source, as it came. */
export interface ReportedFailure {
  readonly code: unknown;
  readonly message: unknown;
  readonly sqlState: unknown;
  readonly queryId: unknown;
  readonly line?: unknown;
  readonly position?: unknown;
  readonly status?: number | undefined;
}

/** A failure as Snowflake reports it, whichever way it came: no credential, and every fact of its own shape. */
export interface SnowflakeFailure {
  /** Six digits, or empty. */
  readonly code: string;
  /** As it came, to be told apart by; may hold values of rows, so it is never shown. */
  readonly raw: string;
  /** What may be shown of it: see `shownMessage`. */
  readonly message: string;
  /** How to read what is not shown. */
  readonly lookUp: string | undefined;
  readonly sqlState?: string | undefined;
  readonly line?: number | undefined;
  readonly position?: number | undefined;
  readonly details: Readonly<Record<string, unknown>>;
}

const LONGEST_MESSAGE = 2000;

/**
 * Takes a failure in. A server may say anything in any place, also what it was sent.
 *
 * @param mask - takes out what was sent as a credential
 */
export function readFailure(reported: ReportedFailure, mask: (text: string) => string): SnowflakeFailure {
  const fact = (value: unknown, shape: RegExp): string | undefined =>
    typeof value === 'string' && shape.test(value) && mask(value) === value ? value : undefined;
  const count = (value: unknown): number | undefined =>
    typeof value === 'number' && Number.isSafeInteger(value) && value >= 0 ? value : undefined;
  const code = fact(String(reported.code), /^\d{1,6}$/) ?? '';
  const raw = mask(typeof reported.message === 'string' ? reported.message.slice(0, LONGEST_MESSAGE) : '');
  const sqlState = fact(reported.sqlState, /^[0-9A-Z]{5}$/);
  const queryId = fact(reported.queryId, /^[\w-]{1,64}$/);
  const [line, position] = [count(reported.line), count(reported.position)];
  const status = reported.status === undefined ? {} : { status: reported.status };
  const shown = shownMessage(code, raw);
  const lookUp =
    queryId === undefined
      ? undefined
      : `SELECT ERROR_MESSAGE FROM TABLE(INFORMATION_SCHEMA.QUERY_HISTORY()) WHERE QUERY_ID = '${queryId}';`;
  return {
    code,
    raw,
    message: raw === '' ? 'no message' : (shown ?? 'its message is not shown, because it may hold values of rows'),
    lookUp: shown === undefined ? lookUp : undefined,
    sqlState,
    line,
    position,
    details: { ...status, snowflakeCode: code, sqlState, queryId, line, position },
  };
}

const CANCELED = new Set([604]);
const TIMED_OUT = new Set([630]);

/** One error for a failure that Snowflake itself reported; the message is Snowflake's own, where it may be shown. */
export function snowflakeError(failure: SnowflakeFailure, who: WhoSignsIn): SnowmeltError {
  const code = Number(failure.code);
  const { details, raw, message: said } = failure;
  // 391xxx are of the SQL API itself ("Handling responses", SQL API, docs.snowflake.com).
  if (/^39[04]\d{3}$/.test(failure.code)) return loginRefused(failure, who);
  const warehouse = warehouseHint(code, raw);
  if (warehouse !== undefined) {
    return new SourceError('SOURCE_WAREHOUSE', `There is no usable warehouse (${failure.code}): ${said}`, {
      retryable: false,
      hint: warehouse,
      details,
    });
  }
  if (TIMED_OUT.has(code)) {
    return new SourceError('SOURCE_TIMEOUT', `Snowflake stopped the statement (${failure.code}): ${said}`, {
      retryable: true,
      hint: 'Raise statementTimeoutSeconds, use a larger warehouse or narrow the query.',
      details,
    });
  }
  if (CANCELED.has(code)) {
    return new SourceError('SOURCE_CANCELED', `The statement was cancelled (${failure.code}): ${said}`, {
      retryable: true,
      hint: 'Run again.',
      details,
    });
  }
  if (failure.sqlState?.startsWith('XX') === true || /incident|internal error/i.test(raw)) {
    return new SourceError('SOURCE_FAILED', `Snowflake failed (${failure.code}): ${said}`, {
      retryable: true,
      hint: 'Run again; if it stays, ask Snowflake support with the query id.',
      details,
    });
  }
  const line = failure.line ?? lineIn(raw)?.line;
  const position = failure.position ?? lineIn(raw)?.position;
  const where = line === undefined ? '' : `, line ${line}${position === undefined ? '' : ` at position ${position}`}`;
  const hint = statementHint(failure, line);
  return new SourceError('SOURCE_SQL', `Snowflake refused the query (${failure.code}${where}): ${said}`, {
    retryable: false,
    hint: [hint, ...(failure.lookUp === undefined ? [] : [`The message: ${failure.lookUp}`])].join(' '),
    details: { ...details, line, position },
  });
}

function lineIn(message: string): { readonly line: number; readonly position: number } | undefined {
  const match = /line (\d+) at position (\d+)/.exec(message);
  return match === null ? undefined : { line: Number(match[1]), position: Number(match[2]) };
}

import { ConfigError, ResultExpiredError, SourceError, type SnowmeltError } from '../../errors/errors.js';
import { snowflakeError, unreachable, withoutValues } from '../snowflake-failure.js';
import type { ApiAnswer } from './sql-api-client.js';
import { statusResponse } from './sql-api-response.js';

/** What is known about the call that failed. */
export interface SqlApiCallInfo {
  readonly host: string;
  readonly username: string;
  readonly fingerprint: string;
  /** The handle, when a stored result was asked for. */
  readonly handle?: string | undefined;
}

/** Turns an answer that is neither a result nor a running statement into one error. */
export function sqlApiError(answer: ApiAnswer, about: SqlApiCallInfo): SnowmeltError {
  const parsed = statusResponse.safeParse(answer.body);
  const { status } = answer;
  const code = parsed.data?.code ?? '';
  const message = withoutValues(code, parsed.data?.message ?? `HTTP ${status}`);
  const details = {
    status,
    snowflakeCode: code,
    sqlState: parsed.data?.sqlState ?? undefined,
    queryId: parsed.data?.statementHandle ?? about.handle,
  };
  const failure = { code, message, sqlState: details.sqlState, details };
  if (status === 408) return snowflakeError({ ...failure, code: '000630' }, about);
  if (status === 401 || status === 403) {
    if (code === '') return unreachable(about.host, `HTTP ${status}`, { status });
    return snowflakeError({ ...failure, code: /^39\d{4}$/.test(code) ? code : '390144' }, about);
  }
  const gone = status === 404 || status === 410 || Number(code) === 709 || Number(code) === 710;
  if (about.handle !== undefined && gone) {
    return new ResultExpiredError(`The result of query ${about.handle} is gone (HTTP ${status}).`, { details });
  }
  if (status === 404) return unreachable(about.host, 'HTTP 404', { status });
  if (status === 422 && code !== '') return snowflakeError(failure, about);
  if (status === 400) {
    return new ConfigError('CONFIG_INVALID', `Snowflake's SQL API refused the request (${code}): ${message}`, {
      hint: 'Check role, warehouse, database, schema and the parameters of the query.',
      details,
    });
  }
  return new SourceError('SOURCE_FAILED', `Snowflake's SQL API answered HTTP ${status}.`, {
    retryable: status >= 500,
    hint: 'Run again.',
    details,
  });
}

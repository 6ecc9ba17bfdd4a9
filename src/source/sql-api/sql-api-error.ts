import { ConfigError, ResultExpiredError, SourceError, type SnowmeltError } from '../../errors/errors.js';
import type { Authenticator } from '../auth/sign-in-options.js';
import type { WhoSignsIn } from '../login-refused.js';
import { readFailure, snowflakeError, type SnowflakeFailure } from '../snowflake-failure.js';
import { unreachable } from '../unreachable.js';
import type { ApiAnswer } from './sql-api-client.js';
import { statusResponse } from './sql-api-response.js';

/** What is known about the call that failed. */
export interface SqlApiCallInfo {
  readonly host: string;
  readonly who: WhoSignsIn;
  /** The handle, when a stored result was asked for. */
  readonly handle?: string | undefined;
  /** Takes out what was sent as a credential. */
  readonly mask: (text: string) => string;
}

/** What Snowflake says of a credential that is not valid. */
const INVALID: Readonly<Record<Authenticator, string>> = {
  SNOWFLAKE_JWT: '390144',
  PROGRAMMATIC_ACCESS_TOKEN: '394400',
  OAUTH: '390303',
  WORKLOAD_IDENTITY: '390144',
};

/** Turns an answer that is neither a result nor a running statement into one error. */
export function sqlApiError(answer: ApiAnswer, about: SqlApiCallInfo): SnowmeltError {
  const parsed = statusResponse.safeParse(answer.body);
  const { status } = answer;
  const { code, message, sqlState, statementHandle } = parsed.data ?? {};
  const reported = { code, message, sqlState, queryId: statementHandle ?? about.handle, status };
  const read = (as?: string): SnowflakeFailure => readFailure({ ...reported, code: as ?? code }, about.mask);
  const failure = read();
  const { details } = failure;
  if (status === 408) return snowflakeError(read('000630'), about.who);
  if (status === 401 || status === 403) {
    if (failure.code === '') return unreachable(about.host, `HTTP ${status}`, { status });
    return snowflakeError(
      /^39\d{4}$/.test(failure.code) ? failure : read(INVALID[about.who.signIn.authenticator]),
      about.who,
    );
  }
  const gone = status === 404 || status === 410 || [709, 710].includes(Number(failure.code));
  if (about.handle !== undefined && gone) {
    return new ResultExpiredError(`The result of query ${about.handle} is gone (HTTP ${status}).`, { details });
  }
  if (status === 404 || status === 407 || status === 511) return unreachable(about.host, `HTTP ${status}`, { status });
  if (status === 422 && failure.code !== '') return snowflakeError(failure, about.who);
  if (status === 400) {
    return new ConfigError(
      'CONFIG_INVALID',
      `Snowflake's SQL API refused the request (${failure.code}): ${failure.message}.`,
      {
        hint: 'Check role, warehouse, database, schema and the parameters of the query.',
        details,
      },
    );
  }
  return new SourceError('SOURCE_FAILED', `Snowflake's SQL API answered HTTP ${status}.`, {
    retryable: status >= 500,
    hint: 'Run again.',
    details,
  });
}

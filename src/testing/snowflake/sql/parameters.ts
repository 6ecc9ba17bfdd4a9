/** Session parameters and their defaults (Snowflake documentation, "Parameters"). */
export const PARAMETER_DEFAULTS: Readonly<Record<string, string | number | boolean>> = {
  ABORT_DETACHED_QUERY: false,
  AUTOCOMMIT: true,
  BINARY_INPUT_FORMAT: 'HEX',
  BINARY_OUTPUT_FORMAT: 'HEX',
  CLIENT_SESSION_KEEP_ALIVE: false,
  CLIENT_SESSION_KEEP_ALIVE_HEARTBEAT_FREQUENCY: 3600,
  CLIENT_TIMESTAMP_TYPE_MAPPING: 'TIMESTAMP_LTZ',
  DATE_INPUT_FORMAT: 'AUTO',
  DATE_OUTPUT_FORMAT: 'YYYY-MM-DD',
  JSON_INDENT: 2,
  LOCK_TIMEOUT: 43_200,
  MULTI_STATEMENT_COUNT: 1,
  QUERY_TAG: '',
  QUOTED_IDENTIFIERS_IGNORE_CASE: false,
  ROWS_PER_RESULTSET: 0,
  STATEMENT_QUEUED_TIMEOUT_IN_SECONDS: 0,
  STATEMENT_TIMEOUT_IN_SECONDS: 172_800,
  STRICT_JSON_OUTPUT: false,
  TIMESTAMP_DAY_IS_ALWAYS_24H: false,
  TIMESTAMP_INPUT_FORMAT: 'AUTO',
  TIMESTAMP_LTZ_OUTPUT_FORMAT: '',
  TIMESTAMP_NTZ_OUTPUT_FORMAT: 'YYYY-MM-DD HH24:MI:SS.FF3',
  TIMESTAMP_OUTPUT_FORMAT: 'YYYY-MM-DD HH24:MI:SS.FF3 TZHTZM',
  TIMESTAMP_TYPE_MAPPING: 'TIMESTAMP_NTZ',
  TIMESTAMP_TZ_OUTPUT_FORMAT: '',
  TIMEZONE: 'America/Los_Angeles',
  TIME_INPUT_FORMAT: 'AUTO',
  TIME_OUTPUT_FORMAT: 'HH24:MI:SS',
  TRANSACTION_DEFAULT_ISOLATION_LEVEL: 'READ COMMITTED',
  TWO_DIGIT_CENTURY_START: 1970,
  USE_CACHED_RESULT: true,
  WEEK_OF_YEAR_POLICY: 0,
  WEEK_START: 0,
};

/** The values that a parameter's text can't be applied with, because the engine works with one setting only. */
const FIXED: Readonly<Record<string, RegExp>> = {
  WEEK_START: /^[01]$/,
  WEEK_OF_YEAR_POLICY: /^0$/,
  TIMESTAMP_TYPE_MAPPING: /^TIMESTAMP_NTZ$/i,
  TIMESTAMP_INPUT_FORMAT: /^AUTO$/i,
  DATE_INPUT_FORMAT: /^AUTO$/i,
  TIME_INPUT_FORMAT: /^AUTO$/i,
  BINARY_INPUT_FORMAT: /^HEX$/i,
  TWO_DIGIT_CENTURY_START: /^1970$/,
};

/** Whether the engine honours the value; setting another one is refused instead of ignored. */
export function honours(name: string, value: string | number | boolean): boolean {
  return FIXED[name]?.test(String(value)) ?? true;
}

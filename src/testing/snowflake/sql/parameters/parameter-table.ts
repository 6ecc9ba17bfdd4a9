import {
  flag,
  forClients,
  inputFormat,
  oneOf,
  onlyDefault,
  textUpTo,
  timeZoneName,
  whole,
  type ParameterCheck,
} from './parameter-checks.js';
import type { ParameterValue } from '../types/parameter-value.js';

const DAY = 86_400;
const WEEK = 7 * DAY;
const MOST = 2_147_483_647;
const anyText = textUpTo(1000);

/** Parameters that change what a statement does here, and those of which only some values can be had. */
const WORKING: Readonly<Record<string, readonly [ParameterValue, ParameterCheck]>> = {
  ABORT_DETACHED_QUERY: [false, flag(false)],
  AUTOCOMMIT: [true, flag()],
  BINARY_INPUT_FORMAT: ['HEX', oneOf(['HEX', 'BASE64', 'UTF8', 'UTF-8'], 1)],
  BINARY_OUTPUT_FORMAT: ['HEX', oneOf(['HEX', 'BASE64'])],
  DATE_INPUT_FORMAT: ['AUTO', inputFormat],
  DATE_OUTPUT_FORMAT: ['YYYY-MM-DD', anyText],
  ERROR_ON_NONDETERMINISTIC_MERGE: [true, flag(true)],
  GEOGRAPHY_OUTPUT_FORMAT: ['GeoJSON', oneOf(['GeoJSON', 'WKT', 'WKB', 'EWKT', 'EWKB'], 1)],
  GEOMETRY_OUTPUT_FORMAT: ['GeoJSON', oneOf(['GeoJSON', 'WKT', 'WKB', 'EWKT', 'EWKB'], 1)],
  // The default is 2, but values come without white space: only 0 is what one gets.
  JSON_INDENT: [2, whole(0, 16, (spaces) => spaces === 0)],
  LOCK_TIMEOUT: [43_200, onlyDefault(43_200)],
  MULTI_STATEMENT_COUNT: [1, whole(0, MOST)],
  NOORDER_SEQUENCE_AS_DEFAULT: [true, flag()],
  QUERY_TAG: ['', textUpTo(2000)],
  QUOTED_IDENTIFIERS_IGNORE_CASE: [false, flag()],
  ROWS_PER_RESULTSET: [0, whole(0, MOST)],
  // No statement ever waits for a warehouse here.
  STATEMENT_QUEUED_TIMEOUT_IN_SECONDS: [0, whole(0, MOST)],
  STATEMENT_TIMEOUT_IN_SECONDS: [2 * DAY, whole(0, WEEK)],
  STRICT_JSON_OUTPUT: [false, flag()],
  TIMESTAMP_DAY_IS_ALWAYS_24H: [false, flag(false)],
  TIMESTAMP_INPUT_FORMAT: ['AUTO', inputFormat],
  TIMESTAMP_LTZ_OUTPUT_FORMAT: ['', anyText],
  TIMESTAMP_NTZ_OUTPUT_FORMAT: ['YYYY-MM-DD HH24:MI:SS.FF3', anyText],
  TIMESTAMP_OUTPUT_FORMAT: ['YYYY-MM-DD HH24:MI:SS.FF3 TZHTZM', anyText],
  TIMESTAMP_TYPE_MAPPING: ['TIMESTAMP_NTZ', oneOf(['TIMESTAMP_NTZ', 'TIMESTAMP_LTZ', 'TIMESTAMP_TZ'], 1)],
  TIMESTAMP_TZ_OUTPUT_FORMAT: ['', anyText],
  TIMEZONE: ['America/Los_Angeles', timeZoneName],
  TIME_INPUT_FORMAT: ['AUTO', inputFormat],
  TIME_OUTPUT_FORMAT: ['HH24:MI:SS', anyText],
  TRANSACTION_DEFAULT_ISOLATION_LEVEL: ['READ COMMITTED', oneOf(['READ COMMITTED'])],
  TWO_DIGIT_CENTURY_START: [1970, whole(1900, 2100)],
  // Nothing is taken from a cache, which gives the rows that a cached result would.
  USE_CACHED_RESULT: [true, flag()],
  WEEK_OF_YEAR_POLICY: [0, whole(0, 1)],
  WEEK_START: [0, whole(0, 7)],
};

/** Parameters of things that aren't emulated: their defaults are taken, anything else is refused by name. */
const WITHOUT_EFFECT: Readonly<Record<string, ParameterValue>> = {
  ACTIVE_PYTHON_PROFILER: '',
  CSV_TIMESTAMP_FORMAT: '',
  DEFAULT_DDL_COLLATION: '',
  DEFAULT_NULL_ORDERING: 'LAST',
  ENABLE_CONSOLE_OUTPUT: false,
  ENABLE_GET_DDL_USE_DATA_TYPE_ALIAS: false,
  ENABLE_UNLOAD_PHYSICAL_TYPE_OPTIMIZATION: true,
  ERROR_ON_NONDETERMINISTIC_UPDATE: false,
  HYBRID_TABLE_LOCK_TIMEOUT: 3600,
  LOG_LEVEL: 'OFF',
  METRIC_LEVEL: 'NONE',
  PYTHON_PROFILER_MODULES: '',
  PYTHON_PROFILER_TARGET_STAGE: '',
  S3_STAGE_VPCE_DNS_NAME: '',
  SEARCH_PATH: '$current, $public',
  SIMULATED_DATA_SHARING_CONSUMER: '',
  TRACE_LEVEL: 'OFF',
  TRANSACTION_ABORT_ON_ERROR: false,
  UNSUPPORTED_DDL_ACTION: 'IGNORE',
  USE_WORKSPACES_FOR_SQL: '',
};

/** Parameters that are documented as read by clients: the server hands them out and nothing else. */
const OF_CLIENTS: Readonly<Record<string, ParameterValue>> = {
  CLIENT_DISABLE_INCIDENTS: true,
  CLIENT_ENABLE_LOG_INFO_STATEMENT_PARAMETERS: false,
  CLIENT_MEMORY_LIMIT: 1536,
  CLIENT_METADATA_REQUEST_USE_CONNECTION_CTX: false,
  CLIENT_METADATA_USE_SESSION_DATABASE: false,
  CLIENT_PREFETCH_THREADS: 4,
  CLIENT_RESULT_CHUNK_SIZE: 160,
  CLIENT_RESULT_COLUMN_CASE_INSENSITIVE: false,
  CLIENT_SESSION_KEEP_ALIVE: false,
  CLIENT_SESSION_KEEP_ALIVE_HEARTBEAT_FREQUENCY: 3600,
  CLIENT_TELEMETRY_ENABLED: true,
  CLIENT_TELEMETRY_SESSIONLESS_ENABLED: false,
  CLIENT_TIMESTAMP_TYPE_MAPPING: 'TIMESTAMP_LTZ',
  JDBC_TREAT_DECIMAL_AS_INT: true,
  JDBC_TREAT_TIMESTAMP_NTZ_AS_UTC: false,
  JDBC_USE_SESSION_TIMEZONE: true,
  JS_TREAT_INTEGER_AS_BIGINT: false,
  ODBC_TREAT_DECIMAL_AS_INT: false,
};

/** A session parameter, which account, user and session can set. */
export interface Parameter {
  readonly standard: ParameterValue;
  readonly check: ParameterCheck;
}

/** The session parameters by name (Snowflake documentation, "Parameters"). */
export const PARAMETERS: ReadonlyMap<string, Parameter> = new Map(
  [
    ...Object.entries(WORKING).map(([name, [standard, check]]) => [name, { standard, check }] as const),
    ...Object.entries(WITHOUT_EFFECT).map(
      ([name, standard]) => [name, { standard, check: onlyDefault(standard) }] as const,
    ),
    ...Object.entries(OF_CLIENTS).map(([name, standard]) => [name, { standard, check: forClients }] as const),
    // 0: the driver never uploads binds to a stage, which the server doesn't have.
    ['CLIENT_STAGE_ARRAY_BINDING_THRESHOLD', { standard: 0, check: onlyDefault(0) }] as const,
  ].sort(([a], [b]) => (a < b ? -1 : 1)),
);

/** A parameter's value. */
export type ParameterValue = string | number | boolean;

/**
 * Session parameters that clients are told at login and with every result, with Snowflake's defaults (Snowflake
 * documentation, "Parameters"). The official Node driver crashes on values whose output format is missing.
 */
export const defaultSessionParameters: ReadonlyMap<string, ParameterValue> = new Map<string, ParameterValue>([
  ['AUTOCOMMIT', true],
  ['BINARY_OUTPUT_FORMAT', 'HEX'],
  ['CLIENT_DISABLE_INCIDENTS', true],
  ['CLIENT_MEMORY_LIMIT', 1536],
  ['CLIENT_PREFETCH_THREADS', 4],
  ['CLIENT_RESULT_CHUNK_SIZE', 160],
  ['CLIENT_RESULT_COLUMN_CASE_INSENSITIVE', false],
  ['CLIENT_SESSION_KEEP_ALIVE', false],
  ['CLIENT_SESSION_KEEP_ALIVE_HEARTBEAT_FREQUENCY', 3600],
  // 0: the driver never uploads binds to a stage, which the server doesn't have.
  ['CLIENT_STAGE_ARRAY_BINDING_THRESHOLD', 0],
  ['CLIENT_TELEMETRY_ENABLED', true],
  ['CLIENT_TELEMETRY_SESSIONLESS_ENABLED', false],
  ['CLIENT_TIMESTAMP_TYPE_MAPPING', 'TIMESTAMP_LTZ'],
  ['DATE_OUTPUT_FORMAT', 'YYYY-MM-DD'],
  ['GEOGRAPHY_OUTPUT_FORMAT', 'GeoJSON'],
  ['QUERY_RESULT_FORMAT', 'json'],
  ['QUERY_TAG', ''],
  ['QUOTED_IDENTIFIERS_IGNORE_CASE', false],
  ['STATEMENT_TIMEOUT_IN_SECONDS', 172_800],
  ['STRICT_JSON_OUTPUT', false],
  ['TIME_OUTPUT_FORMAT', 'HH24:MI:SS'],
  ['TIMESTAMP_LTZ_OUTPUT_FORMAT', ''],
  ['TIMESTAMP_NTZ_OUTPUT_FORMAT', 'YYYY-MM-DD HH24:MI:SS.FF3'],
  ['TIMESTAMP_OUTPUT_FORMAT', 'YYYY-MM-DD HH24:MI:SS.FF3 TZHTZM'],
  ['TIMESTAMP_TYPE_MAPPING', 'TIMESTAMP_NTZ'],
  ['TIMESTAMP_TZ_OUTPUT_FORMAT', ''],
  ['TIMEZONE', 'America/Los_Angeles'],
]);

/** The parameters as clients get them, statement's over session's over defaults. */
export function listParameters(
  ...layers: readonly (ReadonlyMap<string, ParameterValue> | undefined)[]
): readonly { readonly name: string; readonly value: ParameterValue }[] {
  const merged = new Map(defaultSessionParameters);
  for (const layer of layers) for (const [name, value] of layer ?? []) merged.set(name, value);
  return [...merged].map(([name, value]) => ({ name, value }));
}

/** A JSON object of parameters by upper-case name; values that are no scalars are left out. */
export function readParameters(record: Readonly<Record<string, unknown>> | undefined): Map<string, ParameterValue> {
  const parameters = new Map<string, ParameterValue>();
  for (const [name, value] of Object.entries(record ?? {})) {
    if (typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean') {
      parameters.set(name.toUpperCase(), value);
    }
  }
  return parameters;
}

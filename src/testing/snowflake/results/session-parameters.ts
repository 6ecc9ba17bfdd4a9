import { sessionParameter } from '../sql/parameters/parameter-levels.js';
import { PARAMETERS } from '../sql/parameters/parameter-table.js';
import type { ParameterValue } from '../sql/types/parameter-value.js';
import type { SessionContext } from '../sql/types/sql-engine.js';

/**
 * What clients are told at login and with every result. The official Node driver crashes on values whose output format
 * is missing.
 */
const TOLD = [
  ...['AUTOCOMMIT', 'BINARY_OUTPUT_FORMAT', 'DATE_OUTPUT_FORMAT', 'GEOGRAPHY_OUTPUT_FORMAT', 'GEOMETRY_OUTPUT_FORMAT'],
  ...['QUERY_TAG', 'QUOTED_IDENTIFIERS_IGNORE_CASE', 'ROWS_PER_RESULTSET', 'STATEMENT_TIMEOUT_IN_SECONDS'],
  ...['STRICT_JSON_OUTPUT', 'TIME_OUTPUT_FORMAT', 'TIMESTAMP_LTZ_OUTPUT_FORMAT', 'TIMESTAMP_NTZ_OUTPUT_FORMAT'],
  ...['TIMESTAMP_OUTPUT_FORMAT', 'TIMESTAMP_TYPE_MAPPING', 'TIMESTAMP_TZ_OUTPUT_FORMAT', 'TIMEZONE'],
];

/** The values of a session that its clients are told: the standing ones, and those set for one statement over them. */
export function toldParameters(
  session: Pick<SessionContext, 'parameters' | 'inherited'>,
): ReadonlyMap<string, ParameterValue> {
  const names = [...TOLD, ...[...PARAMETERS.keys()].filter((name) => /^(CLIENT|JS)_/.test(name))];
  const values = new Map<string, ParameterValue>([['QUERY_RESULT_FORMAT', 'json']]);
  for (const name of names) values.set(name, sessionParameter(session, name).value);
  for (const [name, value] of session.parameters) values.set(name, value);
  return values;
}

/** Parameters as both protocols list them; a later layer wins. */
export function listParameters(
  ...layers: readonly (ReadonlyMap<string, ParameterValue> | undefined)[]
): readonly { readonly name: string; readonly value: ParameterValue }[] {
  const merged = new Map<string, ParameterValue>();
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

import type { Column } from '../../source/source.js';
import type { CallSpec } from './call-spec.js';
import { reservedLookalike } from './column-name.js';
import { layOutColumns, type LaidOutColumn } from './column-layout.js';
import type { MappingOptions } from './mapping-options.js';
import type { ColumnExplanation, ColumnWarning } from '../row-mapper.js';
import { SAFE_DIGITS } from '../values/value-type.js';

/** "Numeric data types", docs.snowflake.com. */
const DECFLOAT_DIGITS = 38;

function capitals({ key, column }: LaidOutColumn, place: string): ColumnWarning | undefined {
  // Only a name that Snowflake itself may have capitalised: renamed and converted ones are meant as they are.
  if (key !== column.name || key !== key.toUpperCase() || key === key.toLowerCase()) return undefined;
  return {
    code: 'ALL_CAPITALS',
    message: `${place}${key} is all capitals, as Snowflake returns names without quotes.`,
    fix: `… AS "${key.toLowerCase()}", or the option columnCase: 'snake'`,
  };
}

function mixed({ column, decode }: LaidOutColumn): ColumnWarning | undefined {
  const isDecfloat = column.type === 'decfloat';
  const digits = isDecfloat ? DECFLOAT_DIGITS : column.type === 'fixed' ? (column.precision ?? 0) : 0;
  if (digits <= SAFE_DIGITS || decode.numbers === 'string' || decode.zeroOne) return undefined;
  return {
    code: 'MIXED_NUMBERS',
    message: `${column.name} is a ${isDecfloat ? 'DECFLOAT' : 'NUMBER'} of ${digits} digits: values that a double cannot hold become text, the others numbers.`,
    fix: `The mapper's option numbers: { columns: ['${column.name}'] }, or TO_VARCHAR(…) AS "${column.name}" in the query: both send all of them as text`,
  };
}

function lookalike({ column }: LaidOutColumn, spec: CallSpec): ColumnWarning | undefined {
  const field = reservedLookalike(column.name, Object.keys(spec.fields));
  if (field === undefined) return undefined;
  const shadowed = column.name.toLowerCase() === field.toLowerCase();
  return {
    code: 'RESERVED_LOOKALIKE',
    message: shadowed
      ? `${column.name} is not the ${field} of the call, because another column has exactly that name.`
      : `${column.name} is not the ${field} of the call.`,
    fix: `If it is meant to be, give it that alias in the query: … AS "${field}"`,
  };
}

function explain(planned: LaidOutColumn, spec: CallSpec): ColumnExplanation {
  const { column, target, key } = planned;
  if (target === 'field') return { column: column.name, becomes: key, warnings: [] };
  if (target === 'omitted') return { column: column.name, becomes: undefined, warnings: [] };
  if (target === 'unused') {
    const warning: ColumnWarning = {
      code: 'NOT_SENT',
      message: `${column.name} is not sent: the ${spec.callType} call has no place for it.`,
      fix: `Leave ${column.name} out of the SELECT, or name it in the option omit`,
    };
    return { column: column.name, becomes: undefined, warnings: [warning] };
  }
  const place = spec.bag === undefined ? '' : `${spec.bag}.`;
  const warnings = [capitals(planned, place), mixed(planned), lookalike(planned, spec)];
  return {
    column: column.name,
    becomes: place + key,
    warnings: warnings.filter((warning) => warning !== undefined),
  };
}

/**
 * Tells what becomes of each column and what is worth a look before the first run.
 *
 * @throws MappingError `MAPPING_COLUMNS` as `bind` does
 */
export function explainColumns(
  columns: readonly Column[],
  spec: CallSpec,
  options: MappingOptions,
): readonly ColumnExplanation[] {
  return layOutColumns(columns, spec, options).columns.map((planned) => explain(planned, spec));
}

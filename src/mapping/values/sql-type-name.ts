import type { ColumnType } from '../../source/source.js';

/** Types whose name on the wire is another than in SQL (Snowflake documentation, "Data types"). */
const OTHER_NAMES: Readonly<Partial<Record<ColumnType, string>>> = {
  fixed: 'NUMBER',
  real: 'FLOAT',
  text: 'VARCHAR',
  native: 'native',
};

/** A column's type as one writes it in SQL, for texts that people read. */
export function sqlTypeName(type: ColumnType): string {
  return OTHER_NAMES[type] ?? type.toUpperCase();
}

import { type DataType, storageOf } from '../types/data-type.js';
import { quote } from '../types/quote.js';
import type { BoundQuery } from './scope.js';

/** A value of a row that the engine makes itself, as SHOW and INFORMATION_SCHEMA do. */
export type Cell = string | number | boolean | null;

/** Rows made by the engine as a query. Timestamps are given as epoch seconds. */
export function literalRows(
  columns: readonly (readonly [string, DataType])[],
  rows: readonly (readonly Cell[])[],
): BoundQuery {
  const cell = (value: Cell | undefined, type: DataType): string =>
    `CAST(${value === null || value === undefined ? 'NULL' : typeof value === 'string' ? quote(value) : String(value)} AS ${storageOf(type)})`;
  const select = (row: readonly Cell[] | undefined): string =>
    `SELECT ${columns.map(([, type], i) => `${cell(row?.[i], type)} AS o${i}`).join(', ')}`;
  const sql = rows.length === 0 ? `${select(undefined)} WHERE false` : rows.map(select).join(' UNION ALL ');
  return { sql, columns: columns.map(([name, type]) => ({ name, type, nullable: true })) };
}

import { type DataType, fixedText, storageOf } from '../../types/data-type.js';
import type { ResultColumn } from '../../convert/scope.js';

/** Snowflake wire text of a stored value, as a DuckDB VARCHAR expression. */
export function wireText(sql: string, type: DataType): string {
  const seconds = (value: string): string =>
    type.scale >= 9
      ? `sf_seconds_text(${value})`
      : `CAST(CAST(floor(${value} * ${10 ** type.scale}) AS DECIMAL(38,0)) ${type.scale === 0 ? '' : `* CAST('0.${'0'.repeat(type.scale - 1)}1' AS DECIMAL(${type.scale + 1},${type.scale}))`} AS VARCHAR)`;
  switch (type.kind) {
    case 'fixed':
      return fixedText(sql, type);
    case 'variant':
    case 'object':
    case 'array':
    case 'map':
    case 'vector':
    case 'geography':
    case 'geometry':
      return `sf_json_text(${sql})`;
    case 'real':
      return `sf_real_wire(${sql})`;
    case 'boolean':
      return `CASE WHEN ${sql} THEN '1' WHEN NOT ${sql} THEN '0' END`;
    case 'date':
      return `CAST(${sql} - DATE '1970-01-01' AS VARCHAR)`;
    case 'time':
    case 'timestamp_ntz':
    case 'timestamp_ltz':
      return seconds(sql);
    case 'timestamp_tz':
      return `(${seconds(`${sql}.ts`)} || ' ' || CAST(${sql}.off + 1440 AS VARCHAR))`;
    case 'binary':
      return `hex(${sql})`;
    case 'text':
    case 'null':
      return sql;
  }
}

/** One row as a JSON array. */
export function wireRow(columns: readonly ResultColumn[]): string {
  if (columns.length === 0) return `'[]'`;
  return `CAST(json_array(${columns.map((column, i) => wireText(`o${i}`, column.type)).join(', ')}) AS VARCHAR)`;
}

/** The select list that fixes each column's storage. */
export function storedColumns(columns: readonly ResultColumn[], alias: string): string {
  return columns.map((column, i) => `CAST(${alias}.o${i} AS ${storageOf(column.type)}) AS o${i}`).join(', ');
}

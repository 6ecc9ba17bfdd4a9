import type { DataType } from './data-type.js';
import { unsupported } from './sql-errors.js';

/** DuckDB's collation for a specification of Snowflake's ("Collation support", docs.snowflake.com). */
function duckDbCollation(specification: string): string {
  const parts = specification.toLowerCase().split('-');
  // None at all, and the order of the bytes: it takes the place of the value's own collation.
  if (parts.length === 1 && ['', 'utf8', 'bin'].includes(parts[0] ?? '')) return 'POSIX';
  // Comparing lower-cased text is what a case-insensitive collation means for equality; other specifiers order differently.
  if (parts.length === 2 && parts[1] === 'ci') return 'NOCASE';
  throw unsupported(`COLLATE '${specification}'`);
}

/** The text with another collation instead of its own. */
export function collate<T extends { readonly sql: string; readonly type: DataType }>(
  value: T,
  specification: string,
): T {
  const sql = `(${value.sql} COLLATE ${duckDbCollation(specification)})`;
  return { ...value, sql, type: { ...value.type, collation: specification } };
}

/** A stored column as statements see it: its collation is the type's, what DuckDB stores has none. */
export function storedColumn(sql: string, type: DataType): string {
  const { collation = '' } = type;
  return collation === '' ? sql : collate({ sql, type }, collation).sql;
}

import type { ColumnType } from './source.js';

const TYPES: ReadonlySet<string> = new Set<ColumnType>([
  'fixed',
  'real',
  'decfloat',
  'text',
  'boolean',
  'date',
  'time',
  'timestamp_ntz',
  'timestamp_ltz',
  'timestamp_tz',
  'variant',
  'object',
  'array',
  'map',
  'binary',
  'geography',
  'geometry',
  'vector',
]);

/** Snowflake's name of a type as ours; an unknown one is text, which is how it comes over the wire. */
export function columnType(name: string): ColumnType {
  const lower = name.toLowerCase();
  return isColumnType(lower) ? lower : 'text';
}

function isColumnType(name: string): name is ColumnType {
  return TYPES.has(name);
}

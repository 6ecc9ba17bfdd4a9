import { MappingError } from '../errors/errors.js';

/** What is wrong with one row; never holds a value. */
export interface RowRejection {
  /** The column at fault, or the names of the columns of which one is needed. */
  readonly column: string;
  /** Completes "expected …". */
  readonly expected: string;
  /** What there was instead, as a kind, never as a value. */
  readonly found?: string | undefined;
  /** What to write in the query. */
  readonly hint?: string | undefined;
}

/** The error of a row that cannot be mapped. Row numbers count from 0, as everywhere. */
export function rowError(row: number, problem: RowRejection): MappingError {
  const found = problem.found === undefined ? '' : `, found ${problem.found}`;
  return new MappingError(
    'MAPPING_ROW',
    `Row ${row}, column ${problem.column}: expected ${problem.expected}${found}.`,
    {
      hint: problem.hint,
      details: { row, column: problem.column },
    },
  );
}

/** The kind of a value, for messages that must not hold the value itself. */
export function kindOf(value: unknown): string {
  if (value === null) return 'NULL';
  if (value === undefined) return 'no value';
  if (value === '') return 'an empty text';
  if (Array.isArray(value)) return 'an array';
  if (value instanceof Date) return 'a date';
  if (typeof value === 'string') return `a text of ${value.length} characters`;
  return typeof value === 'object' ? 'an object' : `a ${typeof value}`;
}

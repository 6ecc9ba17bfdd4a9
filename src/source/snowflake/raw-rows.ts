import type { DriverColumn, DriverRow, DriverStatement } from './driver.js';

/*
 * The driver decodes every value of a row before it hands the row out: temporal values become Date objects at ten to
 * twenty times the cost of text, VARIANT text that is not JSON is evaluated as code, and a value it does not expect is
 * thrown from process.nextTick, where nothing can catch it. So the rows are taken before that: the row stream asks
 * the statement for its columns and calls each one for its value; here it finds a single column that hands out the
 * driver's own row, which still holds the values as they came over the wire.
 */

/** A row as it comes out of the stream of a prepared statement. */
export interface RawRow {
  readonly values: readonly (string | null)[];
  readonly rowIndex: number;
}

/**
 * Makes a statement hand out rows as they came. Has to be called before `streamRows`.
 *
 * @returns whether this version of the driver allows it; if not, the statement is unchanged
 */
export function captureRawRows(statement: DriverStatement, columns: readonly DriverColumn[]): boolean {
  const [first] = columns;
  if (first === undefined || typeof first._getRowValue !== 'function') return false;
  first._getRowValue = (row: DriverRow): unknown => row;
  const only: DriverColumn = {
    getName: () => first.getName(),
    getType: () => 'text',
    getId: () => 0,
    isNullable: () => true,
    getScale: () => undefined,
    getPrecision: () => undefined,
  };
  statement.getColumns = () => [only];
  return true;
}

/** The raw row in what the stream of a prepared statement gave, or `undefined` if it is something else. */
export function rawRowOf(streamed: unknown, columnCount: number): RawRow | undefined {
  if (!Array.isArray(streamed)) return undefined;
  const row: unknown = streamed[0];
  if (typeof row !== 'object' || row === null) return undefined;
  const { values, rowIndex } = row as DriverRow;
  if (!Array.isArray(values) || values.length !== columnCount || typeof rowIndex !== 'number') return undefined;
  return row as RawRow;
}

/** Whether a row really holds wire text; checked on the first row of every stream. */
export function isWireText(row: RawRow): boolean {
  return row.values.every((value: unknown) => value === null || typeof value === 'string');
}

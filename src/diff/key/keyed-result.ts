import { ResultExpiredError, SourceError } from '../../errors/errors.js';
import type { Column, ReadOptions, ResultSet, RowBatch } from '../../source/source.js';
import { KEY_COLUMN } from './check-key.js';

/**
 * Rows handed on together. A row that is compared becomes several things on its way. Of few rows they die young, which
 * costs the garbage collector next to nothing; with a source's own batches it took half of the run (measured).
 */
const ROWS_AT_ONCE = 256;

/** Rows with the hashes of their keys beside them. */
export interface KeyedBatch extends RowBatch {
  /** 16 bytes a row; `undefined` where a column of the key is NULL. */
  readonly keys: readonly (Buffer | undefined)[];
}

/** The result of a query without the column that {@link keyStatement} added. */
export interface KeyedResult extends ResultSet {
  readonly read: (options?: ReadOptions) => AsyncIterable<KeyedBatch>;
}

function keyOf(wire: unknown, row: number): Buffer | undefined {
  if (wire === null) return undefined;
  if (typeof wire === 'string' && /^[0-9a-f]{32}$/.test(wire)) return Buffer.from(wire, 'hex');
  throw new SourceError('SOURCE_FAILED', `Row ${row} came without the hash of its key.`, { retryable: false });
}

/** A row as the source handed it out, for the hash that a later `reopen` compares. */
export function wholeRow(values: readonly unknown[], key: Buffer | undefined): readonly unknown[] {
  return [...values, key?.toString('hex') ?? null];
}

/**
 * Takes the column of the key off a result. `ref` stays that of the whole result, so that it can be opened again.
 *
 * @throws ResultExpiredError for a result that has no such column: an open run of the time before the key
 */
export function keyedResult(result: ResultSet): KeyedResult {
  const last = result.columns.length - 1;
  if (result.columns[last]?.name !== KEY_COLUMN) {
    throw new ResultExpiredError(`The result of query ${result.ref.queryId} has no keys.`, {
      details: { queryId: result.ref.queryId },
    });
  }
  const columns: readonly Column[] = result.columns.slice(0, last);
  return {
    ref: result.ref,
    columns,
    rowCount: result.rowCount,
    get warnings() {
      return result.warnings;
    },
    async *read(options) {
      for await (const { firstRow, rows } of result.read(options)) {
        for (let at = 0; at < rows.length; at += ROWS_AT_ONCE) {
          const some = rows.slice(at, at + ROWS_AT_ONCE);
          yield {
            firstRow: firstRow + at,
            rows: some.map((row) => row.slice(0, last)),
            keys: some.map((row, index) => keyOf(row[last], firstRow + at + index)),
          };
        }
      }
    },
  };
}

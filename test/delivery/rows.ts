import type {
  BoundMapper,
  Column,
  LaneKey,
  ResultSet,
  RowBatch,
  RowMapper,
  Sink,
  WriteContext,
  WriteResult,
} from 'snowmelt';

/** A host's own message. */
export interface Note {
  readonly row: number;
  readonly key?: LaneKey;
  readonly text?: string;
}

export const COLUMNS: readonly Column[] = [{ name: 'N', type: 'fixed', nullable: false }];

/** Batches of rows whose only value is their number. */
export async function* batches(from: number, to: number, size: number): AsyncGenerator<RowBatch> {
  for (let firstRow = from; firstRow < to; firstRow += size) {
    const length = Math.min(size, to - firstRow);
    yield { firstRow, rows: Array.from({ length }, (_, index) => [firstRow + index]) };
  }
}

/** A result of so many rows. */
export function result(rowCount: number, size = 100): ResultSet {
  return {
    ref: { queryId: '01b2c3d4-0000-0000-0000-000000000001', rowCount, columnsHash: 'h' },
    columns: COLUMNS,
    rowCount,
    read: ({ from = 0, to = rowCount } = {}) => batches(from, Math.min(to, rowCount), size),
  };
}

/** A mapper from a function of the row number. */
export function mapper<M>(
  make: (row: number) => M | readonly M[] | undefined,
  key?: (message: M) => LaneKey,
): RowMapper<M> {
  const bound: BoundMapper<M> = (_values, { row }) => make(row);
  return { callType: 'custom', bind: () => bound, map: () => undefined, ...(key === undefined ? {} : { key }) };
}

/** One note per row. */
export const notes = (key?: (row: number) => LaneKey): RowMapper<Note> =>
  mapper<Note>(
    (row) => ({ row, key: key?.(row) }),
    (note) => note.key,
  );

/** A sink from its write function. */
export function sink<M>(
  write: (batch: readonly M[], context: WriteContext) => WriteResult | Promise<WriteResult>,
  more: Partial<Sink<M>> = {},
): Sink<M> {
  return { name: 'test', write: async (batch, context) => write(batch, context), ...more };
}

/** A sink that takes everything and remembers it. */
export function collector<M>(more: Partial<Sink<M>> = {}): { readonly got: M[]; readonly sink: Sink<M> } {
  const got: M[] = [];
  const all = sink<M>((batch) => {
    got.push(...batch);
    return { accepted: batch.length };
  }, more);
  return { got, sink: all };
}

import type { DriverRowStream } from './driver.js';

/*
 * The driver reads the JSON of a chunk where nothing can catch what that throws: from process.nextTick when the chunk
 * had come before it was wanted, which ends the process, else inside a callback whose errors it drops, so that the
 * stream hangs (snowflake-connector-nodejs issue 1418). Values are decoded in process.nextTick, too. So `getRows` is wrapped on each chunk of a result that is read.
 */

/** A chunk of a result inside the driver. */
export interface DriverChunk {
  getRows: () => unknown;
  getStartIndex(): number;
  getEndIndex(): number;
}

/**
 * The chunks of a result, from the statement context that the driver calls `complete` on; empty where this version of
 * the driver has none there.
 */
export function chunksOf(context: unknown): readonly DriverChunk[] {
  const chunks = property(property(context, 'result'), '_chunks');
  return Array.isArray(chunks) && chunks.every(isChunk) ? chunks : [];
}

/**
 * How many rows the statement has by the server's word, from the same context: more than are handed out when something
 * cut the result. `undefined` where this version of the driver does not tell.
 */
export function totalRowsOf(context: unknown): number | undefined {
  const total = property(property(context, 'result'), '_totalRows');
  return typeof total === 'number' ? total : undefined;
}

/** Stands for a value that the driver could not decode. */
export const undecoded = Symbol('undecoded');

/**
 * Ends the stream with an error where a chunk turns out to be damaged. The guard stays, because the driver may go on
 * with a chunk after its stream was destroyed; the next stream of the same statement has its own take its place.
 */
export function guardChunks(
  chunks: readonly DriverChunk[],
  stream: DriverRowStream,
  options: { readonly decodes: boolean; readonly columnCount: number; readonly toError: (what: string) => Error },
): void {
  for (const chunk of chunks) {
    chunk.getRows = (): unknown => {
      const found = rowsIn(chunk, options.columnCount);
      if (typeof found !== 'string') {
        if (options.decodes) for (const row of found) guardValues(row);
        return found;
      }
      stream.destroy(options.toError(found));
      // The stream takes these from the chunk, and pushes nothing more.
      return [];
    };
  }
}

/** Has what a row's own methods throw become {@link undecoded}. */
function guardValues(row: unknown): void {
  for (const name of ['getColumnValue', 'getColumnValueAsString']) {
    const get = property(row, name);
    if (typeof get !== 'function') continue;
    Reflect.set(row as object, name, (columnId: unknown): unknown => {
      try {
        return Reflect.apply(get, row, [columnId]) as unknown;
      } catch {
        return undecoded;
      }
    });
  }
}

/** The rows, or what is wrong with them. */
function rowsIn(chunk: DriverChunk, columnCount: number): readonly unknown[] | string {
  const first = chunk.getStartIndex();
  const count = chunk.getEndIndex() - first + 1;
  const place = `the chunk of rows ${first} to ${first + count - 1}`;
  let rows: unknown;
  try {
    rows = (Object.getPrototypeOf(chunk) as DriverChunk).getRows.call(chunk);
  } catch {
    // Its message may quote values.
    return `${place} is not JSON`;
  }
  if (!Array.isArray(rows)) return `${place} is empty`;
  if (rows.length !== count) return `${place} has ${rows.length} rows`;
  const odd = rows.findIndex((row) => !isRow(row, columnCount));
  return odd < 0 ? rows : `row ${first + odd} is not a row of ${columnCount} columns`;
}

/** Before a row of the chunk is handed out, all of them are looked at. */
function isRow(row: unknown, columnCount: number): boolean {
  const values = property(row, 'values');
  // Another version of the driver may keep them elsewhere; then the reader of the rows finds out.
  if (values === undefined) return true;
  return (
    Array.isArray(values) &&
    values.length === columnCount &&
    values.every((value) => value === null || typeof value === 'string')
  );
}

/** Rows of all chunks together; `undefined` where this version of the driver shows none. */
export function rowsInChunks(chunks: readonly DriverChunk[]): number | undefined {
  if (chunks.length === 0) return undefined;
  return chunks.reduce((sum, chunk) => sum + chunk.getEndIndex() - chunk.getStartIndex() + 1, 0);
}

function isChunk(value: unknown): value is DriverChunk {
  return ['getRows', 'getStartIndex', 'getEndIndex'].every((name) => typeof property(value, name) === 'function');
}

function property(of: unknown, name: string): unknown {
  return typeof of === 'object' && of !== null ? Reflect.get(of, name) : undefined;
}

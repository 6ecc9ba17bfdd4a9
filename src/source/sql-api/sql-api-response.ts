import * as z from 'zod';

/** Rows as the API sends them. */
export type ApiRows = (string | null)[][];

const count = z.int().min(0);
/** Looked at before its entries are: a list without end would take the memory. */
const MOST_PARTITIONS = 200_000;

/** The parts of the SQL API's answers that are used ("Handling responses", SQL API, docs.snowflake.com). */
export const resultSetResponse = z.object({
  statementHandle: z.string().regex(/^[\w-]{1,64}$/),
  resultSetMetaData: z.object({
    numRows: count,
    rowType: z.array(
      z.object({
        name: z.string(),
        type: z.string(),
        nullable: z.boolean().nullish(),
        precision: z.number().nullish(),
        scale: z.number().nullish(),
        length: z.number().nullish(),
      }),
    ),
    partitionInfo: z.preprocess(
      (list) => (Array.isArray(list) && list.length > MOST_PARTITIONS ? 'too many' : list),
      z.array(z.object({ rowCount: count, uncompressedSize: count.nullish() })).nullish(),
    ),
  }),
});

/** A complete statement: its metadata. The rows are taken from the answer unchecked, there are many. */
export type ResultSetResponse = z.infer<typeof resultSetResponse>;

/** A statement that still runs, or a failure. */
export const statusResponse = z.object({
  code: z.string().nullish(),
  message: z.string().nullish(),
  sqlState: z.string().nullish(),
  statementHandle: z.string().nullish(),
});

/** Whether the partitions have as many rows together as the result. */
export function partitionsFit({ resultSetMetaData: { numRows, partitionInfo } }: ResultSetResponse): boolean {
  return partitionInfo == null || partitionInfo.reduce((sum, { rowCount }) => sum + rowCount, 0) === numRows;
}

/** The rows of an answer. */
export function rowsOf(body: unknown): unknown[] | undefined {
  if (typeof body !== 'object' || body === null || !('data' in body)) return undefined;
  return Array.isArray(body.data) ? body.data : undefined;
}

/** Whether all rows are lists of a text or null per column. */
export function rowsFit(rows: readonly unknown[], columnCount: number): rows is ApiRows {
  return rows.every(
    (row) =>
      Array.isArray(row) &&
      row.length === columnCount &&
      row.every((value) => value === null || typeof value === 'string'),
  );
}

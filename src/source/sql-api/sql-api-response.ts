import * as z from 'zod';

/** The parts of the SQL API's answers that are used ("Handling responses", SQL API, docs.snowflake.com). */
export const resultSetResponse = z.object({
  statementHandle: z.string(),
  resultSetMetaData: z.object({
    numRows: z.number(),
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
    partitionInfo: z.array(z.object({ rowCount: z.number(), uncompressedSize: z.number().nullish() })).nullish(),
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

/** Rows `from` (included) to `to` (not). */
export interface RowRange {
  readonly from: number;
  readonly to: number;
}

/** How a result is cut. */
export interface ChunkSizes {
  /** Rows in the answer itself. */
  readonly inlineRows: number;
  /** Rows of the largest chunk. */
  readonly largestRows: number;
}

/**
 * Cuts a result into its inline part (first) and chunks that grow up to the largest, as Snowflake's do. It sends some
 * 12,288 rows inline (Snowflake documentation, SQL API, "Handling responses") and then larger and larger chunks.
 */
export function cutChunks(rowCount: number, { inlineRows, largestRows }: ChunkSizes): readonly RowRange[] {
  const ranges: RowRange[] = [{ from: 0, to: Math.min(inlineRows, rowCount) }];
  let from = Math.min(inlineRows, rowCount);
  let size = Math.max(1, Math.ceil(largestRows / 4));
  while (from < rowCount) {
    const to = Math.min(from + size, rowCount);
    ranges.push({ from, to });
    from = to;
    size = Math.min(size * 2, largestRows);
  }
  return ranges;
}

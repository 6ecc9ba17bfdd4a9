import { SnowmeltError } from '../../errors/errors.js';
import type { RunCounts } from '../../state/sync-state.js';

/**
 * Checks that every row that was read is accounted for, and that all rows were read that there are.
 *
 * @throws SnowmeltError `BOOKS_UNBALANCED`
 */
export function checkBooks(counts: RunCounts, expectedRows: number | undefined): void {
  const { read, delivered, rejected, skipped, unchanged = 0 } = counts;
  const expected = expectedRows ?? read;
  if (read === expected && read === delivered + rejected + skipped + unchanged) return;
  throw new SnowmeltError(
    'BOOKS_UNBALANCED',
    `${read} of ${expected} rows read, ${delivered} delivered, ${rejected} rejected, ${skipped} skipped, ${unchanged} unchanged.`,
    {
      hint: 'Check a custom source first: it has to give as many rows as it says.',
      details: { read, delivered, rejected, skipped, unchanged, expected },
    },
  );
}

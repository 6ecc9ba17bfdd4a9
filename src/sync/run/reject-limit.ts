import { SnowmeltError } from '../../errors/errors.js';
import type { StoredRun } from '../../state/sync-state.js';
import { totalCounts } from '../../state/settled-ranges.js';
import type { SyncContext } from '../options/sync-context.js';

/** Rejected rows of a whole run that are still no failure; `undefined` where the delivery reckons it from its rows. */
export function rejectLimit<M>({ settings }: SyncContext<M>, rows: number | undefined): number | undefined {
  const { maxRejected: limit, deadLetter } = settings;
  if (limit !== undefined || deadLetter === undefined || rows === undefined) return limit;
  // Of the whole result: the delivery would take it of its part.
  return Math.max(100, Math.floor(rows / 100));
}

/** Ranges that are delivered at the same time know only together that they went over the limit. */
export function tooManyRejects<M>(context: SyncContext<M>, run: StoredRun): SnowmeltError | undefined {
  const { rejected } = totalCounts(run.settled);
  const limit = rejectLimit(context, run.ref?.rowCount) ?? Infinity;
  if (rejected <= limit) return undefined;
  return new SnowmeltError('TOO_MANY_REJECTS', `${rejected} rows of the run were rejected and ${limit} are allowed.`, {
    hint: 'Repair the rows, or raise maxRejected.',
    details: { rejected, maxRejected: limit },
  });
}

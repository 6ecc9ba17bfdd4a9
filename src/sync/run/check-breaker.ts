import { ConfigError, SnowmeltError } from '../../errors/errors.js';
import { callHost } from '../../errors/host-call.js';
import { removalOf } from '../../mapping/semantic/semantic-event-names.js';
import type { RowMapper } from '../../mapping/row-mapper.js';
import type { ResultSet } from '../../source/source.js';
import type { RunSummary } from '../../state/sync-state.js';
import { readRows } from '../../source/call-source.js';
import type { BreakerOptions } from '../options/sync-options.js';

/** Runs to know before "usual" means anything. */
const USUAL_FROM = 3;

function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.floor(sorted.length / 2)] ?? 0;
}

function isRemoval(message: unknown): boolean {
  return (
    typeof message === 'object' && message !== null && 'event' in message && removalOf(message.event) !== undefined
  );
}

async function countRemovals<M>(result: ResultSet, mapper: RowMapper<M>, signal: AbortSignal): Promise<number> {
  const map = callHost("The mapper's bind()", () => mapper.bind(result.columns));
  let removals = 0;
  for await (const batch of readRows(result, signal)) {
    let row = batch.firstRow;
    for (const values of batch.rows) {
      try {
        const made = map(values, { row });
        const messages = Array.isArray(made) ? made : [made];
        removals += messages.filter(isRemoval).length;
      } catch {
        // A row that can't be mapped deletes nothing; the delivery rejects it.
      }
      row += 1;
    }
    signal.throwIfAborted();
  }
  return removals;
}

/**
 * Judges a result before anything of it is sent.
 *
 * @throws SnowmeltError `BREAKER_TRIPPED`
 */
export async function checkBreaker<M>(
  breaker: BreakerOptions,
  result: ResultSet,
  mapper: RowMapper<M>,
  history: readonly RunSummary[],
  signal: AbortSignal,
): Promise<void> {
  const { maxRows, maxRowsFactor, zeroRows, maxDeletes } = breaker;
  const wanted = Object.entries({ maxRows, maxRowsFactor, zeroRows: zeroRows === true ? true : undefined, maxDeletes });
  const first = wanted.find(([, value]) => value !== undefined)?.[0];
  if (first === undefined) return;
  const rows = result.rowCount;
  if (rows === undefined) {
    throw new ConfigError('CONFIG_INVALID', `breaker.${first} needs a source that knows its row count beforehand.`, {
      hint: 'Leave `breaker` out with this source.',
    });
  }
  const trip = (what: string, details: Record<string, unknown>): SnowmeltError =>
    new SnowmeltError('BREAKER_TRIPPED', `Stopped before the first write: ${what}.`, {
      hint: 'Look at the query; raise the limit in `breaker` if the change is meant.',
      details: { rows, ...details },
    });
  if (zeroRows === true && rows === 0) throw trip('the query returned no rows', {});
  if (maxRows !== undefined && rows > maxRows) {
    throw trip(`the query returned ${rows} rows, and maxRows is ${maxRows}`, { maxRows });
  }
  // Nothing is no measure: of a sync that mostly finds nothing, every row would be too many.
  const sizes = history.flatMap(({ status, counts }) =>
    status === 'completed' && counts !== undefined && counts.read > 0 ? [counts.read] : [],
  );
  if (maxRowsFactor !== undefined && sizes.length >= USUAL_FROM) {
    const usual = median(sizes);
    if (rows > usual * maxRowsFactor) {
      throw trip(`the query returned ${rows} rows, more than ${maxRowsFactor} times the usual ${usual}`, { usual });
    }
  }
  if (maxDeletes === undefined) return;
  const deletes = await countRemovals(result, mapper, signal);
  if (deletes > maxDeletes) {
    throw trip(`the result holds ${deletes} deletions and suppressions, and maxDeletes is ${maxDeletes}`, { deletes });
  }
}

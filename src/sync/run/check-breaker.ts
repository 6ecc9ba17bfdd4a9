import { ConfigError, SnowmeltError } from '../../errors/errors.js';
import { callHost } from '../../errors/host-call.js';
import { isRemovalEvent } from '../../mapping/semantic/semantic-event-names.js';
import type { RowMapper } from '../../mapping/row-mapper.js';
import type { ResultSet } from '../../source/source.js';
import { usualOf } from '../../state/run-history.js';
import type { RunSummary, StoredRun } from '../../state/sync-state.js';
import { readRows } from '../../source/call-source.js';
import type { KeyedResult } from '../../diff/key/keyed-result.js';
import { countChanges } from './count-changes.js';
import type { RunFrame } from './run-frame.js';
import type { RunKind } from './run-kind.js';

/** Runs to know before "usual" means anything. */
const USUAL_FROM = 3;

async function countRemovals<M>(result: ResultSet, mapper: RowMapper<M>, signal: AbortSignal): Promise<number> {
  const map = callHost("The mapper's bind()", () => mapper.bind(result.columns));
  let removals = 0;
  for await (const batch of readRows(result, signal)) {
    let row = batch.firstRow;
    for (const values of batch.rows) {
      try {
        const made = map(values, { row });
        const messages = Array.isArray(made) ? made : [made];
        removals += messages.filter(isRemovalEvent).length;
      } catch {
        // A row that can't be mapped deletes nothing; the delivery rejects it.
      }
      row += 1;
    }
    signal.throwIfAborted();
  }
  return removals;
}

/** Rows of a completed run, as they count for what is usual: with `changes` those that it sent. */
function sizeOf({ status, counts }: RunSummary, hasChanges: boolean): number {
  if (status !== 'completed' || counts === undefined) return 0;
  const { read, unchanged, added, changed } = counts;
  if (!hasChanges) return read;
  // A run of the time before `changes` sent all it read.
  return unchanged === undefined && added === undefined && changed === undefined ? read : (added ?? 0) + (changed ?? 0);
}

/**
 * Judges a result before anything of it is sent. With `changes` rows are those that are added or changed: all of the
 * result is read once more for that, unless it is too small to be too much.
 *
 * @throws SnowmeltError `BREAKER_TRIPPED`
 */
export async function checkBreaker<M>(
  frame: RunFrame<M>,
  run: StoredRun,
  result: ResultSet,
  kind: RunKind,
): Promise<void> {
  const { breaker = {}, mapper, changes } = frame.context.settings;
  const { maxRows, maxRowsFactor, zeroRows, maxDeletes } = breaker;
  const wanted = Object.entries({ maxRows, maxRowsFactor, zeroRows: zeroRows === true ? true : undefined, maxDeletes });
  const first = wanted.find(([, value]) => value !== undefined)?.[0];
  if (first === undefined) return;
  const read = result.rowCount;
  if (read === undefined) {
    throw new ConfigError('CONFIG_INVALID', `breaker.${first} needs a source that knows its row count beforehand.`, {
      hint: 'Leave `breaker` out with this source.',
    });
  }
  if (zeroRows === true && read === 0) throw tripped('the query returned no rows', { rows: 0 });
  const hasChanges = changes !== undefined;
  // Runs that sent nothing do not count: in a sync that mostly finds nothing, the usual size would be 0, and one row too many.
  const sizes = frame.keeper.state.history.map((ended) => sizeOf(ended, hasChanges)).filter((size) => size > 0);
  const usual = maxRowsFactor !== undefined && sizes.length >= USUAL_FROM ? usualOf(sizes) : undefined;
  const most = Math.min(maxRows ?? Infinity, usual === undefined ? Infinity : usual * (maxRowsFactor ?? Infinity));
  // A seed sends nothing.
  if (run.changes?.kind === 'seed' || (read <= most && maxDeletes === undefined)) return;
  const toSend = hasChanges ? await countChanges(frame, run, result as KeyedResult, kind) : undefined;
  const rows = toSend?.rows ?? read;
  const what = hasChanges ? `${rows} rows are added or changed` : `the query returned ${rows} rows`;
  if (maxRows !== undefined && rows > maxRows) throw tripped(`${what}, and maxRows is ${maxRows}`, { rows, maxRows });
  if (usual !== undefined && rows > most) {
    throw tripped(`${what}, more than ${maxRowsFactor ?? 1} times the usual ${usual}`, { rows, usual });
  }
  if (maxDeletes === undefined) return;
  const deletes = toSend?.deletes ?? (await countRemovals(result, mapper, frame.signal));
  if (deletes > maxDeletes) {
    const where = hasChanges ? 'the run would send' : 'the result holds';
    throw tripped(`${where} ${deletes} deletions and suppressions, and maxDeletes is ${maxDeletes}`, { rows, deletes });
  }
}

function tripped(what: string, details: Record<string, unknown>): SnowmeltError {
  return new SnowmeltError('BREAKER_TRIPPED', `Stopped before the first write: ${what}.`, {
    hint: 'Look at the query; raise the limit in `breaker` if the change is meant.',
    details,
  });
}

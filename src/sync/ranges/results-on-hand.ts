import type { ResultSet } from '../../source/source.js';
import type { SyncContext } from '../options/sync-context.js';
import type { RunHandle } from './run-handle.js';

/** How long a result waits for the next range: it may hold the rows that it was opened with. */
const KEPT_MS = 60_000;

interface Kept {
  readonly of: string;
  readonly result: ResultSet;
}

const onHand = new WeakMap<object, Set<Kept>>();

/**
 * Keeps the open result of a run for the next range that this process delivers of it: with the SQL API, the answer that
 * opens a result again holds its first partition ("Fetching partitions", Snowflake SQL API).
 */
export function keepResult<M>(context: SyncContext<M>, handle: RunHandle, result: ResultSet): void {
  const all = keptOf(context);
  const kept: Kept = { of: runOf(handle), result };
  all.add(kept);
  setTimeout(() => all.delete(kept), KEPT_MS).unref();
}

/** A result of the run, for one reader at a time; those of other runs are let go. */
export function takeResult<M>(context: SyncContext<M>, handle: RunHandle): ResultSet | undefined {
  const all = keptOf(context);
  let found: Kept | undefined;
  for (const kept of all) {
    if (kept.of !== runOf(handle)) all.delete(kept);
    else found ??= kept;
  }
  if (found !== undefined) all.delete(found);
  return found?.result;
}

function keptOf(context: object): Set<Kept> {
  let all = onHand.get(context);
  if (all === undefined) onHand.set(context, (all = new Set()));
  return all;
}

function runOf({ runId, fencingToken }: RunHandle): string {
  return `${runId}.${fencingToken}`;
}

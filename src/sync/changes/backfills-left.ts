import { backfillKey } from '../../state/record-keys.js';
import { NO_LEVEL } from '../../state/snapshot-refs.js';
import type { RunChanges, StoredRun, SyncState } from '../../state/sync-state.js';
import { levelWritten, snapshotLeft } from '../../state/transitions.js';
import type { SyncContext } from '../options/sync-context.js';
import { isHeld } from '../record/lease-validity.js';
import type { ChangesFrame } from './changes-place.js';

/** A backfill that is given up leaves in the snapshot of its sync what it settled, and what it may have sent. @throws StateError */
export async function leaveInSnapshot<M>({ record }: SyncContext<M>, run: StoredRun | undefined): Promise<void> {
  const { changes } = run ?? {};
  if (changes !== undefined && hasWritten(changes)) await record.change((state) => snapshotLeft(state, changes));
}

/**
 * Takes into the snapshot what backfills have left that are cut off, before a new run is compared with it. They may
 * still be gone on with: then what they settle later comes behind it.
 *
 * @throws SnowmeltError `LEASE_LOST`, StateError
 */
export async function takeFromBackfills<M>({ context, keeper, signal }: ChangesFrame<M>): Promise<void> {
  const { record, settings, identity } = context;
  for (const { runId } of keeper.state.backfills ?? []) {
    const own = record.sibling(backfillKey(settings.name, runId));
    const stored = await own.read(signal);
    const { changes } = stored?.value.run ?? {};
    if (isHeld(stored, identity) || changes === undefined || !hasWritten(changes)) continue;
    await keeper.update((state) => snapshotLeft(state, changes));
    const isSame = ({ run }: SyncState): boolean => run?.runId === stored?.value.run?.runId;
    await own.change((state) => (isSame(state) ? levelWritten(state, NO_LEVEL) : state));
  }
}

function hasWritten({ level }: RunChanges): boolean {
  return level.count > 0 || level.sending !== undefined;
}

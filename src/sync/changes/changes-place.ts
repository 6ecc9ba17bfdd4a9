import { followedLater } from '../../async/aborted-later.js';
import type { SnapshotDiff } from '../../diff/snapshot-diff.js';
import type { SnapshotPlace } from '../../diff/snapshot/place.js';
import { PatientSnapshotStore } from '../../diff/stores/patient-snapshot-store.js';
import { SnowmeltError } from '../../errors/errors.js';
import type { StoredSnapshot, SyncState } from '../../state/sync-state.js';
import type { RunJournal } from '../journal/run-journal.js';
import type { SyncContext } from '../options/sync-context.js';
import type { LeaseKeeper } from '../record/lease-keeper.js';

/** How long an aborted run may take to store what is settled. */
const ABORT_GRACE_MS = 5_000;

/** What the parts of `changes` need of a run's frame. */
export interface ChangesFrame<M> {
  readonly context: SyncContext<M>;
  readonly journal: RunJournal;
  readonly keeper: LeaseKeeper;
  readonly above: LeaseKeeper | undefined;
  readonly signal: AbortSignal;
}

/** The options of a sync that has `changes`. */
export function changesOf<M>({ context }: Pick<ChangesFrame<M>, 'context'>): SnapshotDiff<M> {
  const { changes } = context.settings;
  if (changes === undefined) throw new TypeError('a sync without changes');
  return changes;
}

/** Where the objects of a snapshot are, for the process that holds the lease. */
export function placeOf<M>(frame: ChangesFrame<M>, id: string, token: number): SnapshotPlace {
  const { journal, signal } = frame;
  const store = new PatientSnapshotStore(changesOf(frame).snapshots, {}, ({ code, message }) => {
    journal.warn(code, message);
  });
  return { store, id, token, signal };
}

/** As {@link placeOf}, for checkpoints: a run that its caller ends still stores what is settled. */
export function placeToWrite<M>(frame: ChangesFrame<M>, id: string, token: number): SnapshotPlace {
  const leases = [frame.keeper.signal, frame.above?.signal].filter((each) => each !== undefined);
  const signal = AbortSignal.any([...leases, followedLater(frame.signal, ABORT_GRACE_MS)]);
  return placeOf({ ...frame, signal }, id, token);
}

/** The record of the sync itself: a range and a backfill have records of their own. */
export async function syncState<M>({ context, keeper, above }: ChangesFrame<M>): Promise<SyncState> {
  if (keeper.record.key === context.record.key) return keeper.state;
  if (above !== undefined) return above.state;
  const stored = await context.record.read();
  return stored?.value ?? keeper.state;
}

/** The snapshot that the run was begun with: what came to it since is newer. @throws SnowmeltError `SNAPSHOT_UNREADABLE` */
export async function snapshotOf<M>(frame: ChangesFrame<M>): Promise<StoredSnapshot> {
  const { snapshot } = await syncState(frame);
  if (snapshot !== undefined) {
    const { present } = snapshot;
    const known = frame.keeper.state.run?.changes?.levels;
    return { ...snapshot, present: { ...present, levels: present.levels?.slice(0, known) } };
  }
  throw new SnowmeltError('SNAPSHOT_UNREADABLE', `The record of "${frame.context.settings.name}" names no snapshot.`, {
    hint: 'Run again: the next run begins with an empty one.',
  });
}

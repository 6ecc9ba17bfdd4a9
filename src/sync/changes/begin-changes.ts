import type { Key } from '../../diff/key/check-key.js';
import { rolledUp } from '../../diff/level/end-run.js';
import { newSnapshotId } from '../../diff/snapshot/place.js';
import { SnowmeltError } from '../../errors/errors.js';
import { NO_LEVEL } from '../../state/snapshot-refs.js';
import type { RunChanges, StoredSnapshot } from '../../state/sync-state.js';
import { changesOf, placeOf, syncState, type ChangesFrame } from './changes-place.js';

/** What a new run with `changes` stores when it begins. */
export interface BegunChanges {
  readonly changes: RunChanges;
  /** Missing where the run is a backfill's, which leaves the record of the sync alone. */
  readonly snapshot: StoredSnapshot | undefined;
}

/**
 * Finds the snapshot that a new run is compared with, or begins an empty one.
 *
 * @throws SnowmeltError `SNAPSHOT_KEY_CHANGED`, `SNAPSHOT_UNREADABLE`
 */
export async function beginChanges<M>(
  frame: ChangesFrame<M>,
  key: Key,
  kind: RunChanges['kind'],
): Promise<BegunChanges> {
  const { keeper, context } = frame;
  const { hasher } = changesOf(frame);
  const changes: RunChanges = { level: NO_LEVEL, keyForm: key.form, ...(kind === undefined ? {} : { kind }) };
  const { snapshot: known } = await syncState(frame);
  const isSeed = kind === 'seed';
  if (known !== undefined && !isSeed) refuseOther(context.settings.name, known, key, hasher.version);
  const isOwn = keeper.record.key === context.record.key;
  if (!isOwn) return { changes, snapshot: undefined };
  if (known === undefined) {
    const present = { id: newSnapshotId() };
    return { changes, snapshot: { present, keyForm: key.form, form: hasher.version } };
  }
  const { present } = known;
  // What a seed replaces need not be readable.
  if (isSeed) return { changes, snapshot: known };
  const place = placeOf(frame, present.id, keeper.state.fencingToken);
  return { changes, snapshot: { ...known, present: await rolledUp(place, present) } };
}

function refuseOther(sync: string, { keyForm, form }: StoredSnapshot, key: Key, version: number): void {
  if (keyForm !== key.form) {
    throw new SnowmeltError('SNAPSHOT_KEY_CHANGED', `The snapshot of "${sync}" was made with other key columns.`, {
      hint: `Take the present result as sent with seed(), or send everything again after reset().`,
      details: { snapshot: keyForm, query: key.form },
    });
  }
  if (form > version) {
    throw new SnowmeltError('SNAPSHOT_UNREADABLE', `The snapshot of "${sync}" was made by a later release.`, {
      hint: 'Install that release, or forget the snapshot with reset() or seed().',
    });
  }
}

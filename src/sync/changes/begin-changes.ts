import type { Key } from '../../diff/key/check-key.js';
import { rolledUp } from '../../diff/level/end-run.js';
import { newSnapshotId } from '../../diff/snapshot/place.js';
import { SnowmeltError } from '../../errors/errors.js';
import { NO_LEVEL } from '../../state/snapshot-refs.js';
import type { RunChanges, StoredSnapshot } from '../../state/sync-state.js';
import { snapshotGrown, type SnapshotAfter } from '../../state/transitions.js';
import { changesOf, placeOf, syncState, type ChangesFrame } from './changes-place.js';

/** What a new run with `changes` stores when it begins. */
export interface BegunChanges {
  readonly changes: RunChanges;
  /** Missing where what there is stays as it is. */
  readonly snapshot: SnapshotAfter | undefined;
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
  // A backfill that took another one's place has added what that had written.
  await frame.above?.renew();
  const { snapshot: known } = await syncState(frame);
  const changesWith = ({ levels = [] }: Pick<StoredSnapshot['present'], 'levels'>): RunChanges => {
    const begun = { level: NO_LEVEL, keyForm: key.form, levels: levels.length };
    return kind === undefined ? begun : { ...begun, kind };
  };
  const isSeed = kind === 'seed';
  if (known !== undefined && !isSeed) checkComparable(context.settings.name, known, key, hasher.version);
  const isOwn = keeper.record.key === context.record.key;
  const empty = { present: { id: newSnapshotId() }, keyForm: key.form, form: hasher.version };
  if (!isOwn) {
    const { present } = known ?? (await begunEmpty(frame, empty));
    return { changes: changesWith(present), snapshot: undefined };
  }
  if (known === undefined) {
    const after = empty;
    return { changes: changesWith({}), snapshot: { before: undefined, after } };
  }
  const { present: before } = known;
  // What a seed replaces need not be readable.
  if (isSeed) return { changes: changesWith(before), snapshot: undefined };
  const place = placeOf(frame, before.id, keeper.state.fencingToken);
  const present = await rolledUp(place, before);
  return { changes: changesWith(present), snapshot: { before, after: { ...known, present } } };
}

/** A backfill comes before the first run. */
async function begunEmpty<M>({ context, above }: ChangesFrame<M>, empty: StoredSnapshot): Promise<StoredSnapshot> {
  const { snapshot = empty } = await context.record.change((state) => snapshotGrown(state, [], empty));
  await above?.renew();
  return snapshot;
}

/** @throws SnowmeltError `SNAPSHOT_KEY_CHANGED`, `SNAPSHOT_UNREADABLE` for a snapshot that the rows cannot be compared with */
export function checkComparable(sync: string, { keyForm, form }: StoredSnapshot, key: Key, version: number): void {
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

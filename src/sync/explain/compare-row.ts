import { findEntry } from '../../diff/merge/find-entry.js';
import type { ReadPlace } from '../../diff/merge/level-cursor.js';
import { ACCEPTED, REJECTED } from '../../diff/segment/flags.js';
import { openSnapshot, type Snapshot } from '../../diff/snapshot/open-snapshot.js';
import { PatientSnapshotStore } from '../../diff/stores/patient-snapshot-store.js';
import { judge } from '../../diff/walk/judge.js';
import type { SyncState } from '../../state/sync-state.js';
import { comparedWith } from '../changes/compared-with.js';
import type { SyncContext } from '../options/sync-context.js';

/** What a snapshot says of a row. */
export interface RowCompared {
  /** What the next run would do with it. */
  readonly is: 'added' | 'changed' | 'unchanged' | 'skipped';
  /** Whether the destination has accepted a message of its key, and no removal since. */
  readonly wasAccepted: boolean;
  /** Whether the row as it is now was rejected. */
  readonly wasRejected: boolean;
}

/** Looks single keys up in the snapshot of a sync with `changes`. */
export class SnapshotLookup<M> {
  readonly #context: SyncContext<M>;
  readonly #place: ReadPlace;
  readonly #snapshot: Snapshot;

  private constructor(context: SyncContext<M>, place: ReadPlace, snapshot: Snapshot) {
    this.#context = context;
    this.#place = place;
    this.#snapshot = snapshot;
  }

  /**
   * @returns `undefined` for a sync without `changes`
   * @throws SnowmeltError `SNAPSHOT_UNREADABLE`
   */
  static async open<M>(
    context: SyncContext<M>,
    state: SyncState,
    signal: AbortSignal,
  ): Promise<SnapshotLookup<M> | undefined> {
    const { changes } = context.settings;
    if (changes === undefined) return undefined;
    const place = { store: new PatientSnapshotStore(changes.snapshots), signal };
    const ref = comparedWith(state);
    const snapshot = ref === undefined ? { id: '', levels: [] } : await openSnapshot(place, ref);
    return new SnapshotLookup(context, place, snapshot);
  }

  /** Compares a row as a run would. */
  async compare(key: Buffer, hash: Buffer, isSkipped: boolean): Promise<RowCompared> {
    const old = await findEntry(this.#place, this.#snapshot, key);
    const mode = this.#context.settings.changes?.mode ?? 'upsert';
    const row = { row: 0, key, hash, skipped: isSkipped };
    const { is } = judge(row, key, old, { mode, writesAll: false, resend: false });
    const flags = old?.flags ?? 0;
    const isSame = is === 'unchanged';
    return { is, wasAccepted: (flags & ACCEPTED) !== 0, wasRejected: isSame && (flags & REJECTED) !== 0 };
  }

  /** Whether the destination has what a key names, as far as the snapshot knows. */
  async hasAccepted(key: Buffer): Promise<boolean> {
    const entry = await findEntry(this.#place, this.#snapshot, key);
    return entry !== undefined && (entry.flags & ACCEPTED) !== 0;
  }
}

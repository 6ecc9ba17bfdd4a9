import { SnowmeltError } from '../../errors/errors.js';
import type { EntryRecorder } from '../level/entry-recorder.js';
import { LevelRecorder } from '../level/level-recorder.js';
import type { KeepKeys } from '../level/end-run.js';
import { SnapshotCursor } from '../merge/snapshot-cursor.js';
import { compareKeys } from '../segment/compare-keys.js';
import type { Snapshot } from '../snapshot/open-snapshot.js';
import type { SnapshotPlace } from '../snapshot/place.js';
import type { LevelRef } from '../../state/snapshot-refs.js';
import { flagsAfter, judge, keptEntry, type JudgeOptions } from './judge.js';
import { MAX_ROWS_OF_KEY, RowGroup } from './row-group.js';
import { SnapshotSide } from './snapshot-side.js';
import type { ChangesMode, RowOutcome, Verdict, WalkRow } from './verdict.js';

/** Stands for the row in front of which the keys behind the last row stand. */
const BEHIND_ALL = Number.MAX_SAFE_INTEGER;

/** Which rows are walked, against what. */
export interface RowWalkOptions {
  readonly place: SnapshotPlace;
  /** The snapshot as it was before the run: without what the run itself has written. */
  readonly snapshot: Snapshot;
  /** What this run, or this range of it, has written so far. */
  readonly level: LevelRef;
  /** The first row to judge. */
  readonly from: number;
  /** The row behind the last one to judge; the number of rows when the result ends there. */
  readonly to: number;
  readonly mode: ChangesMode;
  readonly keep?: KeepKeys | undefined;
  readonly resend?: boolean | undefined;
  /** Whether rows are sent only when a checkpoint that was written after their verdict is stored. @default false */
  readonly announces?: boolean | undefined;
  /** Takes the entries in the place of `level`, for a walk that only looks. @default one that writes them */
  readonly recorder?: EntryRecorder | undefined;
}

/**
 * The heart of a run: walks the rows of a result and the snapshot side by side, both in the order of keys, and says of
 * each row whether it is to be delivered. The same result and the same snapshot give the same verdicts from any row, in
 * any process.
 *
 * Rows come in order, without gaps. Those below `from` are only looked at: when `from` is not 0, the rows before it have
 * to come first, back to one of another key (mostly one row) or as many as a key may have, see {@link reachesBack}. Those from `to` on are only looked
 * at too, until {@link isDone}. Rows [from, to) own the snapshot's keys behind that of row from − 1, up to that of row
 * to − 1; with the end of the result, the rest as well.
 */
export class RowWalk {
  readonly #options: RowWalkOptions;
  readonly #judging: JudgeOptions;
  readonly #recorder: EntryRecorder;
  #side: SnapshotSide | undefined;
  /** The key of the last row. */
  #key: Uint8Array | undefined;
  /** The last rows, while their verdicts are not known. */
  #group: RowGroup | undefined;
  /** Whether the cursor stands at the entry of the group's key. */
  #isKnown = false;
  #hasNullKeys = false;
  /** Whether a row behind the range was seen. */
  #isBehind = false;
  #isDone = false;
  #isClosed = false;

  constructor(options: RowWalkOptions) {
    const { place, level, mode, keep = 'all', resend = false, announces, recorder } = options;
    this.#options = options;
    this.#judging = { mode, writesAll: keep === 'window', resend };
    this.#recorder = recorder ?? new LevelRecorder(place, level, { countsAll: keep === 'window', announces });
  }

  /** Whether every row of the range is judged: no more rows are needed. */
  get isDone(): boolean {
    return this.#isDone;
  }

  /**
   * Takes rows. @returns the verdicts that are known by them, in the order of rows
   * @throws SnowmeltError `RESULT_UNSORTED`, `SNAPSHOT_UNREADABLE`, and what the store throws
   */
  async push(rows: readonly WalkRow[]): Promise<Verdict[]> {
    const verdicts: Verdict[] = [];
    for (const row of rows) {
      if (this.#isDone) break;
      this.#isBehind = row.row >= this.#options.to;
      const waiting = row.key === undefined ? this.#takeNull(row, verdicts) : this.#take(row, row.key, verdicts);
      if (waiting !== undefined) await waiting;
    }
    return verdicts;
  }

  /** The result has ended: what is left of the snapshot is absent. @returns the verdicts on the last rows */
  async end(): Promise<Verdict[]> {
    const verdicts: Verdict[] = [];
    if (this.#isDone) return verdicts;
    this.#closeGroup(verdicts);
    this.#isDone = true;
    // Rows behind the range own what is left.
    if (this.#isBehind) return verdicts;
    if (!this.#hasNullKeys) await this.#openSide().drain(BEHIND_ALL);
    this.#isClosed = true;
    return verdicts;
  }

  /** What became of a row. Only those added and changed need it. */
  settled(row: number, outcome: RowOutcome): void {
    this.#recorder.settle(row, (wasAccepted) => flagsAfter(outcome, wasAccepted));
  }

  /** Writes the entries of all rows below `row`, which have to be settled. @returns the level, for the state */
  async checkpoint(row: number): Promise<LevelRef> {
    return this.#recorder.checkpoint(row);
  }

  /** The last checkpoint, when all rows are settled: writes the keys behind the last row of a result too. */
  async finish(): Promise<LevelRef> {
    const level = await this.#recorder.checkpoint(Number.POSITIVE_INFINITY);
    return this.#isClosed ? { ...level, closed: true } : level;
  }

  #take(row: WalkRow, key: Uint8Array, verdicts: Verdict[]): Promise<void> | undefined {
    const { from } = this.#options;
    const order = this.#key === undefined ? 1 : compareKeys(key, 0, this.#key, 0);
    if (order < 0 || this.#hasNullKeys) throw unsorted(row.row);
    if (order === 0) {
      this.#follow(row, verdicts);
      // Whatever else stands behind the range under this key, its own rows are judged.
      if (this.#isBehind && this.#group?.conflict !== undefined) {
        this.#closeGroup(verdicts);
        this.#isDone = true;
      }
      return undefined;
    }
    this.#closeGroup(verdicts);
    if (this.#isBehind) {
      this.#isDone = true;
      return undefined;
    }
    // Opened behind the key of the row before.
    const found = row.row >= from && this.#openSide().seek(key, row.row);
    this.#key = key;
    this.#group = new RowGroup(row, key);
    if (typeof found !== 'boolean') return this.#found(found);
    this.#isKnown = found;
    return undefined;
  }

  async #found(waiting: Promise<boolean>): Promise<void> {
    this.#isKnown = await waiting;
  }

  /** Takes another row of the same key. */
  #follow(row: WalkRow, verdicts: Verdict[]): void {
    const known = this.#group?.add(row) ?? [];
    const { conflict: rows = [], isTooMany = false } = this.#group ?? {};
    for (const own of known) {
      if (this.#isOwn(own)) verdicts.push({ row: own, is: 'rejected', code: 'DUPLICATE_KEY', rows, isTooMany });
    }
  }

  #isOwn(row: number): boolean {
    return row >= this.#options.from && row < this.#options.to;
  }

  async #takeNull({ row }: WalkRow, verdicts: Verdict[]): Promise<void> {
    this.#closeGroup(verdicts);
    if (this.#isBehind) this.#isDone = true;
    else if (row >= this.#options.from) {
      if (!this.#hasNullKeys) await this.#openSide().drain(row);
      verdicts.push({ row, is: 'rejected', code: 'KEY_NULL' });
    }
    this.#hasNullKeys = true;
  }

  /** Judges the rows of a key when all of them are known. */
  #closeGroup(verdicts: Verdict[]): void {
    const group = this.#group;
    this.#group = undefined;
    if (group === undefined) return;
    const of = group.first.row;
    if (this.#isOwn(of)) this.#closeOwn(group, verdicts);
    if (group.conflict !== undefined) return;
    for (const row of group.followers) if (this.#isOwn(row)) verdicts.push({ row, is: 'duplicate', of });
  }

  #closeOwn(group: RowGroup, verdicts: Verdict[]): void {
    const cursor = this.#side?.cursor;
    const old = this.#isKnown ? cursor : undefined;
    const { row } = group.first;
    if (group.conflict !== undefined) {
      if (this.#judging.writesAll && old !== undefined) this.#recorder.add(keptEntry(row, old));
      return;
    }
    const { is, entry } = judge(group.first, group.key, old, this.#judging);
    if (entry !== undefined) this.#recorder.add(entry);
    verdicts.push({ row, is });
  }

  /** The snapshot's side, from the key in front of the first row on. */
  #openSide(): SnapshotSide {
    if (this.#side !== undefined) return this.#side;
    const { place, snapshot, mode } = this.#options;
    const cursor = new SnapshotCursor(place, snapshot.levels, { after: this.#key });
    this.#side = new SnapshotSide(place, cursor, this.#recorder, mode === 'mirror');
    return this.#side;
  }
}

/** Whether rows in front of a range reach far enough back to judge its first row, which is the last of them. */
export function reachesBack(rows: readonly Pick<WalkRow, 'row' | 'key'>[]): boolean {
  const [first, own] = [rows[0], rows.at(-1)];
  if (first === undefined || own === undefined || first.row === 0) return true;
  // Of a key with so many rows nothing more has to be known.
  if (own.key === undefined || rows.length >= MAX_ROWS_OF_KEY) return true;
  return first.key !== undefined && compareKeys(first.key, 0, own.key, 0) !== 0;
}

function unsorted(row: number): SnowmeltError {
  return new SnowmeltError('RESULT_UNSORTED', `The key of row ${row} stands before that of the row in front of it.`, {
    hint: 'Nothing to do: the next run queries again. If it comes back, see the key columns of `changes`.',
    details: { row },
  });
}

import { expect } from 'vitest';
import { completeSnapshot, rolledUp, type KeepKeys } from '../../../src/diff/level/end-run.js';
import { joinLevels } from '../../../src/diff/level/grow-level.js';
import { LevelRecorder } from '../../../src/diff/level/level-recorder.js';
import { sweepSnapshot } from '../../../src/diff/level/sweep.js';
import { openLevel, openSnapshot } from '../../../src/diff/snapshot/open-snapshot.js';
import type { SnapshotPlace } from '../../../src/diff/snapshot/place.js';
import { abandonedSnapshot, levelRefSchema, NO_LEVEL, snapshotRefSchema } from '../../../src/state/snapshot-refs.js';
import type { LevelRef, SnapshotRef } from '../../../src/state/snapshot-refs.js';
import { recordRemoval, removalsOf, settleRemoval, type Removal } from '../../../src/diff/walk/removals.js';
import { reachesBack, RowWalk } from '../../../src/diff/walk/row-walk.js';
import type { ChangesMode, RowOutcome, Verdict, WalkRow } from '../../../src/diff/walk/verdict.js';
import { hashOfMessage, keyOfText } from './keys.js';
import type { PlainRow, PlainRun } from './plain-model.js';
import { steppingStore, type Steps } from './steps.js';

export interface RangeRecord {
  readonly from: number;
  readonly to: number;
  row: number;
  level: LevelRef;
  isJoined: boolean;
}

/** What the state of a sync would hold: all that a process finds when it begins. */
export interface Record {
  token: number;
  snapshot: SnapshotRef;
  previous?: SnapshotRef;
  run?: {
    ranges: RangeRecord[];
    rows: LevelRef;
    removals: LevelRef;
    removed: number;
  };
}

/** What happens in one run, whoever runs it. */
export interface RunScript {
  readonly rows: readonly PlainRow[];
  readonly model: PlainRun;
  readonly mode: ChangesMode;
  readonly keep: KeepKeys;
  readonly cuts: readonly number[];
  /** Whether the ranges are delivered last to first. */
  readonly isBackwards: boolean;
  readonly batch: number;
  readonly outcomeOf: (row: PlainRow) => Exclude<RowOutcome, 'skipped'>;
  readonly isRemovalRejected: (key: string) => boolean;
  readonly holdsRemovals: boolean;
  /** After how many checkpoints the run is given up. */
  readonly abandonAfter?: number | undefined;
  checkpoints: number;
}

/** Everything outside of a process. */
export interface World {
  readonly objects: Map<string, Uint8Array>;
  readonly steps: Steps;
  record: Record;
  readonly destination: Map<string, string>;
  /** How each run ended, whether or not its process lived to know it. */
  readonly endings: ('completed' | 'abandoned')[];
}

const SEGMENT_BYTES = 300;

/** One process: takes the sync over and goes on with its run to the end, unless it dies. */
export class Process {
  readonly #world: World;
  readonly #script: RunScript;
  readonly #place: SnapshotPlace;

  constructor(world: World, script: RunScript) {
    this.#world = world;
    this.#script = script;
    world.record = { ...world.record, token: world.record.token + 1 };
    const { token, snapshot } = world.record;
    const store = steppingStore(world.objects, world.steps);
    this.#place = { store, id: snapshot.id, token, segmentBytes: SEGMENT_BYTES };
  }

  async run(): Promise<void> {
    if (this.#world.record.run === undefined) await this.#begin();
    const { mode, holdsRemovals } = this.#script;
    const order = [...this.#record.run!.ranges.keys()];
    if (this.#script.isBackwards) order.reverse();
    for (const index of order) if (!(await this.#range(index))) return;
    if (mode === 'mirror' && !holdsRemovals && !(await this.#remove())) return;
    const { snapshot, run } = this.#record;
    const after = await completeSnapshot(this.#place, snapshot, run!, this.#script.keep);
    await this.#write({ token: this.#record.token, snapshot: after, previous: snapshot }, () => {
      this.#world.endings.push('completed');
    });
    await sweepSnapshot(this.#place, { present: after, previous: snapshot, isShared: false });
  }

  get #record(): Record {
    return this.#world.record;
  }

  /** In append mode what was sent twice is all that could go wrong. */
  get #announces(): boolean {
    return this.#script.mode !== 'append';
  }

  /** Only what JSON keeps and the schema allows. */
  async #write(record: Record, then?: () => void): Promise<void> {
    const text = JSON.stringify(record);
    await this.#world.steps.step(() => {
      const stored = JSON.parse(text) as Record;
      snapshotRefSchema.parse(stored.snapshot);
      for (const level of stored.run?.ranges ?? []) levelRefSchema.parse(level.level);
      this.#world.record = stored;
      then?.();
    });
  }

  async #begin(): Promise<void> {
    const snapshot = await rolledUp(this.#place, this.#record.snapshot);
    const ends = [...this.#script.cuts, this.#script.rows.length];
    const ranges = ends.map((to, index) => {
      const from = index === 0 ? 0 : ends[index - 1]!;
      return { from, to, row: from, level: NO_LEVEL, isJoined: false };
    });
    await this.#write({ ...this.#record, snapshot, run: { ranges, rows: NO_LEVEL, removals: NO_LEVEL, removed: 0 } });
  }

  /** @returns whether the run goes on */
  async #range(index: number): Promise<boolean> {
    const range = this.#record.run!.ranges[index]!;
    if (!range.isJoined) {
      const isLast = index === this.#record.run!.ranges.length - 1;
      const isWalked = isLast ? range.level.closed === true : range.row === range.to;
      if (!isWalked && !(await this.#walk(index, range, isLast))) return false;
      const rows = await joinLevels(this.#place, this.#record.run!.rows, this.#record.run!.ranges[index]!.level);
      await this.#writeRange(index, { isJoined: true }, rows);
    }
    return true;
  }

  async #writeRange(index: number, change: Partial<RangeRecord>, rows?: LevelRef, then?: () => void): Promise<void> {
    const run = this.#record.run!;
    const ranges = run.ranges.map((range, at) => (at === index ? { ...range, ...change } : range));
    await this.#write({ ...this.#record, run: { ...run, ranges, rows: rows ?? run.rows } }, then);
  }

  async #walk(index: number, range: RangeRecord, isLast: boolean): Promise<boolean> {
    const { mode, keep, batch, rows } = this.#script;
    const snapshot = await openSnapshot(this.#place, this.#record.snapshot);
    const { row: from, to, level } = range;
    const walk = new RowWalk({ place: this.#place, snapshot, level, from, to, mode, keep, announces: this.#announces });
    let [settled, next] = [from, this.#firstRow(from)];
    for (;;) {
      const isEnd = next >= rows.length;
      const read = this.#read(next, next + batch);
      next += read.length;
      const taking = isEnd ? walk.end() : walk.push(read);
      // A checkpoint goes on while rows are read.
      const writing = settled > range.row ? walk.checkpoint(settled) : undefined;
      const verdicts = await both(taking, writing);
      const sent = this.#announces ? verdicts.filter(({ is }) => is === 'added' || is === 'changed') : [];
      const keysOf = (some: readonly Verdict[]): string[] => some.map(({ row }) => rows[row]!.key!);
      if (writing !== undefined && settled > range.row) {
        const at = settled;
        await this.#writeRange(index, { row: at, level: await writing }, undefined, () => {
          this.#settled(range.row, at);
          this.#script.model.announce([], keysOf(sent));
        });
        range = { ...range, row: at };
        if (await this.#isGivenUp()) return false;
      }
      if (sent.length > 0) {
        const announced = await walk.checkpoint(range.row);
        await this.#writeRange(index, { level: announced }, undefined, () => {
          this.#script.model.announce(keysOf(sent));
        });
        if (await this.#isGivenUp()) return false;
      }
      this.#deliver(walk, verdicts);
      settled += verdicts.length;
      if (walk.isDone || isEnd) break;
    }
    expect(settled).toBe(to);
    const done = await walk.finish();
    expect(done.closed ?? false).toBe(isLast);
    await this.#writeRange(index, { row: to, level: done }, undefined, () => this.#settled(range.row, to));
    return true;
  }

  #firstRow(from: number): number {
    let back = from;
    while (back > 0 && (back === from || !reachesBack(this.#read(back, from + 1)))) back -= 1;
    return back;
  }

  #read(from: number, to: number): WalkRow[] {
    return this.#script.rows.slice(from, to).map(({ key, message }, index) => ({
      row: from + index,
      key: key === undefined ? undefined : keyOfText(key),
      hash: hashOfMessage(message),
      skipped: message === '',
      ...(this.#script.mode === 'mirror' ? { text: () => new TextEncoder().encode(key) } : {}),
    }));
  }

  /** Sends in another order than that of rows. */
  #deliver(walk: RowWalk, verdicts: readonly Verdict[]): void {
    for (const verdict of verdicts) {
      const said = verdict.is === 'rejected' ? verdict.code : verdict.is;
      const wanted = this.#script.model.verdicts[verdict.row];
      // An assertion of the test runner costs more than a row.
      if (said !== wanted) expect(`row ${verdict.row}: ${said}`).toBe(`row ${verdict.row}: ${wanted}`);
    }
    for (const { row, is } of [...verdicts].reverse()) {
      if (is !== 'added' && is !== 'changed') continue;
      const plain = this.#script.rows[row]!;
      const outcome = this.#script.outcomeOf(plain);
      if (outcome !== 'rejected') {
        this.#world.destination.set(plain.key!, plain.message);
      }
      walk.settled(row, outcome);
    }
  }

  #settled(from: number, to: number): void {
    this.#script.rows.slice(from, to).forEach((row, index) => {
      const { model, outcomeOf } = this.#script;
      model.settle(from + index, outcomeOf(row));
    });
  }

  async #isGivenUp(): Promise<boolean> {
    this.#script.checkpoints += 1;
    if (this.#script.checkpoints !== this.#script.abandonAfter) return false;
    const { snapshot, run, token } = this.#record;
    const open = run!.ranges.filter(({ isJoined }) => !isJoined).map(({ level }) => level);
    await this.#write({ token, snapshot: abandonedSnapshot(snapshot, [run!.rows, ...open, run!.removals]) }, () => {
      this.#world.endings.push('abandoned');
    });
    return true;
  }

  /** @returns whether the run goes on */
  async #remove(): Promise<boolean> {
    const run = this.#record.run!;
    const level = await openLevel(this.#place, run.rows);
    expect(run.rows.removable).toBe(this.#script.model.removals().length);
    const recorder = new LevelRecorder(this.#place, run.removals, { announces: true });
    let { removed } = run;
    const keyOf = ({ text }: Removal): string => new TextDecoder().decode(text);
    for await (const removals of removalsOf(this.#place, level, removed)) {
      for (const removal of removals) recordRemoval(recorder, removal);
      const announced = await recorder.checkpoint(removed);
      await this.#write({ ...this.#record, run: { ...this.#record.run!, removals: announced } }, () => {
        this.#script.model.announce(removals.map(keyOf));
      });
      if (await this.#isGivenUp()) return false;
      for (const removal of removals) {
        const key = keyOf(removal);
        const isAccepted = !this.#script.isRemovalRejected(key);
        if (removal.number !== removed) expect(removal.number).toBe(removed);
        if (isAccepted) this.#world.destination.delete(key);
        settleRemoval(recorder, removal, isAccepted);
        removed += 1;
        const written = await recorder.checkpoint(removed);
        await this.#write({ ...this.#record, run: { ...this.#record.run!, removals: written, removed } }, () => {
          this.#script.model.removed(key, isAccepted);
        });
        if (await this.#isGivenUp()) return false;
      }
    }
    expect(removed).toBe(run.rows.removable);
    return true;
  }
}

/** Waits for both, also when one fails: a process that dies does nothing more. */
async function both<T>(one: Promise<T>, other: Promise<unknown> | undefined): Promise<T> {
  const [first, second] = await Promise.allSettled([one, other]);
  if (first.status === 'rejected') throw first.reason;
  if (second.status === 'rejected') throw second.reason;
  return first.value;
}

import { checkKey, type Key } from '../../diff/key/check-key.js';
import { keyHash } from '../../diff/key/key-hash.js';
import { wholeRow, type KeyedResult } from '../../diff/key/keyed-result.js';
import { openSnapshot, type Snapshot } from '../../diff/snapshot/open-snapshot.js';
import { MAX_ROWS_OF_KEY } from '../../diff/walk/row-group.js';
import { reachesBack, RowWalk } from '../../diff/walk/row-walk.js';
import type { RowBatch } from '../../source/source.js';
import { NO_LEVEL, type LevelRef } from '../../state/snapshot-refs.js';
import type { StoredRun } from '../../state/sync-state.js';
import { AnnouncedRows, type AnnouncingParts } from './announced-rows.js';
import { changesOf, placeToWrite, snapshotOf, type ChangesFrame } from './changes-place.js';
import { ChangesStage } from './changes-stage.js';
import { keptKeys } from './compared-with.js';

/** Rows of a run to compare. */
export interface RowsToCompare {
  readonly run: StoredRun;
  readonly result: KeyedResult;
  readonly from: number;
  readonly to: number;
  readonly fencingToken: number;
}

/** How rows are read back to one of another key: mostly one row is enough. */
const LOOK_BACK = 2;
/** How many rows behind a range are read first, when the first of them has the key of its last row; then twice as many. */
const LOOK_AHEAD = 64;

interface RangeParts<M> {
  readonly stage: ChangesStage<M>;
  readonly walk: RowWalk;
  readonly key: Key;
  readonly announced: AnnouncedRows<M> | undefined;
}

/** The part of `changes` in the delivery of some rows: judges them, and writes the snapshot at each checkpoint. */
export class RangeChanges<M> {
  readonly stage: ChangesStage<M>;
  readonly #walk: RowWalk;
  readonly #key: Key;
  readonly #rows: RowsToCompare;
  readonly #signal: AbortSignal;
  readonly #announced: AnnouncedRows<M> | undefined;

  private constructor({ stage, walk, key, announced }: RangeParts<M>, rows: RowsToCompare, signal: AbortSignal) {
    this.stage = stage;
    this.#announced = announced;
    this.#walk = walk;
    this.#key = key;
    this.#rows = rows;
    this.#signal = signal;
  }

  /** @throws SnowmeltError `SNAPSHOT_UNREADABLE`; SourceError */
  static async open<M>(
    frame: ChangesFrame<M>,
    rows: RowsToCompare,
    announcing: AnnouncingParts,
  ): Promise<RangeChanges<M>> {
    const { keeper, signal } = frame;
    const { run, result, from, to, fencingToken } = rows;
    const changes = changesOf(frame);
    const key = checkKey(result.columns, changes.key);
    const { present } = await snapshotOf(frame);
    const place = placeToWrite(frame, present.id, fencingToken);
    const { kind } = run.changes ?? {};
    const isSeed = kind === 'seed';
    const snapshot: Snapshot = isSeed ? { id: present.id, levels: [] } : await openSnapshot(place, present);
    // A seed sends nothing; and what was sent twice is all that append mode could get wrong.
    const announces = !isSeed && changes.mode !== 'append';
    const walk = new RowWalk({
      place,
      snapshot,
      level: keeper.state.run?.changes?.level ?? NO_LEVEL,
      from,
      to,
      mode: changes.mode,
      keep: keptKeys(frame.context.settings, isSeed),
      resend: kind === 'resend',
      announces,
    });
    const announced = announces ? new AnnouncedRows<M>(announcing) : undefined;
    const firstRow = await lookBack(result, from, signal);
    const { columns } = result;
    const stage = new ChangesStage({ changes, key, columns, walk, firstRow, from, to, isSeed, announced });
    return new RangeChanges({ stage, walk, key, announced }, rows, signal);
  }

  /** The rows with those around them that have to be looked at. */
  async *read(): AsyncGenerator<RowBatch, void, undefined> {
    const { result, to } = this.#rows;
    const rowCount = result.rowCount ?? to;
    let next = this.stage.firstRow;
    let end = Math.min(to + 1, rowCount);
    let ahead = LOOK_AHEAD;
    while (next < end) {
      yield* result.read({ from: next, to: end, signal: this.#signal });
      next = end;
      // Whether more are needed is known when all of these are judged.
      if (end < rowCount) await this.stage.caughtUp(end);
      if (this.stage.isDone) return;
      end = Math.min(end + ahead, rowCount);
      ahead *= 2;
    }
  }

  /** The values of a row as its source gave them, for the check of a result that is read again. */
  wholeRow(values: readonly unknown[], row: number): readonly unknown[] {
    return wholeRow(values, keyHash(this.#key, values, row));
  }

  /** Writes what is settled below a row, and what is to be sent. @returns what the record has to name in the same write */
  async checkpoint(row: number): Promise<LevelRef> {
    this.#announced?.storing();
    return this.#walk.checkpoint(row);
  }

  /** The record names what {@link checkpoint} gave. */
  stored(): void {
    this.#announced?.stored();
  }

  /** Announces nothing more. */
  async stop(): Promise<void> {
    await this.#announced?.stop();
  }

  /** Writes the rest, once every row is settled. */
  async finish(): Promise<LevelRef> {
    return this.#walk.finish();
  }
}

/**
 * The first row to look at: rows in front of the range, back to one of another key than its neighbour, or as many as a
 * key may have.
 */
async function lookBack(result: KeyedResult, from: number, signal: AbortSignal): Promise<number> {
  for (let count = LOOK_BACK; ; count *= LOOK_AHEAD) {
    const first = Math.max(0, from - Math.min(count, MAX_ROWS_OF_KEY));
    if (first === 0) return 0;
    const rows: { readonly row: number; readonly key: Uint8Array | undefined }[] = [];
    for await (const batch of result.read({ from: first, to: from, signal })) {
      rows.push(...batch.keys.map((key, index) => ({ row: batch.firstRow + index, key })));
    }
    if (reachesBack(rows)) return first;
  }
}

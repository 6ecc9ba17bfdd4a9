import { keyHash } from '../../diff/key/key-hash.js';
import { encodeKeyText } from '../../diff/key/key-text.js';
import type { Key } from '../../diff/key/check-key.js';
import type { KeyedBatch } from '../../diff/key/keyed-result.js';
import type { SnapshotDiff } from '../../diff/snapshot-diff.js';
import { MAX_ROWS_OF_KEY } from '../../diff/walk/row-group.js';
import type { RowWalk } from '../../diff/walk/row-walk.js';
import type { Verdict, WalkRow } from '../../diff/walk/verdict.js';
import type { RejectedRow } from '../../delivery/read/item.js';
import type { JudgedRow, MappedRow, RowStage } from '../../delivery/read/row-stage.js';
import type { RowOutcome } from '../../delivery/settle/settlement.js';
import type { Column, RowBatch } from '../../source/source.js';
import type { AnnouncedRows } from './announced-rows.js';
import { hashedRow } from './hashed-row.js';

/** What a {@link ChangesStage} works with. */
export interface ChangesStageParts<M> {
  readonly changes: SnapshotDiff<M>;
  readonly key: Key;
  readonly columns: readonly Column[];
  readonly walk: RowWalk;
  readonly firstRow: number;
  /** The rows to judge; those around them are looked at. */
  readonly from: number;
  readonly to: number;
  /** Whether every row counts as sent without being sent. */
  readonly isSeed: boolean;
  /** Holds back what is to be sent. @default nothing is held back */
  readonly announced?: AnnouncedRows<M> | undefined;
}

/** Compares what rows become with the snapshot, and tells the walk what became of those that were sent. */
export class ChangesStage<M> implements RowStage<M> {
  /** See {@link RowStage.canonical}. */
  readonly canonical: RowStage<M>['canonical'];
  /** See {@link RowStage.firstRow}. */
  readonly firstRow: number;
  readonly #parts: ChangesStageParts<M>;
  readonly #waiting: MappedRow<M>[] = [];
  #caughtUp = 0;
  #onCaughtUp: () => void = () => undefined;

  constructor(parts: ChangesStageParts<M>) {
    this.#parts = parts;
    this.firstRow = parts.firstRow;
    this.canonical = parts.changes.hasher.json;
  }

  /** See {@link RowStage.isDone}. */
  get isDone(): boolean {
    return this.#parts.walk.isDone;
  }

  /** Resolves when every row below has been judged or looked at, or no more are needed. */
  async caughtUp(below: number): Promise<void> {
    while (this.#caughtUp < below && !this.isDone) {
      await new Promise<void>((resolve) => {
        this.#onCaughtUp = resolve;
      });
    }
  }

  /** See {@link RowStage.judge}. */
  async judge(batch: RowBatch, rows: readonly MappedRow<M>[]): Promise<readonly JudgedRow<M>[]> {
    const { walk, from, to, changes, columns } = this.#parts;
    const { keys } = batch as KeyedBatch;
    const walked: WalkRow[] = [];
    for (const [index, mapped] of rows.entries()) {
      const made = hashedRow(changes, columns, mapped);
      if (mapped.row >= from && mapped.row < to) this.#waiting.push(made.mapped);
      walked.push(this.#walkRow(made.mapped, keys[index], made.hash));
    }
    const judged = this.#judged(await walk.push(walked));
    this.#caughtUp = batch.firstRow + batch.rows.length;
    this.#onCaughtUp();
    const { announced } = this.#parts;
    if (announced === undefined) return judged;
    await announced.hold(judged);
    return announced.take();
  }

  /** See {@link RowStage.end}. */
  async end(): Promise<readonly JudgedRow<M>[]> {
    const { walk, announced } = this.#parts;
    const judged = this.#judged(await walk.end());
    if (announced === undefined) return judged;
    await announced.hold(judged);
    return announced.end();
  }

  /** See {@link RowStage.hasReleased}. */
  get hasReleased(): boolean {
    return this.#parts.announced?.hasFree === true;
  }

  /** See {@link RowStage.released}. */
  readonly released = (): readonly JudgedRow<M>[] => this.#parts.announced?.take() ?? [];

  /** See {@link RowStage.onReleased}. */
  readonly onReleased = (tell: () => void): void => {
    this.#parts.announced?.onFree(tell);
  };

  /** See {@link RowStage.settled}. */
  readonly settled = (row: number, outcome: RowOutcome, acceptedMessages: number): void => {
    const rejected = acceptedMessages > 0 ? 'partly' : 'rejected';
    const became = outcome === 'delivered' ? 'accepted' : outcome === 'rejected' ? rejected : 'skipped';
    this.#parts.walk.settled(row, became);
  };

  /** See {@link RowStage.keyOf}. */
  readonly keyOf = (row: number, values: readonly unknown[]): string | undefined =>
    keyHash(this.#parts.key, values, row)?.toString('hex');

  #walkRow({ row, values, messages }: MappedRow<M>, key: Uint8Array | undefined, hash: Uint8Array): WalkRow {
    const { changes, key: columns } = this.#parts;
    const skipped = messages?.length === 0;
    if (changes.mode !== 'mirror') return { row, key, hash, skipped };
    const text = (): Uint8Array => changes.cipher.encrypt(encodeKeyText(columns, values, row) ?? '');
    return { row, key, hash, skipped, text };
  }

  #judged(verdicts: readonly Verdict[]): readonly JudgedRow<M>[] {
    const judged = verdicts.map((verdict, index) => {
      const mapped = this.#waiting[index];
      if (mapped?.row !== verdict.row) throw new TypeError(`row ${verdict.row} was judged out of turn`);
      return this.#judgedRow(mapped, verdict);
    });
    this.#waiting.splice(0, judged.length);
    return judged;
  }

  #judgedRow(mapped: MappedRow<M>, verdict: Verdict): JudgedRow<M> {
    switch (verdict.is) {
      case 'added':
      case 'changed':
        if (!this.#parts.isSeed) return { mapped, is: 'sent', change: verdict.is };
        this.#parts.walk.settled(verdict.row, mapped.rejection === undefined ? 'accepted' : 'rejected');
        return { mapped, is: 'unchanged' };
      case 'unchanged':
        return { mapped, is: 'unchanged' };
      case 'skipped':
      case 'duplicate':
        return { mapped, is: 'skipped' };
      case 'rejected':
        return { mapped, is: 'rejected', rejection: rejectionOf(mapped, verdict) };
    }
  }
}

function rejectionOf<M>({ row, values }: MappedRow<M>, verdict: Verdict & { readonly is: 'rejected' }): RejectedRow<M> {
  if (verdict.code === 'KEY_NULL') {
    const reason = `Row ${row}: a column of the key is NULL.`;
    return {
      row,
      code: verdict.code,
      reason,
      hint: 'Leave such rows out in the query, or choose another key.',
      values,
    };
  }
  const named = verdict.rows.join(', ');
  const reason = verdict.isTooMany
    ? `Row ${row}: more than ${MAX_ROWS_OF_KEY} rows have the same key, among them ${named}.`
    : `Row ${row}: the rows ${named} have the same key and different messages.`;
  const hint = 'Add the column to `key` that tells them apart, or select one row per key.';
  return { row, code: verdict.code, reason, hint, values };
}

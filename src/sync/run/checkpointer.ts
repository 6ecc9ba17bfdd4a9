import type { Settled } from '../../delivery/settle/settled-notifier.js';
import { rowHash } from '../../source/result-hash.js';
import type { RunCounts, SettledRange } from '../../state/sync-state.js';
import type { LeaseKeeper } from '../record/lease-keeper.js';
import type { RunJournal } from '../journal/run-journal.js';
import { addSettled, subtractCounts } from '../../state/settled-ranges.js';
import type { SyncContext } from '../options/sync-context.js';

/** What a {@link Checkpointer} needs to know of the part it stores. */
export interface CheckpointedPart {
  readonly from: number;
  /** Counts of the rows settled before this part. */
  readonly base: RunCounts;
}

/** Stores how far a part of a run is settled, now and then. */
export class Checkpointer<M> {
  readonly #context: SyncContext<M>;
  readonly #keeper: LeaseKeeper;
  readonly #journal: RunJournal;
  readonly #part: CheckpointedPart;
  readonly #before: readonly SettledRange[];
  #latest: { readonly row: number; readonly settled: Settled } | undefined;
  #storedRow: number;

  constructor(context: SyncContext<M>, keeper: LeaseKeeper, journal: RunJournal, part: CheckpointedPart) {
    this.#context = context;
    this.#keeper = keeper;
    this.#journal = journal;
    this.#part = part;
    this.#before = keeper.state.run?.settled ?? [];
    this.#storedRow = part.from;
    keeper.renewBy(() => (this.#hasNews ? this.flush() : keeper.update((state) => state)));
  }

  /** To be told of every growth; stores when it is time. */
  readonly onSettled = (row: number, settled: Settled): void | Promise<void> => {
    this.#latest = { row, settled };
    const { checkpointMs, checkpointRows } = this.#context.settings;
    if (this.#keeper.sinceWrite >= checkpointMs || row - this.#storedRow >= checkpointRows) return this.flush();
  };

  get #hasNews(): boolean {
    return this.#latest !== undefined && this.#latest.row > this.#storedRow;
  }

  /** Stores what is settled and not stored yet. @throws SnowmeltError `LEASE_LOST`, StateError */
  async flush(): Promise<void> {
    const latest = this.#latest;
    if (latest === undefined || latest.row <= this.#storedRow) return;
    const { row, settled } = latest;
    const { from, base } = this.#part;
    const values = settled.lastValues();
    const check = values === undefined ? undefined : { row: row - 1, hash: rowHash(values) };
    const done = { from, to: row, counts: subtractCounts(settled.counts, base) };
    await this.#keeper.update((state) => {
      const { run } = state;
      if (run === undefined) return state;
      const ref = run.ref === undefined || check === undefined ? run.ref : { ...run.ref, check };
      return { ...state, run: { ...run, ref, settled: addSettled(this.#before, done) } };
    });
    this.#storedRow = row;
    this.#journal.emitter.emit('checkpoint', { ...this.#journal.base, row, counts: settled.counts });
  }
}

import type { Settled } from '../../delivery/settle/settled-notifier.js';
import type { RunCounts } from '../../state/sync-state.js';
import type { RunFrame } from './run-frame.js';

/**
 * A checkpoint every so many times what a write takes. Most of that it waits beside a delivery that goes on: it costs
 * the run about a quarter of it, so that checkpoints take a hundredth of the run's time.
 */
const TIMES_A_WRITE = 25;
/** Writes whose quickest one tells what a write takes: the others waited for their turn in a busy process. */
const REMEMBERED = 8;

/**
 * Stores that rows below one are settled.
 *
 * @returns the counts of the whole run that go with it
 * @throws SnowmeltError `LEASE_LOST`, StateError
 */
export type StoreSettled = (below: number, settled: Settled) => Promise<RunCounts>;

/** Stores how far rows of a run are settled, now and then. */
export class Checkpointer<M> {
  readonly #frame: RunFrame<M>;
  readonly #store: StoreSettled;
  #latest: { readonly row: number; readonly settled: Settled } | undefined;
  #storedRow: number;
  readonly #took: number[] = [];

  /** @param from - the first row that is not stored yet */
  constructor(frame: RunFrame<M>, from: number, store: StoreSettled) {
    const { keeper } = frame;
    this.#frame = frame;
    this.#store = store;
    this.#storedRow = from;
    keeper.renewBy(() => (this.#hasNews ? this.flush() : keeper.renew()));
  }

  /** To be told of every growth; stores when it is time. */
  readonly onSettled = (row: number, settled: Settled): void | Promise<void> => {
    this.#latest = { row, settled };
    const { context, keeper } = this.#frame;
    const { checkpointRows } = context.settings;
    if (keeper.sinceWrite >= this.#intervalMs || row - this.#storedRow >= checkpointRows) return this.flush();
  };

  /** As often as it costs next to nothing. */
  get #intervalMs(): number {
    const { least, most } = this.#frame.context.settings.checkpointMs;
    const cost = this.#took.length === 0 ? 0 : Math.min(...this.#took);
    return Math.min(most, Math.max(least, TIMES_A_WRITE * cost));
  }

  get #hasNews(): boolean {
    return this.#latest !== undefined && this.#latest.row > this.#storedRow;
  }

  /** Stores what is settled and not stored yet. @throws SnowmeltError `LEASE_LOST`, StateError */
  async flush(): Promise<void> {
    const latest = this.#latest;
    if (latest === undefined || latest.row <= this.#storedRow) return;
    const { row, settled } = latest;
    const { clock } = this.#frame.context;
    const startedAt = clock.monotonic();
    const counts = await this.#store(row, settled);
    this.#storedRow = row;
    this.#took.push(clock.monotonic() - startedAt);
    if (this.#took.length > REMEMBERED) this.#took.shift();
    const { journal } = this.#frame;
    journal.emitter.emit('checkpoint', { ...journal.base, row, counts });
  }
}

import type { Settled } from '../../delivery/settle/settled-notifier.js';
import type { RunCounts } from '../../state/sync-state.js';
import type { AnnouncingParts } from '../changes/announced-rows.js';
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

/** An announcement after so many times what a write takes, and at the latest after so many milliseconds. */
const TIMES_TO_ANNOUNCE = 10;
const MOST_TO_ANNOUNCE_MS = 500;
/** Rows to send that are held back for it at most. */
const MOST_HELD = 10_000;

/** How a {@link Checkpointer} writes. */
export interface CheckpointStores {
  readonly settled: StoreSettled;
  /** Stores what is to be sent, while nothing more is settled than rows below one. @throws as `settled` */
  readonly announced: (below: number) => Promise<void>;
}

/** Stores how far rows of a run are settled, now and then. */
export class Checkpointer<M> {
  readonly #frame: RunFrame<M>;
  readonly #stores: CheckpointStores;
  #turn: Promise<unknown> = Promise.resolve();
  #hasAnnounced = false;
  #latest: { readonly row: number; readonly settled: Settled } | undefined;
  #storedRow: number;
  readonly #took: number[] = [];

  /** @param from - the first row that is not stored yet */
  constructor(frame: RunFrame<M>, from: number, stores: CheckpointStores) {
    const { keeper } = frame;
    this.#frame = frame;
    this.#stores = stores;
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
    return Math.min(most, Math.max(least, TIMES_A_WRITE * this.#cost));
  }

  get #cost(): number {
    return this.#took.length === 0 ? 0 : Math.min(...this.#took);
  }

  get #hasNews(): boolean {
    return this.#latest !== undefined && this.#latest.row > this.#storedRow;
  }

  /** Stores what is settled and not stored yet. @throws SnowmeltError `LEASE_LOST`, StateError */
  async flush(): Promise<void> {
    await this.#inTurn(() => this.#flush());
  }

  /** How it stores what is to be sent before it is, and what is settled with it. */
  get announcing(): AnnouncingParts {
    const { context, keeper } = this.#frame;
    const { state, maxInFlightRows = MOST_HELD } = context.settings;
    const { minWriteIntervalMs: least = 0 } = state;
    return {
      announce: () =>
        this.#inTurn(async () => {
          if (this.#hasNews) await this.#flush();
          else await this.#timed(() => this.#stores.announced(this.#storedRow));
          this.#hasAnnounced = true;
        }),
      waitMs: () => {
        // The first one is a part of how a run begins.
        if (!this.#hasAnnounced) return 0;
        return Math.max(least, Math.min(MOST_TO_ANNOUNCE_MS, TIMES_TO_ANNOUNCE * this.#cost)) - keeper.sinceWrite;
      },
      // More at once where writes are dear.
      most: least > 0 ? maxInFlightRows : Math.min(maxInFlightRows, MOST_HELD),
    };
  }

  async #flush(): Promise<void> {
    const latest = this.#latest;
    if (latest === undefined || latest.row <= this.#storedRow) return;
    const { row, settled } = latest;
    const counts = await this.#timed(() => this.#stores.settled(row, settled));
    this.#storedRow = row;
    const { journal } = this.#frame;
    journal.emitter.emit('checkpoint', { ...journal.base, row, counts });
  }

  async #timed<T>(write: () => Promise<T>): Promise<T> {
    const { clock } = this.#frame.context;
    const startedAt = clock.monotonic();
    const written = await write();
    this.#took.push(clock.monotonic() - startedAt);
    if (this.#took.length > REMEMBERED) this.#took.shift();
    return written;
  }

  /** One write at a time: each is put together from what the one before has stored. */
  async #inTurn(write: () => Promise<void>): Promise<void> {
    const turn = this.#turn.then(write, write);
    this.#turn = turn;
    await turn;
  }
}

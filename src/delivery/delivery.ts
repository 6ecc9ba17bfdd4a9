import { isSnowmeltError, SourceError } from '../errors/errors.js';
import { isPromiseLike } from '../async/is-promise-like.js';
import { batchLimits } from './read/batch-limits.js';
import { BatchWriter } from './write/batch-writer.js';
import { DeadLetterWriter } from './write/dead-letter-writer.js';
import type { DeliverOptions } from './deliver-options.js';
import type { DeliveryEvent } from './report/delivery-event.js';
import type { DeliveryReport } from './report/delivery-report.js';
import { isResultSet, type DeliverySettings } from './delivery-settings.js';
import { Gate, Pump } from './lanes/pump.js';
import { ItemMaker } from './read/item-maker.js';
import type { RejectedRow } from './read/item.js';
import { Lanes } from './lanes/lanes.js';
import { asHostError } from '../errors/host-call.js';
import { RateLimiter } from './write/rate-limiter.js';
import { Rejections } from './write/rejections.js';
import { RowFeed } from './read/row-feed.js';
import { RunControl } from './lanes/run-control.js';
import { checkBooks } from './settle/books.js';
import { SettledNotifier } from './settle/settled-notifier.js';
import { Settlement } from './settle/settlement.js';
import { SinkCaller } from './write/sink-caller.js';
import { Turns } from './read/turns.js';
import { Warnings } from './report/warnings.js';
import { valueWarning } from '../mapping/values/value-warning.js';

/** Refused rows that go to the dead letter together. */
const REJECTIONS_AT_ONCE = 100;
/** Longest time that timers and signals of the process wait for the engine's own work. */
const YIELD_MS = 20;
const PROGRESS_MS = 200;

const nextTurn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

/** One delivery from its first row to its last: puts the parts together and reads the rows. */
export class Delivery<M> {
  readonly #options: DeliverOptions<M>;
  readonly #settings: DeliverySettings;
  readonly #from: number;
  readonly #startedAt = performance.now();
  readonly #control: RunControl;
  readonly #warnings: Warnings;
  readonly #settlement: Settlement;
  readonly #sink: SinkCaller<M>;
  readonly #deadLetter: DeadLetterWriter<M> | undefined;
  readonly #rejections: Rejections<M>;
  readonly #writer: BatchWriter<M>;
  readonly #notifier: SettledNotifier;
  readonly #pump: Pump<M>;
  readonly #gate = new Gate();
  #unkept: RejectedRow<M>[] = [];
  #sourceWaitMs = 0;
  readonly #turns = new Turns(YIELD_MS);
  #progressAt = 0;

  constructor(options: DeliverOptions<M>, settings: DeliverySettings) {
    this.#options = options;
    this.#settings = settings;
    this.#from = settings.from ?? 0;
    const { sync, runId, queryId, totalRows, retry, writeTimeoutMs, maxRejected } = settings;
    // eslint-disable-next-line @typescript-eslint/no-deprecated -- hosts may still use `beforeWrite`
    const { fencingToken, beforeWrite, onSettled } = options;
    const limits = batchLimits(options.sink.limits, settings.rateLimit.maxMessagesPerSecond);
    const tell = this.#tell.bind(this);
    const control = new RunControl(() => {
      this.#gate.notify();
    });
    const { stopping, ending } = control;
    const fence = async (): Promise<void> => {
      try {
        await options.fence?.();
      } catch (error) {
        throw asHostError(error, 'The fence');
      }
    };
    const about = { run: { sync, runId, queryId, fencingToken }, fence, retry, writeTimeoutMs, stopping, ending };
    this.#control = control;
    this.#warnings = new Warnings(tell);
    this.#settlement = new Settlement(this.#from, settings.maxInFlightRows, options.counts);
    this.#sink = new SinkCaller(options.sink, writeTimeoutMs, ending);
    this.#deadLetter = options.deadLetter === undefined ? undefined : new DeadLetterWriter(options.deadLetter, about);
    this.#rejections = new Rejections({
      ...about,
      settlement: this.#settlement,
      deadLetter: this.#deadLetter,
      maxRejected,
      totalRows,
      tell,
      columns: settings.columns.map(({ name }) => name),
    });
    this.#writer = new BatchWriter({
      ...about,
      sink: this.#sink,
      settlement: this.#settlement,
      rejections: this.#rejections,
      limiter: new RateLimiter(settings.rateLimit),
      beforeWrite,
      tell,
    });
    this.#notifier = new SettledNotifier(this.#settlement, onSettled, (error) => {
      control.fail(asHostError(error));
    });
    const lanes = new Lanes<M>(settings.concurrency, limits);
    this.#pump = new Pump(lanes, this.#writer, control, this.#gate, () => {
      this.#noteSettled();
    });
  }

  /** Delivers everything there is. Never throws. */
  async run(): Promise<DeliveryReport> {
    const { signal } = this.#options;
    const onAbort = (): void => {
      this.#control.abort(signal?.reason, isLeaseLost(signal?.reason));
    };
    signal?.addEventListener('abort', onAbort, { once: true });
    if (signal?.aborted === true) onAbort();
    await this.#attempt(() => this.#deliver());
    await this.#attempt(() => this.#pump.drain());
    await this.#attempt(() => this.#notifier.flush());
    await this.#attempt(() => this.#sink.close());
    await this.#attempt(() => this.#deadLetter?.close());
    if (!this.#control.stopped) await this.#attempt(() => this.#checkBooks());
    signal?.removeEventListener('abort', onAbort);
    this.#control.dispose();
    this.#progress();
    return this.#report();
  }

  async #attempt(step: () => void | Promise<void>): Promise<void> {
    try {
      await step();
    } catch (error) {
      this.#control.fail(asHostError(error));
    }
  }

  async #deliver(): Promise<void> {
    if (this.#control.stopped) return;
    const { mapper, sink, rows, to } = this.#options;
    const { columns, runId, sync, rateLimit } = this.#settings;
    const limits = batchLimits(sink.limits, rateLimit.maxMessagesPerSecond);
    const warn = (code: string, column: string): void => {
      this.#warnings.add(code, valueWarning(code, column).message, column);
    };
    const maker = new ItemMaker({ mapper, sink, columns, limits, runId, sync, warn });
    const from = this.#from;
    const source = isResultSet(rows) ? rows.read({ from, to, signal: this.#control.stopping }) : rows;
    const feed = new RowFeed(source, from, to, () => {
      this.#gate.notify();
    });
    try {
      await this.#readRows(feed, maker);
    } finally {
      await feed.close();
      const warnings = isResultSet(rows) ? rows.warnings : undefined;
      for (const { code, message } of warnings ?? []) this.#warnings.add(code, message);
    }
  }

  async #readRows(feed: RowFeed, maker: ItemMaker<M>): Promise<void> {
    const control = this.#control;
    const settlement = this.#settlement;
    const pump = this.#pump;
    for (;;) {
      const batch = await this.#nextBatch(feed);
      if (batch === undefined) return;
      let row = batch.firstRow;
      for (const values of batch.rows) {
        if (this.#turns.isOver()) {
          // What the mapper left out is settled, and the lease is renewed, also while no message comes of a whole batch.
          this.#noteSettled();
          await this.#yield();
        }
        if (!settlement.hasRoom || !pump.hasRoom) await this.#waitForRoom();
        if (control.stopped) return;
        maker.make(row, values);
        settlement.open(maker.items.length + maker.rejections.length, values);
        for (const item of maker.items) {
          const waiting = pump.place(item);
          if (waiting !== undefined) await waiting;
        }
        if (maker.rejections.length > 0) {
          this.#unkept.push(...maker.rejections);
          if (this.#unkept.length >= REJECTIONS_AT_ONCE) await this.#keepRejections();
        }
        row += 1;
      }
      await this.#keepRejections();
      this.#noteSettled();
    }
  }

  async #nextBatch(feed: RowFeed): Promise<ReturnType<RowFeed['take']>> {
    const isReady = (): boolean => feed.isReady;
    // A source with rows at hand answers within this turn; only a slow one makes partial batches worth sending.
    if (!isReady() || this.#turns.age > YIELD_MS) await this.#yield();
    if (!isReady()) {
      const startedAt = performance.now();
      await this.#pump.flushUntil(isReady);
      this.#sourceWaitMs += performance.now() - startedAt;
    }
    if (this.#control.stopped) return undefined;
    try {
      return feed.take();
    } catch (error) {
      throw isSnowmeltError(error) ? error : sourceFailed(error);
    }
  }

  async #waitForRoom(): Promise<void> {
    await this.#keepRejections();
    if (this.#turns.age > YIELD_MS) await this.#yield();
    await this.#pump.waitUntil(() => this.#pump.hasRoom);
    if (!this.#settlement.hasRoom) await this.#pump.flushUntil(() => this.#settlement.hasRoom);
  }

  async #yield(): Promise<void> {
    await nextTurn();
    this.#turns.begin();
  }

  async #keepRejections(): Promise<void> {
    const rejections = this.#unkept;
    if (rejections.length === 0) return;
    this.#unkept = [];
    await this.#rejections.keep(rejections);
    this.#noteSettled();
  }

  #noteSettled(): void {
    this.#notifier.update();
    if (performance.now() - this.#progressAt > PROGRESS_MS) this.#progress();
  }

  #progress(): void {
    this.#progressAt = performance.now();
    const { seen: counts, below: settledBelow } = this.#settlement;
    const { totalRows } = this.#settings;
    this.#tell({ type: 'progress', counts, settledBelow, totalRows, bytes: this.#writer.totals.bytes });
  }

  #tell(event: DeliveryEvent): void {
    const report = (): void => {
      this.#warnings.add('LISTENER_FAILED', 'A listener of events threw; the delivery went on.');
    };
    try {
      const result: unknown = this.#options.onEvent?.(event);
      if (isPromiseLike(result)) result.then(undefined, report);
    } catch {
      report();
    }
  }

  #checkBooks(): void {
    const { settled, seen } = this.#settlement;
    checkBooks(settled, this.#settings.totalRows ?? seen.read);
  }

  #report(): DeliveryReport {
    const { error, aborted } = this.#control;
    const { runId, queryId } = this.#settings;
    const { read, delivered, rejected, skipped, messages } = this.#settlement.seen;
    return {
      status: aborted ? 'aborted' : error === undefined ? 'completed' : 'failed',
      error,
      runId,
      queryId,
      rowsRead: read,
      rowsDelivered: delivered,
      rowsRejected: rejected,
      rowsSkipped: skipped,
      messages,
      ...this.#writer.totals,
      settledBelow: this.#settlement.below,
      settled: this.#settlement.settled,
      durationMs: performance.now() - this.#startedAt,
      sourceWaitMs: this.#sourceWaitMs,
      warnings: this.#warnings.list(),
      rejections: [...this.#rejections.listed],
      throwIfFailed: () => {
        if (error !== undefined) throw error;
      },
    };
  }
}

function sourceFailed(error: unknown): SourceError {
  const what = error instanceof Error ? error.name : typeof error;
  return new SourceError('SOURCE_FAILED', `The rows ended with ${what}.`, { retryable: true, cause: error });
}

/** Nothing may be sent any more, and what is under way ends at once. */
function isLeaseLost(reason: unknown): boolean {
  return isSnowmeltError(reason) && reason.code === 'LEASE_LOST';
}

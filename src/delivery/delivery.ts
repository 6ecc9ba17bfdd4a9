import { isSnowmeltError } from '../errors/errors.js';
import { isPromiseLike } from '../async/is-promise-like.js';
import { batchLimits } from './read/batch-limits.js';
import { BatchWriter } from './write/batch-writer.js';
import { DeliveryLog } from './write/delivery-log.js';
import { RecordWriter } from './write/record-writer.js';
import type { DeliverOptions } from './deliver-options.js';
import type { DeliveryEvent } from './report/delivery-event.js';
import type { DeliveryReport } from './report/delivery-report.js';
import { isResultSet, type DeliverySettings } from './delivery-settings.js';
import { Gate, Pump } from './lanes/pump.js';
import { ItemMaker } from './read/item-maker.js';
import { Lanes } from './lanes/lanes.js';
import { asHostError } from '../errors/host-call.js';
import { RateLimiter } from './write/rate-limiter.js';
import { deadLetterFailure, Rejections } from './write/rejections.js';
import { RowFeed } from './read/row-feed.js';
import type { RowStage } from './read/row-stage.js';
import { RowLoop } from './row-loop.js';
import { RunControl } from './lanes/run-control.js';
import { checkBooks } from './settle/books.js';
import { SettledNotifier } from './settle/settled-notifier.js';
import { Settlement, type OnRow } from './settle/settlement.js';
import type { DeadLetter } from '../sink/sink.js';
import { SinkCaller } from './write/sink-caller.js';
import { Warnings } from './report/warnings.js';
import { valueWarning } from '../mapping/values/value-warning.js';

const PROGRESS_MS = 200;
/** Records of a delivery log that wait to be written. More of them would only live long enough to cost the garbage collector. */
const RECORDS_WAITING = 5_000;

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
  readonly #deadLetter: RecordWriter<DeadLetter<M>> | undefined;
  readonly #log: DeliveryLog<M> | undefined;
  readonly #rejections: Rejections<M>;
  readonly #writer: BatchWriter<M>;
  readonly #notifier: SettledNotifier;
  readonly #pump: Pump<M>;
  readonly #gate = new Gate();
  readonly #stage: RowStage<M> | undefined;
  #loop: RowLoop<M> | undefined;
  #progressAt = 0;

  /** @param stage judges the rows; then `rows` is an iterable that begins with `stage.firstRow` */
  constructor(options: DeliverOptions<M>, settings: DeliverySettings, stage?: RowStage<M>) {
    this.#options = options;
    this.#stage = stage;
    this.#settings = settings;
    this.#from = settings.from ?? 0;
    const { sync, runId, queryId, totalRows, retry, writeTimeoutMs, maxRejected, maxInFlightRows } = settings;
    // eslint-disable-next-line @typescript-eslint/no-deprecated -- hosts may still use `beforeWrite`
    const { fencingToken, beforeWrite, onSettled, deadLetter, deliveryLog, counts } = options;
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
    const onRow: OnRow = (row, outcome, accepted) => {
      stage?.settled(row, outcome, accepted);
      this.#log?.settled(row, outcome);
    };
    const isToldRows = stage !== undefined || deliveryLog !== undefined;
    const settlement = new Settlement(this.#from, maxInFlightRows, counts, isToldRows ? onRow : undefined);
    this.#settlement = settlement;
    this.#sink = new SinkCaller(options.sink, writeTimeoutMs, ending);
    this.#deadLetter = deadLetter && new RecordWriter(deadLetter, deadLetterFailure, about);
    const onWritten = (): void => {
      this.#gate.notify();
    };
    const maxWaiting = Math.min(maxInFlightRows, RECORDS_WAITING);
    const nothing = { below: this.#from, counts: settlement.settled };
    this.#log = deliveryLog && new DeliveryLog(deliveryLog, nothing, { ...about, stage, maxWaiting, onWritten });
    this.#rejections = new Rejections({
      ...about,
      settlement,
      deadLetter: this.#deadLetter,
      log: this.#log,
      maxRejected,
      totalRows,
      tell,
      columns: settings.columns.map(({ name }) => name),
    });
    this.#writer = new BatchWriter({
      ...about,
      sink: this.#sink,
      settlement,
      rejections: this.#rejections,
      limiter: new RateLimiter(settings.rateLimit),
      beforeWrite,
      tell,
    });
    this.#notifier = new SettledNotifier(settlement, this.#log?.before(onSettled) ?? onSettled, (error) => {
      control.fail(asHostError(error));
    });
    stage?.onReleased(() => {
      this.#gate.notify();
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
    await this.#attempt(() => this.#log?.close());
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
    const stage = this.#stage;
    const { canonical } = stage ?? {};
    const maker = new ItemMaker({ mapper, sink, columns, limits, runId, sync, warn, canonical });
    const from = this.#from;
    const source = isResultSet(rows) ? rows.read({ from, to, signal: this.#control.stopping }) : rows;
    const feed = new RowFeed(source, stage?.firstRow ?? from, stage === undefined ? to : undefined, () => {
      this.#gate.notify();
    });
    try {
      this.#loop = new RowLoop({
        feed,
        maker,
        stage,
        settlement: this.#settlement,
        pump: this.#pump,
        rejections: this.#rejections,
        log: this.#log,
        control: this.#control,
        noteSettled: () => {
          this.#noteSettled();
        },
      });
      await this.#loop.run();
    } finally {
      await feed.close();
      const warnings = isResultSet(rows) ? rows.warnings : undefined;
      for (const { code, message } of warnings ?? []) this.#warnings.add(code, message);
    }
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
    const counts = this.#settlement.seen;
    const recorded = this.#log?.recorded ?? { below: this.#settlement.below, counts: this.#settlement.settled };
    const { read, delivered, rejected, skipped, messages } = counts;
    return {
      status: aborted ? 'aborted' : error === undefined ? 'completed' : 'failed',
      error,
      runId,
      queryId,
      counts,
      rowsRead: read,
      rowsDelivered: delivered,
      rowsRejected: rejected,
      rowsSkipped: skipped,
      messages,
      ...this.#writer.totals,
      settledBelow: recorded.below,
      settled: recorded.counts,
      durationMs: Math.round(performance.now() - this.#startedAt),
      sourceWaitMs: Math.round(this.#loop?.sourceWaitMs ?? 0),
      warnings: this.#warnings.list(),
      rejections: [...this.#rejections.listed],
      throwIfFailed: () => {
        if (error !== undefined) throw error;
      },
    };
  }
}

/** Nothing may be sent any more, and what is under way ends at once. */
function isLeaseLost(reason: unknown): boolean {
  return isSnowmeltError(reason) && reason.code === 'LEASE_LOST';
}

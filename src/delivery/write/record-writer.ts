import { SnowmeltError } from '../../errors/errors.js';
import type { ErrorCode } from '../../errors/errors.js';
import type { RunIdentity, Sink } from '../../sink/sink.js';
import { pick } from '../../sink/part-of-batch.js';
import { asSinkError, isSinkError } from './as-sink-error.js';
import { askedToRetry, retry, type RetrySettings } from './retry.js';
import { batchLimits } from '../read/batch-limits.js';
import type { CheckedResult } from '../../sink/check-write-result.js';
import { SinkCaller } from './sink-caller.js';

/** What {@link RecordWriter} needs to know about the delivery. */
export interface RecordWriterParts {
  readonly run: RunIdentity;
  readonly fence: () => Promise<void>;
  readonly retry: RetrySettings;
  readonly writeTimeoutMs: number;
  readonly stopping: AbortSignal;
  readonly ending: AbortSignal;
}

/** What a failure of the sink is called. */
export interface RecordFailure {
  readonly code: ErrorCode;
  /** `The dead letter`. */
  readonly what: string;
  readonly hint: string;
}

/** What is written about one row. */
interface OfRow {
  /** Zero-based row number. */
  readonly row: number;
}

/** A record and, where bytes count or the sink serializes, its text. */
interface Written<R> {
  readonly record: R;
  readonly text: string | undefined;
}

/**
 * Writes what is kept about rows (dead letters, delivery records) until all of it is kept: what comes while a write is
 * under way goes together into the next one.
 */
export class RecordWriter<R extends OfRow> {
  readonly #sink: Sink<R>;
  readonly #failure: RecordFailure;
  readonly #caller: SinkCaller<R>;
  readonly #parts: RecordWriterParts;
  readonly #maxMessages: number;
  readonly #maxBytes: number;
  #waiting: R[] = [];
  #next: Promise<void> | undefined;
  #running: Promise<void> = Promise.resolve();

  constructor(sink: Sink<R>, failure: RecordFailure, parts: RecordWriterParts) {
    this.#sink = sink;
    this.#failure = failure;
    this.#parts = parts;
    this.#caller = new SinkCaller(sink, parts.writeTimeoutMs, parts.ending);
    const limits = batchLimits(sink.limits, undefined);
    this.#maxMessages = limits.maxMessages;
    this.#maxBytes = limits.maxBatchBytes - limits.overheadBytes;
  }

  /**
   * Resolves when the records are kept.
   *
   * @throws SnowmeltError with the code of the failure
   */
  keep(records: readonly R[]): Promise<void> {
    for (const record of records) this.#waiting.push(record);
    if (this.#next === undefined) {
      const next = this.#running
        .catch(() => undefined)
        .then(() => this.#writeWaiting())
        .catch((error: unknown) => {
          throw this.#failed(error);
        });
      this.#next = next;
      this.#running = next;
    }
    return this.#next;
  }

  /** @throws SnowmeltError with the code of the failure */
  async close(): Promise<void> {
    await this.#caller.close().catch((error: unknown) => {
      throw this.#failed(error);
    });
  }

  async #writeWaiting(): Promise<void> {
    const records = this.#waiting.map((record) => ({ record, text: this.#text(record) }));
    this.#waiting = [];
    this.#next = undefined;
    let start = 0;
    while (start < records.length) {
      let bytes = 0;
      let end = start;
      for (; end < records.length && end - start < this.#maxMessages; end += 1) {
        const text = records[end]?.text;
        bytes += text === undefined ? 0 : Buffer.byteLength(text) + 1;
        if (end > start && bytes > this.#maxBytes + 1) break;
      }
      await this.#write(records.slice(start, end));
      start = end;
    }
  }

  #text(record: R): string | undefined {
    if (this.#sink.serialize !== undefined) return this.#sink.serialize(record);
    return this.#maxBytes === Infinity ? undefined : JSON.stringify(record);
  }

  /** Writes until every record is kept: what may be taken later again, what may be too much at once in halves. */
  async #write(records: readonly Written<R>[]): Promise<void> {
    let pending = records;
    let progressed = false;
    const attempt = async (number: number): Promise<void> => {
      const before = pending.length;
      const { rejected, retry: again } = await this.#request(pending, number);
      if (rejected.length > 0) {
        const text = `it did not take ${rejected.length} of ${before}: ${rejected[0]?.code ?? ''}`;
        throw new SnowmeltError(this.#failure.code, text);
      }
      pending = pick(
        pending,
        again.map(({ index }) => index),
      );
      progressed = pending.length < before;
      if (again.length > 0) throw askedToRetry(again, this.#sink.name);
    };
    const mayBeHalved = (error: SnowmeltError): boolean => isSinkError(error) && error.splittable && pending.length > 1;
    try {
      await retry(attempt, {
        settings: this.#parts.retry,
        stopping: this.#parts.stopping,
        isRetryable: (error) => isSinkError(error) && error.retryable && !mayBeHalved(error),
        madeProgress: () => progressed,
      });
    } catch (error) {
      if (!mayBeHalved(error as SnowmeltError) || this.#parts.stopping.aborted) throw error;
      const middle = Math.ceil(pending.length / 2);
      await this.#write(pending.slice(0, middle));
      await this.#write(pending.slice(middle));
    }
  }

  #request(records: readonly Written<R>[], attempt: number): Promise<CheckedResult> {
    const { run, fence } = this.#parts;
    const texts = records.flatMap(({ text }) => text ?? []);
    const serialized = texts.length === records.length ? texts : undefined;
    const firstRow = records[0]?.record.row ?? 0;
    return this.#caller.write(
      records.map(({ record }) => record),
      { ...run, fence, firstRow, serialized, attempt },
    );
  }

  #failed(error: unknown): SnowmeltError {
    const cause = asSinkError(error, this.#sink.name, 0);
    const { code, what, hint } = this.#failure;
    return new SnowmeltError(code, `${what} "${this.#sink.name}" failed: ${cause.message}`, { hint, cause });
  }
}

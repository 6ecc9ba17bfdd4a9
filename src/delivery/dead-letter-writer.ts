import { SnowmeltError } from '../errors.js';
import type { DeadLetter, Sink } from '../sink/sink.js';
import { asSinkError, isSinkError } from './as-sink-error.js';
import { batchLimits } from './batch-limits.js';
import { retry, type RetrySettings } from './retry.js';
import { SinkCaller } from './sink-caller.js';

/** What {@link DeadLetterWriter} needs to know about the delivery. */
export interface DeadLetterWriterOptions {
  readonly sync: string;
  readonly runId: string;
  readonly queryId: string | undefined;
  readonly fencingToken: number | undefined;
  readonly retry: RetrySettings;
  readonly writeTimeoutMs: number;
  readonly stopping: AbortSignal;
  readonly ending: AbortSignal;
}

/** Keeps dead letters: those that come while a write is under way go together into the next one. */
export class DeadLetterWriter<M> {
  readonly #sink: Sink<DeadLetter<M>>;
  readonly #caller: SinkCaller<DeadLetter<M>>;
  readonly #options: DeadLetterWriterOptions;
  readonly #maxMessages: number;
  readonly #maxBytes: number;
  #waiting: DeadLetter<M>[] = [];
  #next: Promise<void> | undefined;
  #running: Promise<void> = Promise.resolve();

  constructor(sink: Sink<DeadLetter<M>>, options: DeadLetterWriterOptions) {
    this.#sink = sink;
    this.#options = options;
    this.#caller = new SinkCaller(sink, options.writeTimeoutMs, options.ending);
    const limits = batchLimits(sink.limits, undefined);
    this.#maxMessages = limits.maxMessages;
    this.#maxBytes = limits.maxBatchBytes - limits.overheadBytes;
  }

  /**
   * Resolves when the letters are kept.
   *
   * @throws SnowmeltError `DEAD_LETTER_FAILED`
   */
  keep(letters: readonly DeadLetter<M>[]): Promise<void> {
    this.#waiting.push(...letters);
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

  /** @throws SnowmeltError `DEAD_LETTER_FAILED` */
  async close(): Promise<void> {
    await this.#caller.close().catch((error: unknown) => {
      throw this.#failed(error);
    });
  }

  async #writeWaiting(): Promise<void> {
    const letters = this.#waiting;
    this.#waiting = [];
    this.#next = undefined;
    let start = 0;
    while (start < letters.length) {
      const texts: string[] = [];
      let bytes = 0;
      let end = start;
      for (; end < letters.length && end - start < this.#maxMessages; end += 1) {
        const text = this.#text(letters[end] as DeadLetter<M>);
        bytes += text === undefined ? 0 : Buffer.byteLength(text) + 1;
        if (end > start && bytes > this.#maxBytes + 1) break;
        if (text !== undefined) texts.push(text);
      }
      await this.#write(letters.slice(start, end), texts);
      start = end;
    }
  }

  #text(letter: DeadLetter<M>): string | undefined {
    if (this.#sink.serialize !== undefined) return this.#sink.serialize(letter);
    return this.#maxBytes === Infinity ? undefined : JSON.stringify(letter);
  }

  async #write(letters: readonly DeadLetter<M>[], texts: readonly string[]): Promise<void> {
    const { sync, runId, queryId, fencingToken, retry: settings, stopping } = this.#options;
    const firstRow = letters[0]?.row ?? 0;
    const serialized = texts.length === letters.length ? texts : undefined;
    const context = { sync, runId, queryId, fencingToken, firstRow, serialized };
    const result = await retry((attempt) => this.#caller.write(letters, { ...context, attempt }), {
      settings,
      stopping,
      isRetryable: (error) => isSinkError(error) && error.retryable,
    });
    const lost = result.rejected.length + result.retry.length;
    if (lost > 0) throw new SnowmeltError('DEAD_LETTER_FAILED', `it did not take ${lost} of ${letters.length}`);
  }

  #failed(error: unknown): SnowmeltError {
    const cause = asSinkError(error, this.#sink.name, 0);
    return new SnowmeltError('DEAD_LETTER_FAILED', `The dead letter "${this.#sink.name}" failed: ${cause.message}`, {
      hint: 'Repair the dead-letter sink and run again: rows that are not kept are not settled.',
      cause,
    });
  }
}

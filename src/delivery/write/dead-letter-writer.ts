import { SnowmeltError } from '../../errors/errors.js';
import type { DeadLetter, RunIdentity, Sink } from '../../sink/sink.js';
import { pick } from '../../sink/part-of-batch.js';
import { asSinkError, isSinkError } from './as-sink-error.js';
import { askedToRetry, retry, type RetrySettings } from './retry.js';
import { batchLimits } from '../read/batch-limits.js';
import type { CheckedResult } from '../../sink/check-write-result.js';
import { SinkCaller } from './sink-caller.js';

/** What {@link DeadLetterWriter} needs to know about the delivery. */
export interface DeadLetterWriterParts {
  readonly run: RunIdentity;
  readonly fence: () => Promise<void>;
  readonly retry: RetrySettings;
  readonly writeTimeoutMs: number;
  readonly stopping: AbortSignal;
  readonly ending: AbortSignal;
}

/** A dead letter and, where bytes count or the sink serializes, its text. */
interface Written<M> {
  readonly letter: DeadLetter<M>;
  readonly text: string | undefined;
}

/** Keeps dead letters: those that come while a write is under way go together into the next one. */
export class DeadLetterWriter<M> {
  readonly #sink: Sink<DeadLetter<M>>;
  readonly #caller: SinkCaller<DeadLetter<M>>;
  readonly #parts: DeadLetterWriterParts;
  readonly #maxMessages: number;
  readonly #maxBytes: number;
  #waiting: DeadLetter<M>[] = [];
  #next: Promise<void> | undefined;
  #running: Promise<void> = Promise.resolve();

  constructor(sink: Sink<DeadLetter<M>>, parts: DeadLetterWriterParts) {
    this.#sink = sink;
    this.#parts = parts;
    this.#caller = new SinkCaller(sink, parts.writeTimeoutMs, parts.ending);
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
    const letters = this.#waiting.map((letter) => ({ letter, text: this.#text(letter) }));
    this.#waiting = [];
    this.#next = undefined;
    let start = 0;
    while (start < letters.length) {
      let bytes = 0;
      let end = start;
      for (; end < letters.length && end - start < this.#maxMessages; end += 1) {
        const text = letters[end]?.text;
        bytes += text === undefined ? 0 : Buffer.byteLength(text) + 1;
        if (end > start && bytes > this.#maxBytes + 1) break;
      }
      await this.#write(letters.slice(start, end));
      start = end;
    }
  }

  #text(letter: DeadLetter<M>): string | undefined {
    if (this.#sink.serialize !== undefined) return this.#sink.serialize(letter);
    return this.#maxBytes === Infinity ? undefined : JSON.stringify(letter);
  }

  /** Writes until every letter is kept: what may be taken later again, what may be too much at once in halves. */
  async #write(letters: readonly Written<M>[]): Promise<void> {
    let pending = letters;
    let progressed = false;
    const attempt = async (number: number): Promise<void> => {
      const before = pending.length;
      const { rejected, retry: again } = await this.#request(pending, number);
      if (rejected.length > 0) {
        const text = `it did not take ${rejected.length} of ${before}: ${rejected[0]?.code ?? ''}`;
        throw new SnowmeltError('DEAD_LETTER_FAILED', text);
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

  #request(letters: readonly Written<M>[], attempt: number): Promise<CheckedResult> {
    const { run, fence } = this.#parts;
    const texts = letters.flatMap(({ text }) => text ?? []);
    const serialized = texts.length === letters.length ? texts : undefined;
    const firstRow = letters[0]?.letter.row ?? 0;
    return this.#caller.write(
      letters.map(({ letter }) => letter),
      { ...run, fence, firstRow, serialized, attempt },
    );
  }

  #failed(error: unknown): SnowmeltError {
    const cause = asSinkError(error, this.#sink.name, 0);
    return new SnowmeltError('DEAD_LETTER_FAILED', `The dead letter "${this.#sink.name}" failed: ${cause.message}`, {
      hint: 'Repair the dead-letter sink and run again: rows that are not kept are not settled.',
      cause,
    });
  }
}

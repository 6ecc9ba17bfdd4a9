import { SinkError } from '../errors.js';
import { orAborted } from '../or-aborted.js';
import type { Sink, WriteContext } from '../sink/sink.js';
import { asSinkError } from './as-sink-error.js';
import { checkWriteResult, type CheckedResult } from './check-write-result.js';

/** How long a sink may take to close once the run has ended. */
const CLOSE_MS = 2_000;

/** Calls a sink: opens it before the first write, bounds each write in time and checks the answer. */
export class SinkCaller<M> {
  readonly #sink: Sink<M>;
  readonly #timeoutMs: number;
  readonly #ending: AbortSignal;
  #opening: Promise<void> | undefined;

  constructor(sink: Sink<M>, timeoutMs: number, ending: AbortSignal) {
    this.#sink = sink;
    this.#timeoutMs = timeoutMs;
    this.#ending = ending;
  }

  get name(): string {
    return this.#sink.name;
  }

  /**
   * One request.
   *
   * @throws SnowmeltError always one, whatever the sink threw
   */
  async write(messages: readonly M[], about: Omit<WriteContext, 'signal' | 'writeTimeoutMs'>): Promise<CheckedResult> {
    await this.#open(messages.length);
    const context = { ...about, writeTimeoutMs: this.#timeoutMs };
    const result = await this.#bounded(messages.length, (signal) => this.#sink.write(messages, { ...context, signal }));
    return checkWriteResult(result, messages.length, this.name);
  }

  /**
   * Closes the sink if it was opened. The end of the run does not cut it off, it only leaves it less time.
   *
   * @throws SnowmeltError
   */
  async close(): Promise<void> {
    if (this.#opening === undefined || this.#sink.close === undefined) return;
    const ending = this.#ending;
    const tooLong = new AbortController();
    const giveUpAfter = (ms: number): ReturnType<typeof setTimeout> =>
      setTimeout(() => {
        tooLong.abort(
          new SinkError('SINK_TIMEOUT', `The sink "${this.name}" did not close in time.`, { retryable: true }),
        );
      }, ms);
    const timers = [giveUpAfter(this.#timeoutMs)];
    const onEnding = (): void => void timers.push(giveUpAfter(CLOSE_MS));
    if (ending.aborted) onEnding();
    else ending.addEventListener('abort', onEnding, { once: true });
    try {
      await orAborted(Promise.resolve(this.#sink.close()), tooLong.signal);
    } catch (error) {
      throw asSinkError(error, this.name, 0);
    } finally {
      timers.forEach(clearTimeout);
      ending.removeEventListener('abort', onEnding);
    }
  }

  async #open(messages: number): Promise<void> {
    const open = this.#sink.open;
    this.#opening ??=
      open === undefined
        ? Promise.resolve()
        : this.#bounded(messages, (signal) => open.call(this.#sink, { signal })).catch((error: unknown) => {
            this.#opening = undefined;
            throw error;
          });
    await this.#opening;
  }

  /** Settles once, at the first of answer, timeout and end of the run; whatever comes later is ignored. */
  #bounded<T>(messages: number, call: (signal: AbortSignal) => Promise<T>): Promise<T> {
    const ending = this.#ending;
    return new Promise<T>((resolve, reject) => {
      const controller = new AbortController();
      const stop = (error: Error): void => {
        release();
        reject(error);
        controller.abort(error);
      };
      const onEnding = (): void => {
        stop(ending.reason as Error);
      };
      const timer = setTimeout(() => {
        const text = `The sink "${this.name}" did not answer within ${this.#timeoutMs} ms.`;
        stop(new SinkError('SINK_TIMEOUT', text, { retryable: true }));
      }, this.#timeoutMs);
      const release = (): void => {
        clearTimeout(timer);
        ending.removeEventListener('abort', onEnding);
      };
      if (ending.aborted) {
        onEnding();
        return;
      }
      ending.addEventListener('abort', onEnding, { once: true });
      const fail = (error: unknown): void => {
        release();
        reject(asSinkError(error, this.name, messages));
      };
      try {
        // Promise.resolve: a sink in plain JavaScript may return no promise at all.
        Promise.resolve(call(controller.signal)).then((value) => {
          release();
          resolve(value);
        }, fail);
      } catch (error) {
        fail(error);
      }
    });
  }
}

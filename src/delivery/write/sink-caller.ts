import { SinkError } from '../../errors/errors.js';
import { orAborted } from '../../async/or-aborted.js';
import type { Sink, WriteContext } from '../../sink/sink.js';
import { asSinkError } from './as-sink-error.js';
import { checkWriteResult, type CheckedResult } from '../../sink/check-write-result.js';
import { SinkUsers } from './sink-users.js';

/** How long a sink may take to close once the run has ended. */
const CLOSE_MS = 2_000;

/**
 * Calls a sink: opens it before the first write of the process's deliveries, closes it after the last, bounds each write
 * in time and checks the answer.
 */
export class SinkCaller<M> {
  readonly #sink: Sink<M>;
  readonly #timeoutMs: number;
  readonly #ending: AbortSignal;
  readonly #users: SinkUsers;
  #joining: Promise<void> | undefined;

  constructor(sink: Sink<M>, timeoutMs: number, ending: AbortSignal) {
    this.#sink = sink;
    this.#users = SinkUsers.of(sink);
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
    const result = await this.#bounded(messages.length, (signal) => {
      // A write that is over, for whatever reason, sends nothing any more.
      const fence = async (): Promise<void> => {
        signal.throwIfAborted();
        await about.fence();
        signal.throwIfAborted();
      };
      return this.#sink.write(messages, { ...about, writeTimeoutMs: this.#timeoutMs, signal, fence });
    });
    return checkWriteResult(result, messages.length, this.name);
  }

  /**
   * Closes the sink if it was opened and no other delivery still uses it. The end of the run does not cut it off, it only
   * leaves it less time.
   *
   * @throws SnowmeltError
   */
  async close(): Promise<void> {
    if (this.#joining === undefined) return;
    const joined = await this.#joining.then(
      () => true,
      () => false,
    );
    this.#joining = undefined;
    if (joined) await this.#users.leave(() => this.#close());
  }

  async #close(): Promise<void> {
    if (this.#sink.close === undefined) return;
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
    this.#joining ??= this.#users
      .join(() => this.#bounded(messages, async (signal) => this.#sink.open?.({ signal })), this.#ending)
      .catch((error: unknown) => {
        this.#joining = undefined;
        throw error;
      });
    await this.#joining;
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
        const text = `The sink "${this.name}" did not answer within ${Math.ceil(this.#timeoutMs)} ms.`;
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

import { setMaxListeners } from 'node:events';
import { SnowmeltError } from '../../errors/errors.js';

/** Shortest and longest time that requests in flight get after an abort. */
const GRACE_MS = { min: 1_000, max: 30_000, unknown: 5_000 };

/** Why and how a delivery stops before its end. */
export class RunControl {
  readonly #stopping = new AbortController();
  readonly #ending = new AbortController();
  readonly #onStop: () => void;
  #error: SnowmeltError | undefined;
  #aborted = false;
  #stopped = false;
  #graceTimer: ReturnType<typeof setTimeout> | undefined;
  #longestBatchMs: number | undefined;

  constructor(onStop: () => void) {
    this.#onStop = onStop;
    // Every lane listens: more than ten of them are no leak.
    setMaxListeners(0, this.stopping, this.ending);
  }

  /** Aborted when nothing new may be sent or read. */
  get stopping(): AbortSignal {
    return this.#stopping.signal;
  }

  /** Aborted when requests in flight have to end too. */
  get ending(): AbortSignal {
    return this.#ending.signal;
  }

  // A field and not the signal's getter: it is asked for every row.
  get stopped(): boolean {
    return this.#stopped;
  }

  get aborted(): boolean {
    return this.#aborted;
  }

  /** The first reason. */
  get error(): SnowmeltError | undefined {
    return this.#error;
  }

  /** Stops reading and sending; requests in flight finish. */
  fail(error: SnowmeltError): void {
    this.#error ??= error;
    this.#stop();
  }

  /** The same by the caller's wish; requests in flight get about the time of one batch, or none. */
  abort(reason: unknown, atOnce = false): void {
    if (this.#error === undefined) {
      this.#aborted = true;
      this.#error = new SnowmeltError('ABORTED', 'The delivery was aborted by its signal.', { cause: reason });
    }
    this.#stop();
    if (atOnce) {
      this.#ending.abort(this.#error);
      return;
    }
    const longest = this.#longestBatchMs === undefined ? GRACE_MS.unknown : this.#longestBatchMs * 1.5;
    this.#graceTimer ??= setTimeout(
      () => {
        this.#ending.abort(this.#error);
      },
      Math.min(GRACE_MS.max, Math.max(GRACE_MS.min, longest)),
    );
  }

  /** Tells how long a batch took. */
  noteBatch(durationMs: number): void {
    this.#longestBatchMs = Math.max(this.#longestBatchMs ?? 0, durationMs);
  }

  /** Releases the timer. */
  dispose(): void {
    clearTimeout(this.#graceTimer);
  }

  #stop(): void {
    if (this.#stopped) return;
    this.#stopped = true;
    this.#stopping.abort(this.#error);
    this.#onStop();
  }
}

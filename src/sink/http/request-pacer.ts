import { sleep } from '../../async/sleep.js';

/** Lets at most `requests` pass in any `windowMs`, in the order they come. */
export class RequestPacer {
  readonly #windowMs: number;
  /** When the last `requests` requests passed or will pass, a ring. */
  readonly #passes: Float64Array;
  #next = 0;

  constructor(requests: number, windowMs: number) {
    this.#windowMs = windowMs;
    this.#passes = new Float64Array(requests).fill(-Infinity);
  }

  /**
   * Waits for this request's turn.
   *
   * @throws the signal's reason when it is aborted meanwhile
   */
  async pass(signal: AbortSignal): Promise<void> {
    signal.throwIfAborted();
    const now = performance.now();
    const at = Math.max(now, (this.#passes[this.#next] ?? -Infinity) + this.#windowMs);
    this.#passes[this.#next] = at;
    this.#next = (this.#next + 1) % this.#passes.length;
    if (at <= now) return;
    await sleep(at - now, signal);
  }
}

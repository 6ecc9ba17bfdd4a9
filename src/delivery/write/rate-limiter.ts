import { sleep } from '../../async/sleep.js';

/**
 * How fast a sink is written to, over all lanes together. A rejection for haste (HTTP 429) halves the speed, success
 * raises it again up to these limits; without limits, up to the speed seen before the rejection.
 */
export interface RateLimitOptions {
  /** Messages of all batches. @default no limit */
  readonly maxMessagesPerSecond?: number | undefined;
  /** A batch is one request. @default no limit */
  readonly maxRequestsPerSecond?: number | undefined;
}

/** How far requests may run ahead of their even spacing, so that coarse timers do not cost speed. */
const BURST_MS = 50;
const SLOWEST = 1 / 64;
const SPEED_UP = 1 / 20;

/**
 * One speed for all lanes: requests are spaced by the configured limits times a factor that a rejection for haste halves
 * and each success raises a little (additive increase, multiplicative decrease).
 */
export class RateLimiter {
  readonly #limits: RateLimitOptions;
  readonly #now: () => number;
  readonly #started: number;
  #factor = 1;
  #nextAt: number;
  #pausedUntil = 0;
  #slowedAt = -Infinity;
  #requests = 0;
  /** Requests per second seen before the first rejection, when no limit is configured. */
  #observed: number | undefined;

  constructor(limits: RateLimitOptions = {}, now: () => number = () => performance.now()) {
    this.#limits = limits;
    this.#now = now;
    this.#started = now();
    this.#nextAt = -Infinity;
  }

  /** Share of the full speed that is used now. */
  get factor(): number {
    return this.#factor;
  }

  /** Milliseconds until a request with so many messages may go; its place is taken by the call. */
  reserve(messages: number): number {
    const now = this.#now();
    this.#requests += 1;
    const interval = this.#interval(messages);
    const at = Math.max(now, this.#nextAt);
    if (interval > 0) this.#nextAt = Math.max(this.#nextAt, now - BURST_MS) + interval;
    return Math.max(at, this.#pausedUntil) - now;
  }

  /** Waits for a request's turn. */
  async acquire(messages: number, signal: AbortSignal): Promise<void> {
    const wait = this.reserve(messages);
    if (wait > 0) await sleep(wait, signal);
    // A rejection of another lane may have come meanwhile.
    for (let pause = this.#pause(); pause > 0; pause = this.#pause()) await sleep(pause, signal);
  }

  /** A request that began at `startedAt` was refused for haste. */
  refused(startedAt: number, retryAfterMs = 0): void {
    const now = this.#now();
    this.#pausedUntil = Math.max(this.#pausedUntil, now + retryAfterMs);
    // Requests that were in flight at the last rejection say nothing about the speed since.
    if (startedAt < this.#slowedAt) return;
    this.#slowedAt = now;
    this.#nextAt = Math.max(this.#nextAt, now);
    if (!this.#isConfigured()) this.#observed ??= (1000 * this.#requests) / Math.max(BURST_MS, now - this.#started);
    this.#factor = Math.max(SLOWEST, this.#factor / 2);
  }

  /** A request that began at `startedAt` was accepted. */
  succeeded(startedAt: number): void {
    if (this.#factor === 1 || startedAt < this.#slowedAt) return;
    this.#factor = Math.min(1, this.#factor + SPEED_UP);
    if (this.#factor === 1) this.#observed = undefined;
  }

  #pause(): number {
    return this.#pausedUntil - this.#now();
  }

  #isConfigured(): boolean {
    return this.#limits.maxMessagesPerSecond !== undefined || this.#limits.maxRequestsPerSecond !== undefined;
  }

  #interval(messages: number): number {
    const perRequest = 1000 / (this.#limits.maxRequestsPerSecond ?? this.#observed ?? Infinity);
    const perMessage = 1000 / (this.#limits.maxMessagesPerSecond ?? Infinity);
    return Math.max(perRequest, messages * perMessage) / this.#factor;
  }
}

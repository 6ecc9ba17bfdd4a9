import type { BatchLimits } from '../../delivery/read/batch-limits.js';

/** Counts the requests that a stream of messages makes when every batch is filled. */
export class RequestCounter {
  readonly #limits: BatchLimits;
  #messages = 0;
  #bytes = 0;
  requests = 0;

  constructor(limits: BatchLimits) {
    this.#limits = limits;
  }

  add(bytes: number): void {
    const { maxMessages, maxBatchBytes, overheadBytes } = this.#limits;
    const isFull = this.#messages >= maxMessages || this.#bytes + bytes + 1 > maxBatchBytes;
    if (this.#messages === 0 || isFull) {
      this.requests += 1;
      this.#messages = 0;
      this.#bytes = overheadBytes;
    }
    // The comma of all but the first.
    this.#bytes += bytes + (this.#messages === 0 ? 0 : 1);
    this.#messages += 1;
  }
}

/** Requests for so many messages of an average size. */
export function expectedRequests(messages: number, averageBytes: number, limits: BatchLimits): number {
  const { maxMessages, maxBatchBytes, overheadBytes } = limits;
  const byBytes = Math.floor((maxBatchBytes - overheadBytes + 1) / (averageBytes + 1));
  return Math.ceil(messages / Math.max(1, Math.min(maxMessages, byBytes)));
}

import type { BatchLimits } from '../read/batch-limits.js';
import type { Item } from '../read/item.js';

/** A queue of messages of which at most one batch is in flight. */
export interface Lane<M> {
  readonly index: number;
  queue: Item<M>[];
  /** Bytes of the queue. */
  bytes: number;
  /** Whether a batch of it is in flight. */
  busy: boolean;
}

/**
 * Spreads messages over lanes so that those with the same key keep their order. A key belongs to a lane only while
 * messages with it are unsettled there; a free key goes to whichever lane is being filled, which keeps batches full.
 * A message with several keys joins them in one lane; when they are in different lanes it has to wait.
 */
export class Lanes<M> {
  readonly all: readonly Lane<M>[];
  readonly #limits: BatchLimits;
  // Lane index + number of lanes * unsettled messages: one number per key instead of one object.
  readonly #keys = new Map<string, number>();
  #filling: Lane<M> | undefined;

  constructor(count: number, limits: BatchLimits) {
    this.all = Array.from({ length: count }, (_, index) => ({ index, queue: [], bytes: 0, busy: false }));
    this.#limits = limits;
  }

  /** Whether some lane can take a message and still have at most one full batch waiting. */
  get hasRoom(): boolean {
    const filling = this.#filling;
    if (filling !== undefined && !this.isFull(filling)) return true;
    return this.all.some((lane) => !this.isFull(lane));
  }

  /** Whether nothing waits in any lane. */
  get isEmpty(): boolean {
    return this.all.every((lane) => lane.queue.length === 0);
  }

  /** Whether a batch of the lane could not grow any more. */
  isFull(lane: Lane<M>): boolean {
    const { maxMessages, maxBatchBytes, overheadBytes } = this.#limits;
    const waiting = lane.queue.length;
    return waiting >= maxMessages || overheadBytes + lane.bytes + waiting > maxBatchBytes;
  }

  /** Queues a message; `undefined` when its keys are in different lanes, one of which has to drain first. */
  place(item: Item<M>): Lane<M> | undefined {
    const keys = item.keys;
    let lane: Lane<M> | undefined;
    if (keys === undefined) {
      lane = this.#pick();
    } else if (typeof keys === 'string') {
      const use = this.#keys.get(keys);
      lane = (use === undefined ? undefined : this.all[use % this.all.length]) ?? this.#pick();
      this.#keys.set(keys, (use ?? lane.index) + this.all.length);
    } else {
      for (const key of keys) {
        const bound = this.#laneOf(key);
        if (bound === undefined) continue;
        if (lane !== undefined && bound !== lane) return undefined;
        lane = bound;
      }
      lane ??= this.#pick();
      for (const key of keys) this.#hold(key, lane);
    }
    lane.queue.push(item);
    lane.bytes += item.bytes;
    return lane;
  }

  /** Takes the next batch out of a lane and marks the lane busy. */
  take(lane: Lane<M>): Item<M>[] {
    const { maxMessages, maxBatchBytes, overheadBytes } = this.#limits;
    const waiting = lane.queue;
    let size = overheadBytes;
    let taken = 0;
    let bytes = 0;
    for (const item of waiting) {
      size += item.bytes + (taken > 0 ? 1 : 0);
      if (taken > 0 && (taken >= maxMessages || size > maxBatchBytes)) break;
      taken += 1;
      bytes += item.bytes;
    }
    lane.bytes -= bytes;
    lane.busy = true;
    if (this.#filling === lane) this.#filling = undefined;
    if (taken < waiting.length) return waiting.splice(0, taken);
    lane.queue = [];
    return waiting;
  }

  /** Frees the lane and the keys of a settled batch. */
  release(lane: Lane<M>, items: readonly Item<M>[]): void {
    lane.busy = false;
    for (const { keys } of items) {
      if (keys === undefined) continue;
      if (typeof keys === 'string') this.#letGo(keys);
      else for (const key of keys) this.#letGo(key);
    }
  }

  #laneOf(key: string): Lane<M> | undefined {
    const use = this.#keys.get(key);
    return use === undefined ? undefined : this.all[use % this.all.length];
  }

  #hold(key: string, lane: Lane<M>): void {
    this.#keys.set(key, (this.#keys.get(key) ?? lane.index) + this.all.length);
  }

  #letGo(key: string): void {
    const left = (this.#keys.get(key) ?? 0) - this.all.length;
    if (left < this.all.length) this.#keys.delete(key);
    else this.#keys.set(key, left);
  }

  #pick(): Lane<M> {
    let best = this.#filling;
    if (best !== undefined && !this.isFull(best)) return best;
    for (const lane of this.all) {
      if (best === undefined || this.#isBetter(lane, best)) best = lane;
    }
    this.#filling = best;
    return best as Lane<M>;
  }

  #isBetter(lane: Lane<M>, than: Lane<M>): boolean {
    if (this.isFull(lane) !== this.isFull(than)) return this.isFull(than);
    if (lane.busy !== than.busy) return than.busy;
    return lane.queue.length < than.queue.length;
  }
}

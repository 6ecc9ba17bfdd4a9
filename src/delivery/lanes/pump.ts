import type { BatchWriter } from '../write/batch-writer.js';
import { asHostError } from '../../errors/host-call.js';
import type { Item } from '../read/item.js';
import type { Lane, Lanes } from './lanes.js';
import type { RunControl } from './run-control.js';

/** Sends batches out of the lanes: full ones at once, others when nothing can be added soon. */
export class Pump<M> {
  readonly #lanes: Lanes<M>;
  readonly #writer: BatchWriter<M>;
  readonly #control: RunControl;
  readonly #gate: Gate;
  readonly #onBatch: () => void;
  #inFlight = 0;
  #flushing = false;

  /** `onBatch` is called after each batch, also after a failed one. */
  constructor(lanes: Lanes<M>, writer: BatchWriter<M>, control: RunControl, gate: Gate, onBatch: () => void) {
    this.#lanes = lanes;
    this.#writer = writer;
    this.#control = control;
    this.#gate = gate;
    this.#onBatch = onBatch;
  }

  /** Whether another message may be placed. */
  get hasRoom(): boolean {
    return this.#lanes.hasRoom;
  }

  /** Queues a message. One whose keys are in different lanes waits until these have drained far enough. */
  place(item: Item<M>): Promise<void> | undefined {
    const lane = this.#lanes.place(item);
    if (lane === undefined) return this.#placeLater(item);
    if (!lane.busy) this.#sendFrom(lane);
    return undefined;
  }

  /** Sends partial batches too, until the condition holds or the delivery stops. */
  async flushUntil(condition: () => boolean): Promise<void> {
    this.#flushing = true;
    for (const lane of this.#lanes.all) this.#sendFrom(lane);
    await this.waitUntil(condition);
    this.#flushing = false;
  }

  /** Waits until the condition holds or the delivery stops. */
  async waitUntil(condition: () => boolean): Promise<void> {
    while (!condition() && !this.#control.stopped) await this.#gate.wait();
  }

  /** Sends everything; after a stop only waits for the requests in flight. */
  async drain(): Promise<void> {
    await this.flushUntil(() => this.#inFlight === 0 && this.#lanes.isEmpty);
    while (this.#inFlight > 0) await this.#gate.wait();
  }

  async #placeLater(item: Item<M>): Promise<void> {
    let lane: Lane<M> | undefined;
    await this.flushUntil(() => {
      lane = this.#lanes.place(item);
      return lane !== undefined;
    });
    if (lane !== undefined) this.#sendFrom(lane);
  }

  #sendFrom(lane: Lane<M>): void {
    if (lane.busy || this.#control.stopped || lane.queue.length === 0) return;
    if (this.#flushing || this.#lanes.isFull(lane)) void this.#send(lane, this.#lanes.take(lane));
  }

  async #send(lane: Lane<M>, items: Item<M>[]): Promise<void> {
    const startedAt = performance.now();
    this.#inFlight += 1;
    try {
      await this.#writer.write(items);
    } catch (error) {
      this.#control.fail(asHostError(error));
    }
    this.#control.noteBatch(performance.now() - startedAt);
    this.#inFlight -= 1;
    this.#lanes.release(lane, items);
    this.#onBatch();
    this.#sendFrom(lane);
    this.#gate.notify();
  }
}

/** Lets one waiter sleep until somebody says that something has changed. */
export class Gate {
  #open: (() => void) | undefined;

  /** Resolves at the next {@link notify}. */
  wait(): Promise<void> {
    return new Promise((resolve) => {
      this.#open = resolve;
    });
  }

  /** Wakes the waiter, if there is one. */
  notify(): void {
    const open = this.#open;
    this.#open = undefined;
    open?.();
  }
}

import type { SinkError, SnowmeltError } from '../../errors/errors.js';
import type { Rejection, RetryLater, RunIdentity } from '../../sink/sink.js';
import { isSinkError } from './as-sink-error.js';
import { withFollowers } from '../../sink/followers.js';
import { askedToRetry, retry, type RetrySettings } from './retry.js';

import type { DeliveryEvent } from '../report/delivery-event.js';
import { messageOf, type Item, type RejectedRow } from '../read/item.js';
import { joinJson, type JsonPlace } from '../read/json-store.js';
import { lazyBatch } from '../read/lazy-batch.js';
import type { RateLimiter } from './rate-limiter.js';
import type { Rejections } from './rejections.js';
import type { Settlement } from '../settle/settlement.js';
import type { SinkCaller } from './sink-caller.js';

/** A batch about to be written. */
export interface WriteGate {
  readonly messages: number;
  /** Zero-based row number of the first message. */
  readonly firstRow: number;
}

/** What {@link BatchWriter} needs to know about the delivery. */
export interface BatchWriterParts<M> {
  readonly sink: SinkCaller<M>;
  readonly settlement: Settlement;
  readonly rejections: Rejections<M>;
  readonly limiter: RateLimiter;
  readonly retry: RetrySettings;
  readonly stopping: AbortSignal;
  readonly beforeWrite: ((batch: WriteGate) => void | Promise<void>) | undefined;
  readonly fence: () => Promise<void>;
  readonly tell: (event: DeliveryEvent) => void;
  readonly run: RunIdentity;
}

/** What a batch came to. */
interface Tally {
  requests: number;
  messages: number;
  rejected: number;
  bytes: number;
}

/** Writes one batch until every message of it is settled: retries, splits, sends single messages again. */
export class BatchWriter<M> {
  readonly #parts: BatchWriterParts<M>;
  /** Totals over all batches. */
  readonly totals = { batches: 0, retries: 0, bytes: 0 };

  constructor(parts: BatchWriterParts<M>) {
    this.#parts = parts;
  }

  /**
   * Settles the whole batch, in its order.
   *
   * @throws SnowmeltError when that was not possible; what was settled until then stays settled
   */
  async write(items: Item<M>[]): Promise<void> {
    const startedAt = performance.now();
    const tally: Tally = { requests: 0, messages: 0, rejected: 0, bytes: 0 };
    // The last one is sent next: halves are pushed in reverse, so that the order of messages is kept.
    const groups: Item<M>[][] = [items];
    for (let group = groups.pop(); group !== undefined; group = groups.pop()) {
      groups.push(...(await this.#writeGroup(group, tally)));
    }
    this.totals.batches += 1;
    this.totals.bytes += tally.bytes;
    const durationMs = performance.now() - startedAt;
    this.#parts.tell({ type: 'batch:delivered', firstRow: items[0]?.row ?? 0, ...tally, durationMs });
  }

  /** Settles a group, or gives back the halves to try instead. */
  async #writeGroup(group: readonly Item<M>[], tally: Tally): Promise<Item<M>[][]> {
    let pending = group;
    let progressed = false;
    const attempt = async (number: number): Promise<void> => {
      progressed = false;
      const before = pending.length;
      const again = await this.#request(pending, number, tally);
      if (again.length === 0) return;
      pending = again.map(({ index }) => pending[index] as Item<M>);
      progressed = pending.length < before;
      throw askedToRetry(again, this.#parts.sink.name);
    };
    try {
      await retry(attempt, {
        settings: this.#parts.retry,
        stopping: this.#parts.stopping,
        isRetryable: (error) => isSinkError(error) && error.retryable && !isSplittable(error, pending),
        madeProgress: () => progressed,
        onRetry: (error, number, delayMs) => {
          this.totals.retries += 1;
          const { code, message: reason } = error;
          const firstRow = pending[0]?.row ?? 0;
          this.#parts.tell({
            type: 'retry',
            firstRow,
            messages: pending.length,
            attempt: number,
            delayMs,
            code,
            reason,
          });
        },
      });
      return [];
    } catch (error) {
      const failure = error as SnowmeltError;
      if (!isSinkError(failure) || !failure.splittable) throw failure;
      if (this.#parts.stopping.aborted) throw failure;
      const [first] = pending;
      if (pending.length === 1 && first !== undefined) {
        await this.#reject([this.#rejection(first, failure)], tally);
        return [];
      }
      this.totals.retries += 1;
      const middle = Math.ceil(pending.length / 2);
      return [pending.slice(middle), pending.slice(0, middle)];
    }
  }

  /** One request; settles what it can and gives back what to send again. */
  async #request(items: readonly Item<M>[], attempt: number, tally: Tally): Promise<readonly RetryLater[]> {
    const { sink, limiter, stopping, beforeWrite, fence, run } = this.#parts;
    const firstRow = items[0]?.row ?? 0;
    await limiter.acquire(items.length, stopping);
    await beforeWrite?.({ messages: items.length, firstRow });
    await fence();
    stopping.throwIfAborted();
    tally.requests += 1;
    const startedAt = performance.now();
    const [first] = items;
    const serialized = first?.text === undefined ? undefined : items.map(({ text }) => text as string);
    const json = first?.json === undefined ? undefined : joinJson(items.map((item) => item.json as JsonPlace));
    const keys = items.map((item) => item.keys);
    const context = { ...run, fence, attempt, firstRow, keys, serialized, json };
    const result = await sink
      .write(json === undefined ? items.map(({ message }) => message as M) : lazyBatch(items), context)
      .catch((error: unknown) => {
        const failure = error as SnowmeltError;
        if (isHaste(failure)) limiter.refused(startedAt, isSinkError(failure) ? failure.retryAfterMs : undefined);
        throw failure;
      });
    limiter.succeeded(startedAt);
    const again = withFollowers(result.retry, result.rejected, keys);
    this.#accept(items, [...result.rejected, ...again], tally);
    if (result.rejected.length > 0) {
      await this.#reject(
        result.rejected.map((rejection) => this.#rejection(items[rejection.index] as Item<M>, rejection)),
        tally,
      );
    }
    return again;
  }

  #accept(items: readonly Item<M>[], others: readonly { readonly index: number }[], tally: Tally): void {
    const open = new Set(others.map(({ index }) => index));
    for (const [index, item] of items.entries()) {
      if (open.has(index)) continue;
      this.#parts.settlement.accept(item.row);
      tally.messages += 1;
      tally.bytes += item.bytes;
    }
  }

  async #reject(rejections: readonly RejectedRow<M>[], tally: Tally): Promise<void> {
    await this.#parts.rejections.keep(rejections);
    tally.rejected += rejections.length;
  }

  #rejection(item: Item<M>, why: Rejection | SinkError): RejectedRow<M> {
    const { row } = item;
    const message = messageOf(item);
    const own = this.#parts.sink.name;
    if ('index' in why) {
      const { code, reason, detail, sink = own } = why;
      return { row, code, reason, detail: detail && `${reason}: ${detail}`, sink, message };
    }
    const code = why.code === 'SINK_FAILED' ? 'MESSAGE_REJECTED' : why.code;
    return { row, code, reason: why.message, sink: own, message };
  }
}

function isSplittable(error: SinkError, items: readonly unknown[]): boolean {
  return error.splittable && items.length > 1;
}

/** Whether the destination wants fewer requests: it says so (HTTP 429), or for how long to wait. */
function isHaste(error: SnowmeltError): boolean {
  return error.details['status'] === 429 || (isSinkError(error) && error.retryAfterMs !== undefined);
}

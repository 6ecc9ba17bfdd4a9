import type { BatchLimits } from '../../delivery/read/batch-limits.js';
import type { ItemMaker } from '../../delivery/read/item-maker.js';
import { messageOf, type RejectedRow } from '../../delivery/read/item.js';
import { RequestCounter } from '../dry/expected-requests.js';
import { PlanCounts } from './plan-counts.js';
import type { PreviewRejection } from '../dry/preview-report.js';

const LISTED = 20;

/** Adds up what rows become. */
export class PlanTally {
  readonly counts = new PlanCounts();
  readonly rejections: PreviewRejection[] = [];
  readonly #requests: RequestCounter;
  #moreRequests = 0;
  rowsRead = 0;
  rowsSkipped = 0;
  rowsRejected = 0;
  messages = 0;
  bytes = 0;

  constructor(limits: BatchLimits) {
    this.#requests = new RequestCounter(limits);
  }

  /** Requests of full batches. */
  get requests(): number {
    return this.#requests.requests + this.#moreRequests;
  }

  /** Rows that become messages, all of which can be sent. */
  get rowsSent(): number {
    return this.rowsRead - this.rowsSkipped - this.rowsRejected;
  }

  /** Adds what a maker has just made of a row. */
  addMade<M>(row: number, { items, rejections }: Pick<ItemMaker<M>, 'items' | 'rejections'>): void {
    this.rowsRead += 1;
    if (items.length === 0 && rejections.length === 0) this.rowsSkipped += 1;
    if (rejections.length > 0) this.rowsRejected += 1;
    for (const rejection of rejections) this.#list(row, rejection);
    for (const item of items) {
      const message = messageOf(item);
      const size = item.bytes > 0 ? item.bytes : Buffer.byteLength(JSON.stringify(message));
      this.messages += 1;
      this.bytes += size;
      this.#requests.add(size);
      this.counts.add(message);
    }
  }

  /** Adds a row that is left out on purpose. */
  addSkipped(): void {
    this.rowsRead += 1;
    this.rowsSkipped += 1;
  }

  /** Adds a row that is refused whatever it becomes. */
  addRejected<M>(row: number, rejection: RejectedRow<M>): void {
    this.rowsRead += 1;
    this.rowsRejected += 1;
    this.#list(row, rejection);
  }

  /** Adds the messages of a delivery that follows on this one; its rows are not of the result. */
  addMessagesOf(other: PlanTally): void {
    this.messages += other.messages;
    this.bytes += other.bytes;
    this.#moreRequests += other.requests;
    this.counts.addAll(other.counts);
    this.rejections.push(...other.rejections.slice(0, LISTED - this.rejections.length));
  }

  #list<M>(row: number, { code, reason, hint }: RejectedRow<M>): void {
    if (this.rejections.length < LISTED) this.rejections.push({ row, code, reason, hint });
  }
}

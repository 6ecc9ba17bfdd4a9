import { SnowmeltError } from '../../errors/errors.js';
import type { DeadLetter } from '../../sink/sink.js';
import type { DeliveryEvent, RowRejectedEvent } from '../report/delivery-event.js';
import type { DeadLetterWriter } from './dead-letter-writer.js';
import type { RejectedRow } from '../read/item.js';
import type { Settlement } from '../settle/settlement.js';

/** So many refused messages and none accepted are a configuration, not bad rows. */
const REFUSES_EVERYTHING = 100;
const LISTED = 20;
/** Destinations may answer with whole pages. */
const MAX_REASON = 500;

/** What {@link Rejections} needs to know about the delivery. */
export interface RejectionsParts<M> {
  readonly settlement: Settlement;
  readonly deadLetter: DeadLetterWriter<M> | undefined;
  /** `undefined`: the default, reckoned from the rows. */
  readonly maxRejected: number | undefined;
  /** Rows of the whole result or range, where known. */
  readonly totalRows: number | undefined;
  readonly tell: (event: DeliveryEvent) => void;
  readonly sync: string;
  readonly runId: string;
  readonly queryId: string | undefined;
  readonly columns: readonly string[];
}

/** Decides whether a run may go on after a rejection, and keeps what was refused. */
export class Rejections<M> {
  readonly #options: RejectionsParts<M>;
  readonly #listed: RowRejectedEvent[] = [];
  #rejectedRows: number;
  #rejectedMessages = 0;

  constructor(options: RejectionsParts<M>) {
    this.#options = options;
    this.#rejectedRows = options.settlement.settled.rejected;
  }

  /** The first rejections. */
  get listed(): readonly RowRejectedEvent[] {
    return this.#listed;
  }

  /**
   * Keeps refused rows and messages in the dead letter and settles them.
   *
   * @throws SnowmeltError `SINK_REFUSES_EVERYTHING`, `TOO_MANY_REJECTS`, `DEAD_LETTER_FAILED`
   */
  async keep(rejections: readonly RejectedRow<M>[]): Promise<void> {
    const { settlement, deadLetter, tell } = this.#options;
    const first = rejections[0];
    if (first === undefined) return;
    this.#checkSink(rejections, first);
    for (const { row } of rejections) if (settlement.markRejected(row)) this.#rejectedRows += 1;
    if (deadLetter === undefined) {
      throw new SnowmeltError('TOO_MANY_REJECTS', `Row ${first.row} was rejected: ${first.reason} (${first.code})`, {
        hint: withMore(first.hint ?? 'Repair the row in the query.', 'Or set a deadLetter, which keeps such rows.'),
        details: { row: first.row, code: first.code },
      });
    }
    const allowed = this.#allowed();
    if (this.#rejectedRows > allowed) {
      const text = `${this.#rejectedRows} rows were rejected and ${allowed} are allowed; row ${first.row}: ${first.reason}`;
      throw new SnowmeltError('TOO_MANY_REJECTS', `${text} (${first.code})`, {
        hint: withMore(first.hint ?? 'Repair the rows in the query.', 'Or raise maxRejected.'),
        details: { rejected: this.#rejectedRows, maxRejected: allowed, code: first.code },
      });
    }
    await deadLetter.keep(rejections.map((rejection) => this.#letter(rejection)));
    for (const { row, code, reason, sink } of rejections) {
      settlement.reject(row);
      const event: RowRejectedEvent = { type: 'row:rejected', row, code, reason: reason.slice(0, MAX_REASON), sink };
      if (this.#listed.length < LISTED) this.#listed.push(event);
      tell(event);
    }
  }

  #checkSink(rejections: readonly RejectedRow<M>[], first: RejectedRow<M>): void {
    for (const { sink } of rejections) if (sink !== undefined) this.#rejectedMessages += 1;
    const { messages } = this.#options.settlement.seen;
    if (messages > 0 || this.#rejectedMessages < REFUSES_EVERYTHING) return;
    const text = `All of the first ${this.#rejectedMessages} messages were refused; row ${first.row}: ${first.reason}`;
    throw new SnowmeltError('SINK_REFUSES_EVERYTHING', `${text} (${first.code})`, {
      hint: 'Check the mapping and the key of the destination.',
      details: { refused: this.#rejectedMessages, code: first.code },
    });
  }

  #allowed(): number {
    const { maxRejected, totalRows, settlement } = this.#options;
    return maxRejected ?? Math.max(100, Math.floor((totalRows ?? settlement.seen.read) / 100));
  }

  #letter(rejection: RejectedRow<M>): DeadLetter<M> {
    const { sync, runId, queryId, columns } = this.#options;
    const { row, sink, code, message, values } = rejection;
    const reason = rejection.detail ?? rejection.reason;
    const what = values === undefined ? { message } : { columns, values };
    return { sync, runId, queryId, row, sink, code, reason: reason.slice(0, MAX_REASON), ...what };
  }
}

/** Hints of hosts need not be sentences. */
function withMore(hint: string, more: string): string {
  return `${hint}${/[.!?]$/.test(hint) ? '' : '.'} ${more}`;
}

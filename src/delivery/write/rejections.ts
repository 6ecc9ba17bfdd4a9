import { SnowmeltError } from '../../errors/errors.js';
import type { DeadLetter, RunIdentity } from '../../sink/sink.js';
import type { DeliveryEvent, RowRejectedEvent } from '../report/delivery-event.js';
import type { RejectedRow } from '../read/item.js';
import type { DeliveryLog } from './delivery-log.js';
import type { RecordFailure, RecordWriter } from './record-writer.js';
import type { Settlement } from '../settle/settlement.js';

/** So many rejected messages and none accepted are a configuration, not bad rows. */
const REFUSES_EVERYTHING = 100;
const LISTED = 20;
/** Destinations may answer with whole pages. */
const MAX_REASON = 500;

/** How a dead letter fails. */
export const deadLetterFailure: RecordFailure = {
  code: 'DEAD_LETTER_FAILED',
  what: 'The dead letter',
  hint: 'Repair the dead-letter sink and run again: rows that are not kept are not settled.',
};

/** What {@link Rejections} needs to know about the delivery. */
export interface RejectionsParts<M> {
  readonly settlement: Settlement;
  readonly deadLetter: RecordWriter<DeadLetter<M>> | undefined;
  readonly log: DeliveryLog<M> | undefined;
  /** `undefined`: the default, reckoned from the rows. */
  readonly maxRejected: number | undefined;
  /** Rows of the whole result or range, where known. */
  readonly totalRows: number | undefined;
  readonly tell: (event: DeliveryEvent) => void;
  readonly run: RunIdentity;
  readonly columns: readonly string[];
}

/** How many of so many rows may be rejected before the run fails. `maxRejected` is that of the options. */
export function allowedRejections(maxRejected: number | undefined, rows: number): number {
  return maxRejected ?? Math.max(100, Math.floor(rows / 100));
}

/** The error of too many rejected rows, if they are too many; `first` is a rejection to name. */
export function tooManyRejected(
  rejected: number,
  maxRejected: number | undefined,
  rows: number,
  first?: RejectedRow<unknown>,
): SnowmeltError | undefined {
  const allowed = allowedRejections(maxRejected, rows);
  if (rejected <= allowed) return undefined;
  const named = first === undefined ? '.' : `; row ${first.row}: ${first.reason} (${first.code})`;
  return new SnowmeltError('TOO_MANY_REJECTS', `${rejected} rows were rejected and ${allowed} are allowed${named}`, {
    hint: withMore(first?.hint ?? 'Repair the rows in the query.', 'Or raise maxRejected.'),
    details: { rejected, maxRejected: allowed, ...(first && { code: first.code }) },
  });
}

/** Decides whether a run may go on after a rejection, and keeps what was rejected. */
export class Rejections<M> {
  readonly #parts: RejectionsParts<M>;
  readonly #listed: RowRejectedEvent[] = [];
  #rejectedRows: number;
  #rejectedMessages = 0;

  constructor(parts: RejectionsParts<M>) {
    this.#parts = parts;
    this.#rejectedRows = parts.settlement.settled.rejected;
  }

  /** The first rejections. */
  get listed(): readonly RowRejectedEvent[] {
    return this.#listed;
  }

  /**
   * Keeps rejected rows and messages in the dead letter and settles them.
   *
   * @throws SnowmeltError `SINK_REFUSES_EVERYTHING`, `TOO_MANY_REJECTS`, `DEAD_LETTER_FAILED`
   */
  async keep(rejections: readonly RejectedRow<M>[]): Promise<void> {
    const { settlement, deadLetter, log, tell } = this.#parts;
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
    const { maxRejected, totalRows } = this.#parts;
    const tooMany = tooManyRejected(this.#rejectedRows, maxRejected, totalRows ?? settlement.seen.read, first);
    if (tooMany !== undefined) throw tooMany;
    await deadLetter.keep(rejections.map((rejection) => this.#letter(rejection)));
    for (const { row, code, reason, sink } of rejections) {
      log?.rejected(row, code);
      settlement.reject(row);
      const event: RowRejectedEvent = { type: 'row:rejected', row, code, reason: reason.slice(0, MAX_REASON), sink };
      if (this.#listed.length < LISTED) this.#listed.push(event);
      tell(event);
    }
  }

  #checkSink(rejections: readonly RejectedRow<M>[], first: RejectedRow<M>): void {
    for (const { sink } of rejections) if (sink !== undefined) this.#rejectedMessages += 1;
    const { messages } = this.#parts.settlement.seen;
    if (messages > 0 || this.#rejectedMessages < REFUSES_EVERYTHING) return;
    const text = `All of the first ${this.#rejectedMessages} messages were rejected; row ${first.row}: ${first.reason}`;
    throw new SnowmeltError('SINK_REFUSES_EVERYTHING', `${text} (${first.code})`, {
      hint: 'Check the mapping and the key of the destination.',
      details: { refused: this.#rejectedMessages, code: first.code },
    });
  }

  #letter(rejection: RejectedRow<M>): DeadLetter<M> {
    const { run, columns } = this.#parts;
    const { sync, runId, queryId } = run;
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

import type { DeliveryRecord, RunIdentity, Sink } from '../../sink/sink.js';
import type { RunCounts } from '../../state/sync-state.js';
import { laneHash } from '../read/lane-hash.js';
import { idIn, messageIdOf, type Item, type RejectedRow } from '../read/item.js';
import type { RowStage } from '../read/row-stage.js';
import type { Settled } from '../settle/settled-notifier.js';
import type { RowOutcome } from '../settle/settlement.js';
import { RecordWriter, type RecordFailure, type RecordWriterParts } from './record-writer.js';

const failure: RecordFailure = {
  code: 'DELIVERY_LOG_FAILED',
  what: 'The delivery log',
  hint: 'Repair the sink of `deliveryLog` and run again: rows without a record are not settled.',
};

/** What {@link DeliveryLog} needs to know about the delivery. */
export interface DeliveryLogParts<M> extends RecordWriterParts {
  /** Names the rows where it compares them. */
  readonly stage: RowStage<M> | undefined;
  /** How many records may wait until they are written: the bound of memory. */
  readonly maxWaiting: number;
  /** Told when records were written. */
  readonly onWritten: () => void;
}

/** How far rows are settled and recorded. */
export interface Recorded {
  readonly below: number;
  readonly counts: RunCounts;
}

/** An open row: what its record will say. */
interface OpenRow {
  readonly key: string | undefined;
  readonly messageIds: readonly string[];
  code: string | undefined;
}

type OnSettled = (below: number, settled: Settled) => void | Promise<void>;

/** Writes a record of every row that is settled, before anybody is told that it is. */
export class DeliveryLog<M> {
  readonly #writer: RecordWriter<DeliveryRecord>;
  readonly #run: Omit<RunIdentity, 'fencingToken'>;
  readonly #parts: DeliveryLogParts<M>;
  readonly #open = new Map<number, OpenRow>();
  #settled: DeliveryRecord[] = [];
  /** Records that are being written. */
  #writing = 0;
  #recorded: Recorded;
  readonly #removal: true | undefined;
  #now = 0;
  #nowText = '';

  constructor(sink: Sink<DeliveryRecord>, from: Recorded, parts: DeliveryLogParts<M>) {
    const { sync, runId, queryId } = parts.run;
    this.#run = { sync, runId, queryId };
    this.#parts = parts;
    this.#recorded = from;
    this.#removal = parts.stage?.isOfRemovals === true ? true : undefined;
    this.#writer = new RecordWriter(sink, failure, parts);
  }

  /** Whether another row may be opened. */
  get hasRoom(): boolean {
    return this.#settled.length + this.#writing < this.#parts.maxWaiting;
  }

  /** How far rows are settled and have their records. */
  get recorded(): Recorded {
    return this.#recorded;
  }

  /** A row is opened; to be called before it can be settled. */
  open(
    row: number,
    values: readonly unknown[],
    made: { readonly items: readonly Item<M>[]; readonly rejections: readonly RejectedRow<M>[] },
  ): void {
    const { stage } = this.#parts;
    const { items, rejections } = made;
    const messageIds: string[] = [];
    for (const item of items) addTo(messageIds, messageIdOf(item));
    for (const { message } of rejections) addTo(messageIds, idIn(message));
    const key = stage === undefined ? laneHash(items) : stage.keyOf(row, values);
    this.#open.set(row, { key, messageIds, code: undefined });
  }

  /** A message of the row, or the row itself, is rejected. */
  rejected(row: number, code: string): void {
    const open = this.#open.get(row);
    if (open !== undefined) open.code ??= code;
  }

  /** The row has joined the settled ones; to be called in the order of rows. */
  settled(row: number, outcome: RowOutcome): void {
    const open = this.#open.get(row);
    this.#open.delete(row);
    if (open === undefined) return;
    const { sync, runId, queryId } = this.#run;
    const { key, messageIds, code } = open;
    const removal = this.#removal;
    // One shape for all: there are as many records as rows.
    this.#settled.push({ sync, runId, queryId, row, key, messageIds, outcome, code, removal, time: this.#time() });
  }

  /** Writes the records of what is settled, and only then tells of it. */
  readonly before = (onSettled: OnSettled | undefined): OnSettled => {
    return async (below, settled) => {
      await this.#write();
      this.#recorded = { below, counts: settled.counts };
      await onSettled?.(below, settled);
    };
  };

  /** @throws SnowmeltError `DELIVERY_LOG_FAILED` */
  async close(): Promise<void> {
    await this.#writer.close();
  }

  /** Rows that are settled in the same millisecond share the text. */
  #time(): string {
    const now = Date.now();
    if (now !== this.#now) {
      this.#now = now;
      this.#nowText = new Date(now).toISOString();
    }
    return this.#nowText;
  }

  async #write(): Promise<void> {
    const records = this.#settled;
    if (records.length === 0) return;
    this.#settled = [];
    this.#writing = records.length;
    try {
      await this.#writer.keep(records);
    } finally {
      this.#writing = 0;
      this.#parts.onWritten();
    }
  }
}

function addTo(ids: string[], id: string | undefined): void {
  if (id !== undefined) ids.push(id);
}

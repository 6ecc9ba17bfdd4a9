import { ResultExpiredError, SourceError } from 'snowmelt';
import type { Column, ResultRef, ResultSet, RowMapper, Sink, Source, Statement, TrackMessage } from 'snowmelt';
import { columnsHash, rowHash } from '../../src/source/result-hash.js';

const columns: readonly Column[] = [
  { name: 'userId', type: 'text', nullable: false },
  { name: 'event', type: 'text', nullable: false },
];

/** A row of the tests: a person and an event name. */
export type TestRow = readonly [userId: string, event: string];

/** Rows u0, u1, … */
export function testRows(count: number, event = 'Bought'): TestRow[] {
  return Array.from({ length: count }, (_, i) => [`u${i}`, event] as const);
}

/** A source over an array. Results stay until they are told to expire. */
export class ArraySource implements Source {
  rows: readonly TestRow[];
  time = 1_700_000_000;
  batchSize = 100;
  readonly statements: Statement[] = [];
  readonly lastSyncTimes: (number | undefined)[] = [];
  readonly results = new Map<string, readonly TestRow[]>();
  /** Called before each read batch. */
  onRead: ((row: number) => void | Promise<void>) | undefined;
  reopened = 0;

  constructor(rows: readonly TestRow[] = []) {
    this.rows = rows;
  }

  readonly execute: Source['execute'] = async (statement, options) => {
    this.statements.push(statement);
    this.lastSyncTimes.push(options?.lastSyncTime);
    const queryId = `query-${this.statements.length}`;
    this.results.set(queryId, [...this.rows]);
    return this.#open({ queryId, rowCount: this.rows.length, columnsHash: columnsHash(columns) });
  };

  readonly reopen: Source['reopen'] = async (ref) => {
    this.reopened += 1;
    const rows = this.results.get(ref.queryId);
    if (rows === undefined) throw new ResultExpiredError(`The result of ${ref.queryId} is gone.`);
    const { check } = ref;
    if (check !== undefined && rowHash(rows[check.row] ?? []) !== check.hash) {
      throw new ResultExpiredError(`Row ${check.row} of ${ref.queryId} is different.`);
    }
    return this.#open(ref);
  };

  readonly now = async (): Promise<Date> => new Date(this.time * 1000 + 999);
  readonly close = async (): Promise<void> => undefined;

  #open(ref: ResultRef): ResultSet {
    const rows = this.results.get(ref.queryId) ?? [];
    const { batchSize } = this;
    const onRead = (row: number): void | Promise<void> => this.onRead?.(row);
    // As in the warehouse: an open result has no rows of its own.
    const stored = (): readonly TestRow[] => {
      const now = this.results.get(ref.queryId);
      if (now === undefined) throw new ResultExpiredError(`The result of ${ref.queryId} is gone.`);
      return now;
    };
    return {
      ref,
      columns,
      rowCount: rows.length,
      read: async function* ({ from = 0, to = rows.length, signal } = {}) {
        for (let row = from; row < Math.min(to, rows.length); row += batchSize) {
          signal?.throwIfAborted();
          await onRead(row);
          yield { firstRow: row, rows: stored().slice(row, Math.min(row + batchSize, to)) };
        }
      },
    };
  }
}

/** Turns test rows into track calls; an event named "skip" is skipped, "bad" cannot be mapped. */
export function testMapper(fingerprint = 'test'): RowMapper<TrackMessage> {
  const map = (userId: unknown, event: unknown): TrackMessage | undefined => {
    if (event === 'skip') return undefined;
    if (event === 'bad') throw new SourceError('MAPPING_ROW', 'bad row', { retryable: false });
    return { type: 'track', userId: String(userId), event: String(event) };
  };
  return {
    callType: 'track',
    fingerprint,
    bind: () => (values) => map(values[0], values[1]),
    map: (row) => map(row['userId'], row['event']),
    key: (message) => message.userId,
  };
}

/** Keeps what it is given. */
export class ListSink implements Sink<TrackMessage> {
  readonly name = 'list';
  readonly limits = { maxMessages: 10 };
  readonly accepted: TrackMessage[] = [];
  readonly contexts: Parameters<Sink['write']>[1][] = [];
  /** Called before a batch is accepted. */
  onWrite: ((batch: readonly TrackMessage[], signal: AbortSignal) => unknown) | undefined;

  readonly write: Sink<TrackMessage>['write'] = async (batch, context) => {
    await this.onWrite?.(batch, context.signal);
    this.contexts.push(context);
    this.accepted.push(...batch);
    return { accepted: batch.length };
  };

  /** The people whose messages were accepted, each once. */
  get users(): Set<string | undefined> {
    return new Set(this.accepted.map(({ userId }) => userId));
  }
}

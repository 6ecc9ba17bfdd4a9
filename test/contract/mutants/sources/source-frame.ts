import { createHash } from 'node:crypto';
import { ConfigError, ResultExpiredError, rowHash, SourceError } from 'snowmelt';
import type {
  Column,
  ExecuteOptions,
  ReadOptions,
  ResultRef,
  ResultSet,
  RowBatch,
  Source,
  SourceCallOptions,
  SourceDescription,
  Statement,
} from 'snowmelt';
import type { SourceUnderTest } from 'snowmelt/testing';
import { capabilitiesOf, Warehouse, type Table } from './warehouse.js';

export const secret = 'very-secret-password';
const BATCH_ROWS = 8;

/** A correct little source whose parts a mutant replaces. */
export class SourceFrame implements Source {
  readonly warehouse: Warehouse;
  name: string | undefined = 'frame';
  readonly closing = new AbortController();

  constructor(warehouse = new Warehouse()) {
    this.warehouse = warehouse;
  }

  async execute(statement: Statement, options: ExecuteOptions = {}): Promise<ResultSet> {
    const signal = this.signal(options.signal);
    this.before(signal);
    const queryId = await this.run(statement, signal);
    return this.result(queryId, this.warehouse.get(queryId) ?? this.gone(queryId));
  }

  async reopen(ref: ResultRef, options: SourceCallOptions = {}): Promise<ResultSet> {
    this.before(this.signal(options.signal));
    const table = await this.stored(ref);
    const result = this.result(ref.queryId, table);
    await this.verify(result, ref);
    return result;
  }

  async now(options: SourceCallOptions = {}): Promise<Date> {
    this.before(this.signal(options.signal));
    return new Date();
  }

  async close(): Promise<void> {
    this.closing.abort(this.closed());
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  describe(): SourceDescription {
    return {
      kind: 'sql-api',
      account: 'a',
      baseUrl: 'memory:',
      authenticator: 'SNOWFLAKE_JWT',
      username: 'u',
      keyFingerprint: 'none',
    };
  }

  closed(): Error {
    return new SourceError('SOURCE_CLOSED', 'closed', { retryable: false });
  }

  gone(queryId: string): never {
    throw new ResultExpiredError(`no result ${queryId}`);
  }

  refuse(): Error {
    return new SourceError('SOURCE_SQL', 'refused', { retryable: false, hint: 'Correct it.' });
  }

  /** The caller's signal or the closing, whichever comes first. */
  signal(given: AbortSignal | undefined): AbortSignal {
    return given === undefined ? this.closing.signal : AbortSignal.any([given, this.closing.signal]);
  }

  before(signal: AbortSignal): void {
    signal.throwIfAborted();
  }

  async run(statement: Statement, signal: AbortSignal): Promise<string> {
    return this.warehouse.run(statement, signal, () => this.refuse());
  }

  async stored({ queryId }: ResultRef): Promise<Table> {
    return this.warehouse.get(queryId) ?? this.gone(queryId);
  }

  result(queryId: string, { columns, rows }: Table): ResultSet {
    return {
      ref: { queryId, rowCount: rows.length, columnsHash: this.columnsHash(columns) },
      columns,
      rowCount: rows.length,
      read: (options) => this.read(queryId, rows.length, options),
    };
  }

  columnsHash(columns: readonly Column[]): string {
    return createHash('sha256').update(JSON.stringify(columns)).digest('hex');
  }

  async verify(result: ResultSet, ref: ResultRef): Promise<void> {
    const { rowCount, columnsHash } = result.ref;
    if (rowCount !== ref.rowCount || columnsHash !== ref.columnsHash) this.gone(ref.queryId);
    if (ref.check !== undefined) await this.verifyRow(result, ref.check.row, ref.check.hash);
  }

  async verifyRow(result: ResultSet, row: number, hash: string): Promise<void> {
    const values: (readonly unknown[])[] = [];
    for await (const { rows } of result.read({ from: row, to: row + 1 })) values.push(...rows);
    if (values[0] === undefined || rowHash(values[0]) !== hash) this.gone(result.ref.queryId);
  }

  async *read(queryId: string, rowCount: number, options: ReadOptions = {}): AsyncGenerator<RowBatch, void, undefined> {
    const { from, to } = this.range(options, rowCount);
    const signal = this.signal(options.signal);
    this.before(signal);
    for (let at = from; at < to; at += this.batchRows()) {
      const rows = await this.fetch(queryId, at, Math.min(at + this.batchRows(), to));
      signal.throwIfAborted();
      yield { firstRow: at, rows };
      signal.throwIfAborted();
    }
  }

  batchRows(): number {
    return BATCH_ROWS;
  }

  range({ from = 0, to }: ReadOptions, rowCount: number): { readonly from: number; readonly to: number } {
    const whole = Number.isInteger(from) && Number.isInteger(to ?? 0);
    if (!whole || from < 0 || (to ?? from) < from) throw new ConfigError('CONFIG_INVALID', 'not a range');
    return { from, to: Math.min(to ?? rowCount, rowCount) };
  }

  async fetch(queryId: string, from: number, to: number): Promise<readonly (readonly unknown[])[]> {
    await new Promise((resolve) => setImmediate(resolve));
    const table = this.warehouse.get(queryId) ?? this.gone(queryId);
    return table.rows.slice(from, to);
  }
}

/** A frame or a mutant with all that its warehouse can be made to do, as the suite takes it. */
export function underTest(make: (warehouse: Warehouse) => SourceFrame): SourceUnderTest {
  const warehouse = new Warehouse();
  const capabilities = { ...capabilitiesOf(warehouse), another: () => make(warehouse), secret };
  return { source: make(warehouse), capabilities };
}

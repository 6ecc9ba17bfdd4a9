import { checkRange } from '../check-range.js';
import { columnType } from '../column-type.js';
import { columnsHash } from '../result-hash.js';
import type { Column, ReadOptions, ResultRef, ResultSet, RowBatch } from '../source.js';
import type { ApiRows, CompleteStatement, SqlApiStatements } from './sql-api-statements.js';
import { WireTextNormaliser } from './to-wire-text.js';

/** How results are read. */
export interface PartitionSettings {
  readonly batchRows: number;
  /** Uncompressed bytes of partitions fetched ahead. */
  readonly prefetchBytes: number;
  /** Most partitions fetched at once. */
  readonly maxParallel: number;
}

interface Partition {
  readonly index: number;
  readonly firstRow: number;
  readonly rowCount: number;
  readonly bytes: number;
}

interface Fetch {
  readonly partition: Partition;
  readonly rows: Promise<ApiRows>;
}

/** The rows of a statement run by the SQL API, partition by partition. */
export class SqlApiResultSet implements ResultSet {
  readonly ref: ResultRef;
  readonly columns: readonly Column[];
  readonly rowCount: number;
  readonly #statements: SqlApiStatements;
  readonly #settings: PartitionSettings;
  readonly #closed: AbortSignal;
  readonly #partitions: readonly Partition[];
  /** Came with the first answer; given to the first reader. */
  #firstRows: ApiRows | undefined;

  constructor(
    statements: SqlApiStatements,
    settings: PartitionSettings,
    closed: AbortSignal,
    complete: CompleteStatement,
  ) {
    const { statementHandle, resultSetMetaData: meta } = complete.meta;
    this.#statements = statements;
    this.#settings = settings;
    this.#closed = closed;
    this.#firstRows = complete.rows;
    this.columns = meta.rowType.map((column) => ({
      name: column.name,
      type: columnType(column.type),
      nullable: column.nullable ?? true,
      precision: column.precision ?? undefined,
      scale: column.scale ?? undefined,
      length: column.length ?? undefined,
    }));
    this.rowCount = meta.numRows;
    this.ref = { queryId: statementHandle, rowCount: meta.numRows, columnsHash: columnsHash(this.columns) };
    let firstRow = 0;
    this.#partitions = (meta.partitionInfo ?? [{ rowCount: meta.numRows }]).map(
      ({ rowCount, uncompressedSize }: { rowCount: number; uncompressedSize?: number | null | undefined }, index) => {
        const partition = { index, firstRow, rowCount, bytes: uncompressedSize ?? rowCount * 100 };
        firstRow += rowCount;
        return partition;
      },
    );
  }

  async *read(options: ReadOptions = {}): AsyncGenerator<RowBatch, void, undefined> {
    const { from, to } = checkRange(options, this.rowCount);
    const left = new AbortController();
    const signals = [this.#closed, left.signal];
    const signal = AbortSignal.any(options.signal === undefined ? signals : [options.signal, ...signals]);
    signal.throwIfAborted();
    const wanted = this.#partitions.filter(
      ({ firstRow, rowCount }) => rowCount > 0 && firstRow < to && firstRow + rowCount > from,
    );
    const normaliser = new WireTextNormaliser(this.columns);
    const { batchRows } = this.#settings;
    const ahead: Fetch[] = [];
    let next = 0;
    try {
      for (;;) {
        next = this.#prefetch(wanted, next, ahead, signal);
        const fetching = ahead[0];
        if (fetching === undefined) return;
        const rows = await fetching.rows;
        // Taken off only now: the budget counts what is being waited for.
        ahead.shift();
        next = this.#prefetch(wanted, next, ahead, signal);
        normaliser.apply(rows);
        const { firstRow, rowCount } = fetching.partition;
        const end = Math.min(to - firstRow, rowCount);
        for (let at = Math.max(from - firstRow, 0); at < end; at += batchRows) {
          signal.throwIfAborted();
          yield { firstRow: firstRow + at, rows: rows.slice(at, Math.min(at + batchRows, end)) };
        }
      }
    } finally {
      left.abort();
    }
  }

  #prefetch(wanted: readonly Partition[], from: number, ahead: Fetch[], signal: AbortSignal): number {
    let next = from;
    let bytes = ahead.reduce((sum, { partition }) => sum + partition.bytes, 0);
    for (;;) {
      const partition = wanted[next];
      if (partition === undefined || ahead.length >= this.#settings.maxParallel) return next;
      // At least one, however large.
      if (ahead.length > 0 && bytes + partition.bytes > this.#settings.prefetchBytes) return next;
      const rows = this.#fetch(partition, signal);
      // Waited for later, perhaps never.
      rows.catch(() => undefined);
      ahead.push({ partition, rows });
      bytes += partition.bytes;
      next += 1;
    }
  }

  async #fetch(partition: Partition, signal: AbortSignal): Promise<ApiRows> {
    const first = partition.index === 0 ? this.#firstRows : undefined;
    if (first?.length === partition.rowCount) {
      this.#firstRows = undefined;
      return first;
    }
    return this.#statements.partition(this.ref.queryId, partition.index, partition.rowCount, signal);
  }
}

import { checkRange } from '../check-range.js';
import { columnType } from '../column-type.js';
import { columnsHash } from '../result-hash.js';
import { PartitionQueue, type Partition } from './partition-queue.js';
import type { Column, ReadOptions, ResultRef, ResultSet, RowBatch } from '../source.js';
import type { ApiRows } from './sql-api-response.js';
import type { CompleteStatement, SqlApiStatements } from './sql-api-statements.js';
import { WireTextNormaliser } from './to-wire-text.js';

/** How results are read. */
export interface PartitionSettings {
  readonly batchRows: number;
  /** Uncompressed bytes of partitions fetched ahead. */
  readonly prefetchBytes: number;
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
    // Whoever begins later has no use for them, and the result may be kept for long.
    if (wanted[0]?.index !== 0) this.#firstRows = undefined;
    const normaliser = new WireTextNormaliser(this.columns);
    const { batchRows, prefetchBytes } = this.#settings;
    const queue = new PartitionQueue(wanted, prefetchBytes, (partition) => this.#fetch(partition, signal));
    try {
      for (;;) {
        const taken = await queue.take();
        if (taken === undefined) return;
        const { partition, rows } = taken;
        normaliser.apply(rows);
        rows.splice(to - partition.firstRow);
        let at = Math.max(from, partition.firstRow);
        rows.splice(0, at - partition.firstRow);
        while (rows.length > 0) {
          signal.throwIfAborted();
          // Taken out, so that rows are free when they are settled and not when their partition ends.
          const batch = rows.splice(0, batchRows);
          yield { firstRow: at, rows: batch };
          at += batch.length;
        }
      }
    } finally {
      left.abort();
    }
  }

  async #fetch(partition: Partition, signal: AbortSignal): Promise<ApiRows> {
    const first = partition.index === 0 ? this.#firstRows : undefined;
    if (first !== undefined) {
      this.#firstRows = undefined;
      return first;
    }
    const columnCount = this.columns.length;
    return this.#statements.partition(this.ref.queryId, { ...partition, columnCount }, signal);
  }
}

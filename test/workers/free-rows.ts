import { setTimeout as sleep } from 'node:timers/promises';
import type { Column, ReadOptions, ResultSet, RowBatch, Source } from 'snowmelt';
import { columnsHash } from '../../src/source/result-hash.js';

const columns: readonly Column[] = [{ name: 'userId', type: 'text', nullable: false }];
const BATCH = 10_000;
const row = ['u1'];
const batch = Array.from({ length: BATCH }, () => row);

/** A result of very many rows that take neither memory nor time. */
export class FreeRows implements Source {
  readonly #result: ResultSet;

  constructor(rowCount: number) {
    const read = async function* ({ from = 0, to = rowCount }: ReadOptions = {}): AsyncGenerator<RowBatch> {
      // By its first 5,000 rows a run is cut: they take as long as at 20,000 a second.
      if (from === 0) await sleep(250);
      for (let firstRow = from; firstRow < to; firstRow += BATCH) {
        yield { firstRow, rows: to - firstRow < BATCH ? batch.slice(0, to - firstRow) : batch };
      }
    };
    this.#result = { ref: { queryId: 'free', rowCount, columnsHash: columnsHash(columns) }, columns, rowCount, read };
  }

  readonly execute: Source['execute'] = async () => this.#result;
  readonly reopen: Source['reopen'] = async () => this.#result;
  readonly now = async (): Promise<Date> => new Date(1_700_000_000_999);
  readonly close = async (): Promise<void> => undefined;
}

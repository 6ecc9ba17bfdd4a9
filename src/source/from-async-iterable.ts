import { randomUUID } from 'node:crypto';
import * as z from 'zod';
import { checkOptions } from '../options/check-options.js';
import { ConfigError, ResultExpiredError, SourceError } from '../errors/errors.js';
import type { Row } from '../mapping/row-mapper.js';
import { orAborted } from '../async/or-aborted.js';
import { columnsHash } from './result-hash.js';
import type { Column, ReadOptions, ResultSet, RowBatch, Source, SourceCallOptions } from './source.js';

/** What the function of {@link fromAsyncIterable} is given. */
export interface IterableContext {
  /** Unix seconds; 0 on the first run. */
  readonly lastSyncTime: number;
  /** Aborted when the rows are not wanted any more. */
  readonly signal: AbortSignal;
}

/** Options of {@link fromAsyncIterable}. */
export interface FromAsyncIterableOptions {
  /** Names of the columns; other properties of a row are left out, missing ones are null. */
  readonly columns: readonly string[];
  /** A friendly name for events and errors. */
  readonly name?: string | undefined;
  /** Most rows of one `RowBatch`. @default 500 */
  readonly batchRows?: number | undefined;
  /**
   * The clock by which the rows have their times, asked when a run begins: its answer becomes the next `lastSyncTime`.
   * Rows that are written with a clock behind this machine's would otherwise never be delivered.
   *
   * @default this machine's clock
   */
  readonly now?: ((options: SourceCallOptions) => Date | Promise<Date>) | undefined;
}

const shape = {
  columns: z.array(z.string().min(1)).min(1),
  name: z.string().optional(),
  batchRows: z.int().min(1).default(500),
  now: z
    .custom<NonNullable<FromAsyncIterableOptions['now']>>((value) => typeof value === 'function', {
      message: 'expected a function that gives a Date, or a promise of one',
    })
    .optional(),
};

/**
 * A source that is not Snowflake: any async iterable of plain objects, with JavaScript values.
 *
 * The number of rows is not known, ranges cannot be read, and a result cannot be opened again: an interrupted run
 * starts anew from the same `lastSyncTime`. The clock is this machine's, unless `now` gives another.
 *
 * @param rows called once for every reading
 * @throws ConfigError `CONFIG_INVALID` for wrong options
 */
export function fromAsyncIterable(
  rows: (context: IterableContext) => AsyncIterable<Row>,
  options: FromAsyncIterableOptions,
): Source {
  if (typeof rows !== 'function') {
    throw new ConfigError('CONFIG_INVALID', 'fromAsyncIterable: the function that gives the rows is missing.', {
      hint: "Write fromAsyncIterable(async function* ({ lastSyncTime }) { … }, { columns: ['ID'] }).",
    });
  }
  const { batchRows, name, columns: names, now } = checkOptions('fromAsyncIterable', shape, options);
  const columns: readonly Column[] = names.map((column) => ({ name: column, type: 'native', nullable: true }));
  const closed = new AbortController();

  const result = (lastSyncTime: number): ResultSet => ({
    ref: { queryId: `iterable-${randomUUID()}`, columnsHash: columnsHash(columns) },
    columns,
    rowCount: undefined,
    read: (readOptions: ReadOptions = {}) => {
      if ((readOptions.from ?? 0) !== 0 || readOptions.to !== undefined) {
        throw new ConfigError('CONFIG_INVALID', 'fromAsyncIterable: a range of rows cannot be read.', {
          hint: 'Read without from and to; ranges need a Snowflake source.',
        });
      }
      return readBatches(rows, lastSyncTime, names, batchRows, closed.signal, readOptions.signal);
    },
  });

  return {
    name,
    execute: async ({ sql }, executeOptions = {}) => {
      if (sql !== '') {
        throw new ConfigError('CONFIG_INVALID', 'fromAsyncIterable: these rows are not asked for with SQL.', {
          hint: 'Leave `query` out: the function is given `lastSyncTime` itself.',
        });
      }
      executeOptions.signal?.throwIfAborted();
      closed.signal.throwIfAborted();
      return result(executeOptions.lastSyncTime ?? 0);
    },
    reopen: async (ref) => {
      throw new ResultExpiredError(`The rows of ${ref.queryId} came from an iterable and cannot be opened again.`, {
        details: { kept: false },
      });
    },
    now: async ({ signal } = {}) => {
      signal?.throwIfAborted();
      closed.signal.throwIfAborted();
      if (now === undefined) return new Date();
      return checkedTime(await orAborted(orAborted(Promise.resolve(now({ signal })), signal), closed.signal));
    },
    close: async () => {
      closed.abort(
        new SourceError('SOURCE_CLOSED', 'The source is closed.', { retryable: false, hint: 'Make a new source.' }),
      );
    },
  };
}

/** From a host in plain JavaScript, or of another realm. */
function checkedTime(time: unknown): Date {
  const date = Object.prototype.toString.call(time) === '[object Date]' ? new Date(Number(time)) : undefined;
  if (date !== undefined && date.getTime() >= 0) return date;
  throw new ConfigError('CONFIG_INVALID', 'fromAsyncIterable: `now` gave no valid Date.', {
    hint: 'Return a Date, or a promise of one: now: async () => new Date(await serverTime()).',
  });
}

async function* readBatches(
  rows: (context: IterableContext) => AsyncIterable<Row>,
  lastSyncTime: number,
  names: readonly string[],
  batchRows: number,
  closed: AbortSignal,
  wanted: AbortSignal | undefined,
): AsyncGenerator<RowBatch, void, undefined> {
  const left = new AbortController();
  const signal = AbortSignal.any(wanted === undefined ? [closed, left.signal] : [wanted, closed, left.signal]);
  signal.throwIfAborted();
  const iterator = rows({ lastSyncTime, signal })[Symbol.asyncIterator]();
  let finished = false;
  let firstRow = 0;
  let batch: unknown[][] = [];
  try {
    for (;;) {
      const next = await orAborted(iterator.next(), signal);
      if (next.done === true) {
        finished = true;
        break;
      }
      const row = next.value;
      batch.push(names.map((name) => (Object.hasOwn(row, name) ? (row[name] ?? null) : null)));
      if (batch.length < batchRows) continue;
      yield { firstRow, rows: batch };
      firstRow += batch.length;
      batch = [];
    }
    if (batch.length > 0) yield { firstRow, rows: batch };
  } finally {
    if (!finished) {
      left.abort();
      // A generator that is waiting answers return() only when its wait ends, so it is not waited for.
      iterator.return?.().catch(() => undefined);
    }
  }
}

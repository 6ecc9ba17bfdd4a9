import { Readable } from 'node:stream';
import { ReadableStream } from 'node:stream/web';
import * as z from 'zod';
import { checkOptions } from '../options/check-options.js';
import { anAbortSignal } from '../options/option-checks.js';
import { defineMapper, type DecodedRow } from '../mapping/calls/define-mapper.js';
import type { Source, Statement } from '../source/source.js';
import type { SyncQuery } from './options/sync-options.js';

/** Options of {@link toReadable} and {@link toReadableStream}. */
export interface ToReadableOptions {
  /** The query's `{{last_sync_time}}`, Unix seconds. @default 0 */
  readonly lastSyncTime?: number | undefined;
  /** Ends the reading; the stream fails with its reason. */
  readonly signal?: AbortSignal | undefined;
}

const shape = { lastSyncTime: z.number().nonnegative().optional(), signal: anAbortSignal.optional() };

/**
 * The rows of a query as a Node stream of plain objects (column name to value, see docs/mapping.md), for other ETL
 * frameworks. Rows are read as they are taken. Nothing is stored: state and delivery are the reader's business.
 *
 * The stream fails with the source's errors, and with a `MappingError` for a row that cannot be decoded.
 */
export function toReadable(source: Source, query: SyncQuery | Statement, options: ToReadableOptions = {}): Readable {
  checkOptions('toReadable', shape, options);
  return Readable.from(rowsOf(source, query, options), { objectMode: true, highWaterMark: 1 });
}

/** {@link toReadable} as a web stream. */
export function toReadableStream(
  source: Source,
  query: SyncQuery | Statement,
  options: ToReadableOptions = {},
): ReadableStream<DecodedRow> {
  checkOptions('toReadableStream', shape, options);
  const cancelled = new AbortController();
  const signals = options.signal === undefined ? [cancelled.signal] : [options.signal, cancelled.signal];
  const rows = rowsOf(source, query, { ...options, signal: AbortSignal.any(signals) });
  return new ReadableStream<DecodedRow>(
    {
      pull: async (controller) => {
        const next = await rows.next();
        if (next.done === true) controller.close();
        else controller.enqueue(next.value);
      },
      cancel: async (reason) => {
        cancelled.abort(reason);
        await rows.return();
      },
    },
    { highWaterMark: 0 },
  );
}

async function* rowsOf(
  source: Source,
  query: SyncQuery | Statement,
  { lastSyncTime = 0, signal }: ToReadableOptions,
): AsyncGenerator<DecodedRow, void, undefined> {
  signal?.throwIfAborted();
  const statement =
    'render' in query ? query.render({ lastSyncTime, syncTime: await secondsNow(source, signal) }) : query;
  const result = await source.execute(statement, { lastSyncTime, signal });
  const decode = defineMapper((row: DecodedRow) => row, { checkMessages: false }).bind(result.columns);
  for await (const { firstRow, rows } of result.read({ signal })) {
    for (const [index, values] of rows.entries()) yield decode(values, { row: firstRow + index }) as DecodedRow;
  }
}

async function secondsNow(source: Source, signal: AbortSignal | undefined): Promise<number> {
  return Math.floor((await source.now({ signal })).getTime() / 1000);
}

import { randomUUID } from 'node:crypto';
import * as z from 'zod';
import { checkOptions } from '../../options/check-options.js';
import { batchLimits } from '../../delivery/read/batch-limits.js';
import { ItemMaker } from '../../delivery/read/item-maker.js';
import { messageOf } from '../../delivery/read/item.js';
import { createDecoder, DEFAULT_DECODE } from '../../mapping/values/decoder.js';
import type { JsonValue } from '../../mapping/message.js';
import { valueWarning } from '../../mapping/values/value-warning.js';
import type { Column, ResultSet } from '../../source/source.js';
import { checkKey } from '../../diff/key/check-key.js';
import { changesWarnings } from '../changes/changes-warnings.js';
import { dryShape, dryWindow, type DryWindow } from './dry-window.js';
import { readRows } from '../../source/call-source.js';
import { expectedRequests } from './expected-requests.js';
import { idColumns } from './id-columns.js';
import {
  NO_DEAD_LETTER,
  type PreviewOptions,
  type PreviewRow,
  type PreviewRejection,
  type PreviewWarning,
  type SyncPreview,
} from './preview-report.js';
import { previewText } from './preview-text.js';
import { booleanWarnings, filterWarnings, idWarnings, strictWarnings } from './query-warnings.js';
import type { SyncContext } from '../options/sync-context.js';
import { timeWarnings } from './time-warnings.js';
import { windowCounts } from './window-counts.js';
import { wrapStatement } from '../../query/wrap-statement.js';

const shape = { ...dryShape, limit: z.int().min(1).max(1000).default(10) };

const isMixed = ({ code }: { readonly code: string }): boolean => code === 'MIXED_NUMBERS';

async function limited({ statement, execute }: DryWindow, limit: number): Promise<ResultSet> {
  const whole = statement ?? { sql: '', binds: [] };
  // What cannot be wrapped is run as it is; only the first rows of it are read.
  return execute('The query', wrapStatement('SELECT *', whole, `LIMIT ${limit}`) ?? whole);
}

async function firstRows(result: ResultSet, limit: number, signal: AbortSignal | undefined) {
  const rows: (readonly unknown[])[] = [];
  for await (const batch of readRows(result, signal)) {
    rows.push(...batch.rows.slice(0, limit - rows.length));
    if (rows.length >= limit) break;
  }
  return rows;
}

/** Decodes single values for show; one that does not fit its column is shown as it came. */
function valueReader(columns: readonly Column[]): (values: readonly unknown[]) => JsonValue[] {
  const decoders = columns.map((column) => createDecoder(column, DEFAULT_DECODE));
  return (values) =>
    decoders.map((decode, position) => {
      const value = values[position];
      if (value === null || value === undefined) return null;
      try {
        return decode(value, { row: 0 });
      } catch {
        return typeof value === 'string' ? value : null;
      }
    });
}

/** @throws ConfigError, MappingError `MAPPING_COLUMNS`, SourceError, StateError, or the signal's reason */
export async function previewSync<M>(context: SyncContext<M>, options: PreviewOptions): Promise<SyncPreview<M>> {
  const { name, mapper, sink, query, rateLimit, lookbackSeconds, deadLetter, changes } = context.settings;
  const { limit, ...dry } = checkOptions(`Sync "${name}".preview()`, shape, options);
  const window = await dryWindow(context, 'preview', dry);
  const result = await limited(window, limit);
  const { columns } = result;
  // As a run does, before anything is shown.
  const key = changes && checkKey(columns, changes.key);
  const explained = mapper.explain?.(columns) ?? [];
  const limits = batchLimits(sink.limits, rateLimit?.maxMessagesPerSecond);
  const changed = new Map<string, PreviewWarning>();
  const warn = (code: string, column: string): void => {
    changed.set(`${code} ${column}`, { code, column, ...valueWarning(code, column) });
  };
  const maker = new ItemMaker({ mapper, sink, columns, limits, runId: randomUUID(), sync: name, warn });
  const read = await firstRows(result, limit, dry.signal);
  const toValues = valueReader(columns);
  const rows: PreviewRow<M>[] = [];
  const rejections: PreviewRejection[] = [];
  let messages = 0;
  let bytes = 0;
  for (const [row, values] of read.entries()) {
    maker.make(row, values);
    for (const item of maker.items) {
      messages += 1;
      bytes += item.bytes > 0 ? item.bytes : Buffer.byteLength(JSON.stringify(messageOf(item)));
    }
    rows.push({ row, values: toValues(values), messages: maker.items.map(messageOf) });
    rejections.push(...maker.rejections.map(({ code, reason, detail, hint }) => ({ row, code, reason, detail, hint })));
  }
  const ids = idColumns(mapper.callType, explained);
  const mixed = columns.filter(({ name: column }) =>
    explained.some((each) => each.column === column && each.warnings.some(isMixed)),
  );
  const counts = await windowCounts(window, ids, mixed);
  const time =
    query?.usesLastSyncTime === true ? await timeWarnings(query.text, window) : { warnings: [], notChecked: [] };
  const warnings: PreviewWarning[] = [
    ...(changes !== undefined && query?.usesLastSyncTime !== true ? [] : filterWarnings(query, lookbackSeconds)),
    ...strictWarnings(query),
    ...time.warnings,
    ...(counts === undefined ? [] : idWarnings(counts, ids, { bound: mapper.bind(columns), columns, row: read[0] })),
    ...booleanWarnings(columns, read),
    ...explained.flatMap(({ column, warnings: found }) =>
      found
        // Its type alone says little: every INT is a NUMBER of 38 digits.
        .filter((warning) => !isMixed(warning) || counts?.beyondDouble.includes(column) === true)
        .map((warning) => ({ column, ...warning })),
    ),
    ...changed.values(),
  ];
  if (changes !== undefined && key !== undefined) {
    const { signal, statement } = window;
    const sql = statement?.sql ?? '';
    warnings.push(...(await changesWarnings({ changes, key, mapper, explained, columns, rows: read, sql, signal })));
  }
  const isRejecting = rejections.length > 0 || warnings.some(({ code }) => code === 'NULL_ID');
  if (isRejecting && deadLetter === undefined) warnings.push(NO_DEAD_LETTER);
  const notChecked = [...time.notChecked];
  if (counts === undefined && mixed.length > 0) {
    const names = mixed.map(({ name: column }) => column).join(', ');
    notChecked.push(`Whether numbers of ${names} are too long for a double, and so would be sent as text.`);
  }
  if (counts === undefined) notChecked.push('How many rows the query returns: its rows cannot be counted beforehand.');
  const perRow = read.length === 0 ? 0 : messages / read.length;
  const average = messages === 0 ? 0 : bytes / messages;
  const expected = counts === undefined ? undefined : Math.round(counts.rows * perRow);
  const preview = {
    sync: name,
    lastSyncTime: window.lastSyncTime,
    windowStart: window.windowStart,
    queryId: result.ref.queryId,
    columns: columns.map((column) => ({
      ...column,
      becomes: explained.find((each) => each.column === column.name)?.becomes,
    })),
    rows,
    rejections,
    rowErrors: rejections,
    warnings,
    notChecked,
    estimate: {
      rows: counts?.rows,
      messages: expected,
      bytes: expected === undefined ? undefined : Math.round(expected * average),
      batches: expected === undefined ? undefined : expectedRequests(expected, average, limits),
    },
  };
  return { ...preview, toString: () => previewText(preview) };
}

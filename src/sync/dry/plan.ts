import { randomUUID } from 'node:crypto';
import * as z from 'zod';
import { checkOptions } from '../../options/check-options.js';
import { batchesInFlight, batchLimits } from '../../delivery/read/batch-limits.js';
import { ItemMaker } from '../../delivery/read/item-maker.js';
import { messageOf } from '../../delivery/read/item.js';
import { Warnings } from '../../delivery/report/warnings.js';
import { readRows } from '../../source/call-source.js';
import { dryShape, dryWindow, type DryOptions } from './dry-window.js';
import { RequestCounter } from './expected-requests.js';
import { NO_DEAD_LETTER, type PreviewRejection } from './preview-report.js';
import { PlanCounts } from './plan-counts.js';
import { planText, type SyncPlan } from './plan-report.js';
import type { SyncContext } from '../options/sync-context.js';
import { valueWarning } from '../../mapping/values/value-warning.js';

/** Options of `Sync.plan`. */
export interface PlanOptions extends DryOptions {
  /** How long the destination is assumed to take for one request, milliseconds. @default 250 */
  readonly requestMs?: number | undefined;
}

const shape = { ...dryShape, requestMs: z.number().positive().default(250) };

const LISTED = 20;
/** Rows that are mapped before timers and signals of the process get their turn. */
const YIELD_ROWS = 5000;

/** @throws ConfigError, MappingError `MAPPING_COLUMNS`, SourceError, StateError, or the signal's reason */
export async function planSync<M>(context: SyncContext<M>, options: PlanOptions): Promise<SyncPlan> {
  const { name, mapper, sink, rateLimit, deadLetter } = context.settings;
  const concurrency = batchesInFlight(sink.limits, context.settings.concurrency);
  const { requestMs, ...dry } = checkOptions(`Sync "${name}".plan()`, shape, options);
  const { signal } = dry;
  const startedAt = performance.now();
  const window = await dryWindow(context, 'plan', dry);
  const result = await window.execute('The query', window.statement ?? { sql: '', binds: [] });
  const queryMs = performance.now() - startedAt;
  const warnings = new Warnings(() => undefined);
  const limits = batchLimits(sink.limits, rateLimit?.maxMessagesPerSecond);
  const maker = new ItemMaker({
    mapper,
    sink,
    columns: result.columns,
    limits,
    runId: randomUUID(),
    sync: name,
    warn: (code, column) => {
      warnings.add(code, valueWarning(code, column).message, column);
    },
  });
  const counts = new PlanCounts();
  const requests = new RequestCounter(limits);
  const rejections: PreviewRejection[] = [];
  const totals = { rowsRead: 0, rowsSkipped: 0, rowsRejected: 0, messages: 0, bytes: 0 };
  const count = (row: number, values: readonly unknown[]): void => {
    maker.make(row, values);
    totals.rowsRead += 1;
    const { items, rejections: rejected } = maker;
    if (items.length === 0 && rejected.length === 0) totals.rowsSkipped += 1;
    if (rejected.length > 0) totals.rowsRejected += 1;
    for (const { code, reason, hint } of rejected) {
      if (rejections.length < LISTED) rejections.push({ row, code, reason, hint });
    }
    for (const item of items) {
      const message = messageOf(item);
      const size = item.bytes > 0 ? item.bytes : Buffer.byteLength(JSON.stringify(message));
      totals.messages += 1;
      totals.bytes += size;
      requests.add(size);
      counts.add(message);
    }
  };
  for await (const { firstRow, rows } of readRows(result, signal)) {
    for (const [index, values] of rows.entries()) {
      count(firstRow + index, values);
      if (totals.rowsRead % YIELD_ROWS === 0) await new Promise((resolve) => setImmediate(resolve));
    }
    signal?.throwIfAborted();
  }
  if (totals.rowsRejected > 0 && deadLetter === undefined) warnings.add(NO_DEAD_LETTER.code, NO_DEAD_LETTER.message);
  const readMs = performance.now() - startedAt - queryMs;
  const { maxRequestsPerSecond = Infinity, maxMessagesPerSecond = Infinity } = rateLimit ?? {};
  const sendSeconds = Math.max(
    (requests.requests * requestMs) / 1000 / concurrency,
    requests.requests / maxRequestsPerSecond,
    totals.messages / maxMessagesPerSecond,
  );
  const limit = Number.isFinite(Math.min(maxRequestsPerSecond, maxMessagesPerSecond)) ? ' within the rate limit,' : '';
  const plan = {
    sync: name,
    lastSyncTime: window.lastSyncTime,
    windowStart: window.windowStart,
    queryId: result.ref.queryId,
    ...totals,
    rejections,
    calls: counts.calls,
    deletes: counts.deletes,
    suppressions: counts.suppressions,
    aliases: counts.aliases,
    timestamps: counts.timestamps,
    requests: requests.requests,
    durationSeconds: queryMs / 1000 + Math.max(readMs / 1000, sendSeconds),
    assumption: `Full batches, ${Math.round(requestMs)} ms per request,${limit} ${concurrency} requests at once, no retries; query and reading as long as in this plan.`,
    warnings: warnings.list(),
  };
  return { ...plan, toString: () => planText(plan) };
}

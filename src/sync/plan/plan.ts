import { randomUUID } from 'node:crypto';
import * as z from 'zod';
import { checkOptions } from '../../options/check-options.js';
import { batchesInFlight, batchLimits } from '../../delivery/read/batch-limits.js';
import { ItemMaker } from '../../delivery/read/item-maker.js';
import { Warnings } from '../../delivery/report/warnings.js';
import { mirrorLimited } from '../../query/part-of-rows.js';
import { readRows } from '../../source/call-source.js';
import type { ResultSet } from '../../source/source.js';
import type { RunCounts } from '../../state/sync-state.js';
import { emptyState } from '../../state/transitions.js';
import { backfillsLeft } from '../changes/backfills-left.js';
import { makeToken } from '../apply/make-token.js';
import { sourceUser } from '../apply/source-user.js';
import { dryShape, dryWindow, type DryOptions } from '../dry/dry-window.js';
import { NO_DEAD_LETTER } from '../dry/preview-report.js';
import { largestDifference } from './largest-difference.js';
import { planChanges } from './plan-changes.js';
import { PlanTally } from './plan-tally.js';
import type { PlannedChanges, SyncPlan } from './plan-report.js';
import { planText } from './plan-text.js';
import type { SyncContext } from '../options/sync-context.js';
import { valueWarning } from '../../mapping/values/value-warning.js';

/** Options of `Sync.plan`. */
export interface PlanOptions extends DryOptions {
  /** How long the destination is assumed to take for one request, milliseconds. @default 250 */
  readonly requestMs?: number | undefined;
}

const shape = { ...dryShape, requestMs: z.number().positive().default(250) };

/** Rows that are mapped before timers and signals of the process get their turn. */
const YIELD_ROWS = 5000;

/** @throws ConfigError, MappingError `MAPPING_COLUMNS`, SourceError, StateError, or the signal's reason */
export async function planSync<M>(context: SyncContext<M>, options: PlanOptions): Promise<SyncPlan> {
  const { name, mapper, sink, rateLimit, deadLetter, changes } = context.settings;
  const concurrency = batchesInFlight(sink.limits, context.settings.concurrency);
  const { requestMs, ...dry } = checkOptions(`Sync "${name}".plan()`, shape, options);
  const { signal } = dry;
  signal?.throwIfAborted();
  const startedAt = performance.now();
  const state = (await context.record.read(signal))?.value ?? emptyState();
  const lastSyncTime = dry.lastSyncTime ?? state.lastSyncTime;
  const window = await dryWindow(context, 'plan', { ...dry, lastSyncTime });
  const user = await sourceUser(context.settings.source, window.options);
  const runId = randomUUID();
  const warnings = new Warnings(() => undefined);
  const limits = batchLimits(sink.limits, rateLimit?.maxMessagesPerSecond);
  const maker = {
    sink,
    limits,
    runId,
    sync: name,
    warn: (code: string, column: string) => {
      warnings.add(code, valueWarning(code, column).message, column);
    },
  };
  const compared = changes && (await planChanges(context, changes, { ...window, state }, { maker, limits }));
  const result = compared?.result ?? (await window.execute('The query', window.statement ?? { sql: '', binds: [] }));
  const queryMs = performance.now() - startedAt;
  const tally = new PlanTally(limits);
  const pause = async (): Promise<void> => {
    if (tally.rowsRead % YIELD_ROWS === 0) await new Promise((resolve) => setImmediate(resolve));
  };
  const found = await compared?.count(tally, pause);
  if (compared === undefined) {
    await addRows(result, new ItemMaker({ ...maker, mapper, columns: result.columns }), { tally, pause, signal });
  }
  const part = changes?.mode === 'mirror' ? mirrorLimited(window.statement?.sql ?? '') : undefined;
  if (part !== undefined) warnings.add(part.code, `${part.message} ${part.fix}`);
  if (tally.rowsRejected > 0 && deadLetter === undefined) warnings.add(NO_DEAD_LETTER.code, NO_DEAD_LETTER.message);
  const readMs = performance.now() - startedAt - queryMs;
  const { maxRequestsPerSecond = Infinity, maxMessagesPerSecond = Infinity } = rateLimit ?? {};
  const sendSeconds = Math.max(
    (tally.requests * requestMs) / 1000 / concurrency,
    tally.requests / maxRequestsPerSecond,
    tally.messages / maxMessagesPerSecond,
  );
  const limit = Number.isFinite(Math.min(maxRequestsPerSecond, maxMessagesPerSecond)) ? ' within the rate limit,' : '';
  const { counts } = tally;
  const { windowStart } = window;
  const made = {
    runId,
    result,
    startedAt: Math.floor(window.now.getTime() / 1000),
    lastSyncTime,
    windowStart,
    state,
    user,
    isBackfillLeft: changes !== undefined && (await backfillsLeft(context, state, signal)).length > 0,
    removals: found?.allowed,
  };
  const plan: SyncPlan = {
    sync: name,
    lastSyncTime,
    windowStart,
    queryId: result.ref.queryId,
    rowsRead: tally.rowsRead,
    rowsSkipped: tally.rowsSkipped,
    rowsRejected: tally.rowsRejected,
    changes: found?.changes,
    messages: tally.messages,
    bytes: tally.bytes,
    rejections: tally.rejections,
    calls: counts.calls,
    deletes: counts.deletes,
    suppressions: counts.suppressions,
    aliases: counts.aliases,
    timestamps: counts.timestamps,
    requests: tally.requests,
    durationSeconds: queryMs / 1000 + Math.max(readMs / 1000, sendSeconds),
    assumption: `Full batches, ${Math.round(requestMs)} ms per request,${limit} ${concurrency} requests at once, no retries; query and reading as long as in this plan.`,
    warnings: warnings.list(),
    largestDifference: largestDifference(numbersOf(tally, found?.changes), state.history),
    ...makeToken(context, made),
    toString: () => planText(plan),
  };
  return plan;
}

function numbersOf(tally: PlanTally, changes: PlannedChanges | undefined): Partial<RunCounts> {
  const { rowsRead, rowsRejected, rowsSkipped, messages } = tally;
  const rows = { read: rowsRead, rejected: rowsRejected, skipped: rowsSkipped, messages };
  if (changes === undefined) return rows;
  const { added, changed, removed, held } = changes;
  return { ...rows, added, changed, removed, held };
}

async function addRows<M>(
  result: ResultSet,
  maker: ItemMaker<M>,
  { tally, pause, signal }: { tally: PlanTally; pause: () => Promise<void>; signal: AbortSignal | undefined },
): Promise<void> {
  for await (const { firstRow, rows } of readRows(result, signal)) {
    for (const [index, values] of rows.entries()) {
      maker.make(firstRow + index, values);
      tally.addMade(firstRow + index, maker);
      await pause();
    }
    signal?.throwIfAborted();
  }
}

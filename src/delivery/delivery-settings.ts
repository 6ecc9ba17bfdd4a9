import { randomUUID } from 'node:crypto';
import * as z from 'zod';
import { checkOptions } from '../options/check-options.js';
import { ConfigError } from '../errors/errors.js';
import type { RowMapper } from '../mapping/row-mapper.js';
import { aFunction, anAbortSignal, withMethod } from '../options/option-checks.js';
import type { Sink } from '../sink/sink.js';
import type { Column, ResultSet, RowBatch } from '../source/source.js';
import type { RunCounts } from '../state/sync-state.js';
import { batchesInFlight } from './read/batch-limits.js';
import type { DeliverOptions } from './deliver-options.js';
import { RUN_ID } from './read/message-id.js';

const count = z.int().nonnegative();
const milliseconds = z.number().nonnegative();

const limits = z
  .object({
    maxMessages: z.int().positive().optional(),
    maxBatchBytes: z.number().positive().optional(),
    maxMessageBytes: z.number().positive().optional(),
    batchOverheadBytes: count.optional(),
    concurrency: z.int().min(1).max(1000).optional(),
  })
  .optional();
// Checked in place, not copied: a sink may be an instance of any class.
const aSink = withMethod<Sink<never>>('write', 'expected a Sink').superRefine((sink, context) => {
  const { name, limits: given } = sink as Partial<Record<keyof Sink, unknown>>;
  if (typeof name !== 'string') context.addIssue({ code: 'custom', path: ['name'], message: 'expected a string' });
  for (const issue of limits.safeParse(given).error?.issues ?? []) {
    context.addIssue({ code: 'custom', path: ['limits', ...issue.path], message: issue.message });
  }
});

/** The options of a delivery that a sync passes on. */
export const deliveryShape = {
  mapper: withMethod<RowMapper<never>>('bind', 'expected a RowMapper: identify(), track(), … or defineMapper()'),
  sink: aSink,
  deadLetter: aSink.optional(),
  deliveryLog: aSink.optional(),
  maxRejected: count.optional(),
  concurrency: z.int().min(1).max(1000).optional(),
  maxInFlightRows: z.int().min(1).max(10_000_000).default(50_000),
  // Timers of Node take 32 bits.
  writeTimeoutMs: z.number().positive().max(2_147_483_647).default(300_000),
  retry: z
    .strictObject({
      attempts: z.int().min(1).default(10),
      minDelayMs: milliseconds.default(500),
      maxDelayMs: milliseconds.default(30_000),
      factor: z.number().min(1).default(2),
      budgetMs: milliseconds.default(600_000),
    })
    .prefault({}),
  rateLimit: z
    .strictObject({
      maxMessagesPerSecond: z.number().positive().optional(),
      maxRequestsPerSecond: z.number().positive().optional(),
    })
    .prefault({}),
};

const shape = {
  ...deliveryShape,
  rows: z.custom(
    (value) => typeof value === 'object' && value !== null && ('read' in value || Symbol.asyncIterator in value),
    'expected a ResultSet or an AsyncIterable<RowBatch>',
  ),
  columns: z.custom<readonly Column[]>(Array.isArray, 'expected an array of columns').optional(),
  from: count.optional(),
  to: count.optional(),
  sync: z.string().default('deliver'),
  runId: z.string().regex(RUN_ID, 'expected 1 to 40 characters of [A-Za-z0-9._-]').optional(),
  queryId: z.string().optional(),
  fencingToken: z.number().optional(),
  counts: z.custom<RunCounts>((value) => typeof value === 'object', 'expected the counts of a report').optional(),
  signal: anAbortSignal.optional(),
  onSettled: aFunction().optional(),
  onEvent: aFunction().optional(),
  fence: aFunction().optional(),
  beforeWrite: aFunction().optional(),
};

type Checked = z.infer<z.ZodObject<typeof shape>>;

/** Options of a delivery, checked and with every default filled in. */
export interface DeliverySettings extends Pick<
  Checked,
  'from' | 'to' | 'maxRejected' | 'maxInFlightRows' | 'writeTimeoutMs' | 'retry' | 'rateLimit' | 'sync'
> {
  readonly concurrency: number;
  readonly columns: readonly Column[];
  readonly runId: string;
  readonly queryId: string | undefined;
  /** Rows of this delivery, where known. */
  readonly expectedRows: number | undefined;
  /** The same with those of earlier parts of the run. */
  readonly totalRows: number | undefined;
}

/** Whether rows are a result set, which can be read by range, and not a plain iterable. */
export function isResultSet(rows: ResultSet | AsyncIterable<RowBatch>): rows is ResultSet {
  return 'read' in rows;
}

/** @throws ConfigError `CONFIG_INVALID` that names the option */
export function deliverySettings<M>(options: DeliverOptions<M>): DeliverySettings {
  const settings = checkOptions('deliver', shape, options);
  const { rows, from, to } = options;
  if (options.maxRejected !== undefined && options.deadLetter === undefined) {
    throw invalid('maxRejected', 'needs a deadLetter: without one the first rejected row fails the run');
  }
  if (from !== undefined && to !== undefined && to < from) throw invalid('to', `is below from (${from})`);
  const result = isResultSet(rows) ? rows : undefined;
  const columns = result?.columns ?? options.columns;
  if (columns === undefined) throw invalid('columns', 'has to be given with a plain iterable of rows');
  const end = Math.min(to ?? Infinity, result?.rowCount ?? Infinity);
  const queryId = options.queryId ?? result?.ref.queryId;
  const fromQuery = queryId !== undefined && RUN_ID.test(queryId) ? queryId : randomUUID();
  const expectedRows = result?.rowCount === undefined ? undefined : Math.max(0, end - (from ?? 0));
  return {
    ...settings,
    concurrency: batchesInFlight(options.sink.limits, settings.concurrency),
    columns,
    queryId,
    runId: settings.runId ?? fromQuery,
    expectedRows,
    totalRows: expectedRows === undefined ? undefined : expectedRows + (options.counts?.read ?? 0),
  };
}

function invalid(option: string, what: string): ConfigError {
  return new ConfigError('CONFIG_INVALID', `deliver: \`${option}\` ${what}.`, {
    hint: `Correct \`${option}\` in the call of deliver().`,
  });
}

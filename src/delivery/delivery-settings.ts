import { randomUUID } from 'node:crypto';
import * as z from 'zod';
import { ConfigError } from '../errors.js';
import type { Column, ResultSet, RowBatch } from '../source/source.js';
import { batchesInFlight } from './batch-limits.js';
import type { DeliverOptions } from './deliver-options.js';
import { RUN_ID } from './message-id.js';

const withMethod = (name: string, text: string): z.ZodType =>
  z.custom(
    (value) => typeof value === 'object' && value !== null && typeof Reflect.get(value, name) === 'function',
    text,
  );
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
const aSink = withMethod('write', 'has to be a Sink').superRefine((sink, context) => {
  const { name, limits: given } = sink as { readonly name?: unknown; readonly limits?: unknown };
  if (typeof name !== 'string') context.addIssue({ code: 'custom', path: ['name'], message: 'has to be a string' });
  for (const issue of limits.safeParse(given).error?.issues ?? []) {
    context.addIssue({ code: 'custom', path: ['limits', ...issue.path], message: issue.message });
  }
});

const schema = z.object({
  rows: z.custom(
    (value) => typeof value === 'object' && value !== null && ('read' in value || Symbol.asyncIterator in value),
    'has to be a ResultSet or an AsyncIterable<RowBatch>',
  ),
  mapper: withMethod('bind', 'has to be a RowMapper: identify(), track(), … or defineMapper()'),
  sink: aSink,
  deadLetter: aSink.optional(),
  maxRejected: count.optional(),
  from: count.optional(),
  to: count.optional(),
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
  sync: z.string().default('deliver'),
  runId: z.string().regex(RUN_ID, 'has to be 1 to 40 characters of [A-Za-z0-9._-]').optional(),
});

/** Options of a delivery, checked and with every default filled in. */
export interface DeliverySettings extends Omit<z.infer<typeof schema>, 'rows' | 'mapper' | 'sink' | 'deadLetter'> {
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
  const parsed = schema.safeParse(options);
  if (!parsed.success) {
    const issue = parsed.error.issues[0];
    throw invalid(issue?.path.join('.') ?? 'options', issue?.message ?? 'is not valid');
  }
  const settings = parsed.data;
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

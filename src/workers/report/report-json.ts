import * as z from 'zod';
import type { DeliveryWarning, RowRejectedEvent } from '../../delivery/report/delivery-event.js';
import { SnowmeltError, type ErrorCode } from '../../errors/errors.js';
import type { RunReport } from '../../sync/journal/run-report.js';

const ms = z.number();

const reportJson = z.object({
  sync: z.string(),
  status: z.enum(['completed', 'skipped', 'failed', 'aborted']),
  skipReason: z.enum(['lease-held', 'disabled', 'already-settled']).optional(),
  error: z.object({ code: z.string(), message: z.string(), hint: z.string().optional() }).optional(),
  runId: z.string().optional(),
  queryId: z.string().optional(),
  rowsRead: z.number(),
  rowsDelivered: z.number(),
  rowsRejected: z.number(),
  rowsSkipped: z.number(),
  messages: z.number(),
  changes: z
    .object({
      added: z.number(),
      changed: z.number(),
      unchanged: z.number(),
      removed: z.number(),
      held: z.number(),
      removalsRejected: z.number().optional(),
    })
    .optional(),
  batches: z.number(),
  retries: z.number(),
  bytes: z.number(),
  resumedFromRow: z.number().optional(),
  lastSyncTime: z.object({ before: z.number(), after: z.number() }),
  startedAt: z.number(),
  durations: z.object({
    leaseMs: ms,
    queryMs: ms,
    deliveryMs: ms,
    sourceWaitMs: ms,
    commitMs: ms,
    totalMs: ms,
  }),
  warnings: z.array(z.custom<DeliveryWarning>()),
  rejections: z.array(z.custom<RowRejectedEvent>()),
});

/** A report as the queue keeps it. */
export type ReportJson = z.output<typeof reportJson>;

/** The report as plain JSON. */
export function reportToJson({ startedAt, error, ...report }: RunReport): ReportJson {
  const plain = error && { code: error.code, message: error.message, hint: error.hint };
  return reportJson.parse({ ...report, error: plain, startedAt: startedAt.getTime() });
}

/** The report of whoever made it; `undefined` when it is none. Its timeline stays in the workers. */
export function reportFromJson(value: unknown): RunReport | undefined {
  const json = reportJson.safeParse(value).data;
  if (json === undefined) return undefined;
  const { error, startedAt } = json;
  const own = error && new SnowmeltError(error.code as ErrorCode, error.message, { hint: error.hint });
  return {
    ...json,
    error: own,
    startedAt: new Date(startedAt),
    timeline: [],
    throwIfFailed: () => {
      if (own !== undefined) throw own;
    },
  };
}

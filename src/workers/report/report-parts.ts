import * as z from 'zod';
import type { DeliveryWarning, RowRejectedEvent } from '../../delivery/report/delivery-event.js';
import type { RunReport } from '../../sync/journal/run-report.js';

/** Rejections in a report. */
export const LISTED = 20;
const WARNINGS = 5;

const part = z.object({
  rows: z.number(),
  ms: z.number(),
  batches: z.number(),
  retries: z.number(),
  bytes: z.number(),
  sourceWaitMs: z.number(),
  warnings: z.array(z.custom<DeliveryWarning>()).default([]),
  rejections: z.array(z.custom<RowRejectedEvent>()).default([]),
});

/** What the job of a range adds to the report of its run. The queue keeps one for each range: it has to be small. */
export type PartOfReport = z.output<typeof part>;

/** Of a job that found nothing to do. */
export const NO_PART: PartOfReport = {
  rows: 0,
  ms: 0,
  batches: 0,
  retries: 0,
  bytes: 0,
  sourceWaitMs: 0,
  warnings: [],
  rejections: [],
};

/** The part of the range with this number: early ones list more of their rejections, because the report has the first. */
export function partOf(
  { rowsRead, batches, retries, bytes, durations, ...report }: RunReport,
  at: number,
): PartOfReport {
  return {
    rows: rowsRead,
    ms: durations.deliveryMs,
    batches,
    retries,
    bytes,
    sourceWaitMs: durations.sourceWaitMs,
    warnings: report.warnings.slice(0, WARNINGS),
    rejections: report.rejections.slice(0, Math.max(1, Math.floor(LISTED / (at + 1)))),
  };
}

/** The parts of all ranges together. */
export function sumOfParts(values: readonly unknown[]): PartOfReport {
  const parts = values.flatMap((value) => part.safeParse(value).data ?? []);
  const sum = (name: 'rows' | 'ms' | 'batches' | 'retries' | 'bytes' | 'sourceWaitMs'): number =>
    parts.reduce((total, each) => total + each[name], 0);
  const warnings = new Map<string, DeliveryWarning>();
  for (const warning of parts.flatMap((each) => each.warnings)) {
    const key = `${warning.code} ${warning.column ?? ''}`;
    warnings.set(key, { ...warning, count: (warnings.get(key)?.count ?? 0) + warning.count });
  }
  const rejections = parts.flatMap((each) => each.rejections).sort((a, b) => a.row - b.row);
  return {
    rows: sum('rows'),
    ms: sum('ms'),
    batches: sum('batches'),
    retries: sum('retries'),
    bytes: sum('bytes'),
    sourceWaitMs: sum('sourceWaitMs'),
    warnings: [...warnings.values()],
    rejections: rejections.slice(0, LISTED),
  };
}

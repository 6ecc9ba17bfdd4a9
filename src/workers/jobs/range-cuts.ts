import type { RunHandle } from '../../sync/ranges/run-handle.js';
import type { RowRange } from '../../state/sync-state.js';

/** Rows that are delivered first to learn how many a job takes. */
export const PROBE_ROWS = 5_000;
const JOB_MS = 60_000;
const LEAST_ROWS = 1_000;
const USUAL_ROWS = 5_000;
/** So many jobs at least, as long as each lasts some seconds: else one worker has all of a run that takes minutes. */
const LEAST_JOBS = 16;
/** The beginning and the end of a range take a part of a second each, in which little is on its way. */
const WORTH_MS = 15_000;

/** How the rows of a run are cut. */
export interface RangeCuts {
  /** First row of the range with the number 0. */
  readonly origin: number;
  readonly rowsPerJob: number;
  readonly rowCount: number;
}

/** A range and its number. */
export interface NumberedRange extends RowRange {
  readonly at: number;
}

/** The range with this number; `undefined` behind the last row. */
export function rangeAt({ origin, rowsPerJob, rowCount }: RangeCuts, at: number): NumberedRange | undefined {
  const from = origin + at * rowsPerJob;
  return from >= rowCount ? undefined : { at, from, to: Math.min(from + rowsPerJob, rowCount) };
}

/** The next ranges from the one on that has this row. */
export function rangesFrom(cuts: RangeCuts, row: number, most: number): readonly NumberedRange[] {
  const first = Math.max(0, Math.floor((row - cuts.origin) / cuts.rowsPerJob));
  return Array.from({ length: most }, (_, i) => rangeAt(cuts, first + i)).filter((range) => range !== undefined);
}

/** The first rows, by which the size of the other ranges is chosen. `undefined` where all rows are one job. */
export function probeRange({ firstRow, rowCount }: RunHandle): NumberedRange | undefined {
  return rowCount - firstRow <= PROBE_ROWS ? undefined : { at: 0, from: firstRow, to: firstRow + PROBE_ROWS };
}

/** So many rows that a job lasts about a minute, at the speed of the probe, or less where more jobs keep workers busy. */
export function rowsForAMinute(probe: { readonly rows: number; readonly ms: number }, left: number): number {
  const perMs = probe.rows === 0 ? USUAL_ROWS / JOB_MS : probe.rows / Math.max(1, probe.ms);
  const shared = Math.max(perMs * WORTH_MS, left / LEAST_JOBS);
  return Math.ceil(Math.max(LEAST_ROWS, Math.min(perMs * JOB_MS, shared)));
}

import * as z from 'zod';
import { ConfigError } from '../../errors/errors.js';
import type { ResultRef } from '../../source/source.js';
import type { RowRange } from '../../state/sync-state.js';

/** Of the handles that this release makes; a later one may put into them what this one does not know. */
export const HANDLE_VERSION = 1;

/** A begun run, as plain JSON for the jobs of a queue. */
export interface RunHandle {
  /** A worker of an older release refuses the handles of a newer one. */
  readonly version: number;
  readonly sync: string;
  readonly runId: string;
  /** Rises with every `begin()`: handles of an earlier one are refused. */
  readonly fencingToken: number;
  readonly ref: ResultRef;
  readonly rowCount: number;
  /** First row that is not settled; above 0 when an earlier run is resumed. */
  readonly firstRow: number;
}

const row = z.int().nonnegative();
const handleSchema = z.object({
  version: z.literal(HANDLE_VERSION).default(HANDLE_VERSION),
  sync: z.string(),
  runId: z.string(),
  fencingToken: row,
  ref: z.object({ queryId: z.string(), rowCount: row.optional(), columnsHash: z.string() }),
  rowCount: row,
  firstRow: row,
});
const rangeSchema = z.object({ from: row, to: row });

const newerSchema = z.object({ sync: z.string(), version: z.int().gt(HANDLE_VERSION) });

/**
 * @throws ConfigError `CONFIG_INVALID` when it is not a handle of this sync, `WORKER_DIFFERS` when it is of a newer
 * release
 */
export function checkHandle(sync: string, handle: unknown): RunHandle {
  const newer = newerSchema.safeParse(handle);
  if (newer.success) {
    throw new ConfigError(
      'WORKER_DIFFERS',
      `Sync "${sync}": the handle has version ${newer.data.version}, and this process knows those up to ${HANDLE_VERSION}.`,
      { hint: 'Install the newer snowmelt in all workers.' },
    );
  }
  const parsed = handleSchema.safeParse(handle);
  if (parsed.success && parsed.data.sync === sync) return parsed.data;
  const what = parsed.success ? `is of the sync "${parsed.data.sync}"` : 'is not what begin() returned';
  throw new ConfigError('CONFIG_INVALID', `Sync "${sync}": the handle ${what}.`, {
    hint: 'Pass the handle of begin(), as JSON where it goes through a queue.',
  });
}

/** @throws ConfigError `CONFIG_INVALID` when it is not a range of the run's rows */
export function checkRange(handle: RunHandle, range: unknown): RowRange {
  const parsed = rangeSchema.safeParse(range);
  if (parsed.success && parsed.data.from <= parsed.data.to && parsed.data.to <= handle.rowCount) return parsed.data;
  throw new ConfigError(
    'CONFIG_INVALID',
    `Sync "${handle.sync}": the range is not one of rows 0 to ${handle.rowCount}.`,
    {
      hint: 'Pass { from, to } with 0 <= from <= to <= handle.rowCount.',
    },
  );
}

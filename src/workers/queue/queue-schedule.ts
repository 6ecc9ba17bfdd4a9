import type { RepeatOptions } from 'bullmq';
import * as z from 'zod';
import { ConfigError } from '../../errors/errors.js';
import { checkOptions } from '../../options/check-options.js';
import { duration } from '../../options/duration.js';
import { aTimeZone } from '../../options/option-checks.js';

/** When the runs of a sync begin: either `every` or `cron`. */
export interface QueueSchedule {
  /** A duration of at least a minute (`'15m'`, `'1h'`). The first run begins at once. */
  readonly every?: string | undefined;
  /** A cron expression of five fields, at most every minute (`'0 6 * * *'`). */
  readonly cron?: string | undefined;
  /** IANA time zone of the cron expression. @default that of the worker */
  readonly timeZone?: string | undefined;
}

const LEAST_MS = 60_000;

const shape = {
  every: duration.refine((ms) => ms >= LEAST_MS, 'has to be at least a minute').optional(),
  // With seconds, a sixth one, runs would begin more often than once a minute.
  cron: z
    .string()
    .trim()
    .regex(/^\S+(?:\s+\S+){4}$/, 'expected a cron expression of five fields')
    .optional(),
  timeZone: aTimeZone.optional(),
};

/** Times as BullMQ takes them. @throws ConfigError `CONFIG_INVALID` */
export function repeatOf(times: QueueSchedule): Pick<RepeatOptions, 'every' | 'pattern' | 'tz'> {
  const { every, cron, timeZone } = checkOptions('SyncQueue.schedule()', shape, times);
  if ((every === undefined) === (cron === undefined) || (every !== undefined && timeZone !== undefined)) {
    throw new ConfigError(
      'CONFIG_INVALID',
      'SyncQueue.schedule(): give `every`, or `cron` and perhaps its `timeZone`.',
      {
        hint: "Write schedule('people', { every: '15m' }).",
      },
    );
  }
  if (every !== undefined) return { every };
  return { pattern: cron ?? '', ...(timeZone === undefined ? {} : { tz: timeZone }) };
}

import { ConfigError } from '../errors/errors.js';
import { peerFault } from '../options/peer-fault.js';

/** Gives the first tick after a moment (milliseconds since the epoch), or `undefined` when there is none. */
export type TickTimes = (after: number) => number | undefined;

/** The shortest interval: what the hosted product offers, and as often as a warehouse query makes sense. */
export const MIN_INTERVAL_MS = 60_000;

function tooOften(every: string): ConfigError {
  return new ConfigError('CONFIG_INVALID', `scheduleSync: \`every\` is shorter than a minute: ${every}.`, {
    hint: "Choose '1m' or longer.",
  });
}

/** From when on ticks count. */
export interface TickStart {
  /** What intervals are counted from. */
  readonly anchor: number;
  /** No tick before this moment. A clock that is set back behind a mere `anchor` must not stop the ticks. */
  readonly notBefore: number | undefined;
}

/**
 * Ticks counted from `anchor`, so that they do not drift with the length of the runs.
 *
 * @throws ConfigError `CONFIG_INVALID` below a minute
 */
export function intervalTicks(every: string, intervalMs: number, { anchor, notBefore }: TickStart): TickTimes {
  if (intervalMs < MIN_INTERVAL_MS) throw tooOften(every);
  return (after) =>
    notBefore !== undefined && after < notBefore
      ? notBefore
      : anchor + (Math.floor((after - anchor) / intervalMs) + 1) * intervalMs;
}

/**
 * Ticks of a cron expression in a time zone, by croner.
 *
 * @throws ConfigError `CONFIG_INVALID` for a malformed expression, one that never ticks or more often than every minute
 * @throws ConfigError `PEER_MISSING` without croner
 */
export async function cronTicks(
  every: string,
  timeZone: string | undefined,
  { anchor, notBefore = 0 }: TickStart,
): Promise<TickTimes> {
  const hint = "Write '15m' or a cron expression such as '0 * * * *'.";
  // Before the package is asked for: most of what is no duration is no cron expression either.
  if (!/^@\w+$|^\S+(?:\s+\S+){4,6}$/.test(every.trim())) {
    throw new ConfigError('CONFIG_INVALID', 'scheduleSync: `every` is neither a duration nor a cron expression.', {
      hint,
    });
  }
  const { Cron } = await loadCroner();
  let cron: InstanceType<typeof Cron>;
  let next: readonly Date[];
  try {
    cron = new Cron(every, { paused: true, ...(timeZone === undefined ? {} : { timezone: timeZone }) });
    next = cron.nextRuns(5, new Date(anchor));
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw new ConfigError(
      'CONFIG_INVALID',
      `scheduleSync: \`every\` is neither a duration nor a cron expression: ${reason}`,
      {
        hint,
      },
    );
  }
  if (next.length === 0) {
    throw new ConfigError('CONFIG_INVALID', `scheduleSync: \`every\` never comes: ${every}.`, {
      hint: 'Write a cron expression of a day that exists, such as `0 6 * * *`.',
    });
  }
  for (let index = 1; index < next.length; index++) {
    if (Number(next[index]) - Number(next[index - 1]) < MIN_INTERVAL_MS) throw tooOften(every);
  }
  return (after) => cron.nextRun(new Date(Math.max(after, notBefore - 1)))?.getTime();
}

async function loadCroner() {
  try {
    return await import('croner');
  } catch (error) {
    throw peerFault('scheduleSync', 'croner', error);
  }
}

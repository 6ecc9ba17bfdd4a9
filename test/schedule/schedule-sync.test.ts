import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { runSlots } from '../../src/schedule/run-slots.js';
import { scheduleSync, type SyncSchedule } from '../../src/schedule/schedule-sync.js';
import { type ScheduledReport } from '../../src/schedule/frequency-watch.js';

const MINUTE = 60_000;

/** A sync whose runs last as long as the test says, by the same clock as the schedule. */
function timedSync(durations: readonly number[], rowsRead = 1) {
  const starts: number[] = [];
  return {
    name: 'people',
    starts,
    run: async ({ signal }: { signal: AbortSignal }): Promise<ScheduledReport> => {
      starts.push(Date.now());
      const duration = durations[starts.length - 1] ?? 0;
      const aborted = await new Promise<boolean>((resolve) => {
        setTimeout(() => resolve(false), duration);
        signal.addEventListener('abort', () => resolve(true));
      });
      return { status: aborted ? 'aborted' : 'completed', rowsRead };
    },
  };
}

describe('scheduleSync', () => {
  const open: SyncSchedule<ScheduledReport>[] = [];
  const start = async (...args: Parameters<typeof scheduleSync<ScheduledReport>>) => {
    const schedule = await scheduleSync(...args);
    open.push(schedule);
    return schedule;
  };
  beforeEach(() => {
    vi.useFakeTimers({ now: Date.parse('2026-01-01T00:00:00Z') });
  });
  afterEach(async () => {
    for (const schedule of open.splice(0)) {
      const stopped = schedule.stop({ abort: true });
      await vi.advanceTimersByTimeAsync(1);
      await stopped;
    }
    vi.useRealTimers();
  });
  const minutesSince = (starts: readonly number[]) =>
    starts.map((moment) => (moment - Date.parse('2026-01-01T00:00:00Z')) / MINUTE);

  it('runs at each interval counted from startAt, without drift', async () => {
    const sync = timedSync([20_000, 20_000, 20_000]);
    await start(sync, { every: '15m', startAt: '2026-01-01T00:05:00Z' });
    await vi.advanceTimersByTimeAsync(40 * MINUTE);
    expect(minutesSince(sync.starts)).toEqual([5, 20, 35]);
  });

  it('runs at once when asked to', async () => {
    const sync = timedSync([]);
    await start(sync, { every: '1h', runImmediately: true });
    await vi.advanceTimersByTimeAsync(90 * MINUTE);
    expect(minutesSince(sync.starts)).toEqual([0, 60]);
  });

  it('skips and counts ticks while a run is going, and warns after three in a row', async () => {
    const sync = timedSync([4.5 * MINUTE]);
    const schedule = await start(sync, { every: '1m' });
    const warnings: string[] = [];
    schedule.on('warning', (warning) => warnings.push(warning.code));
    await vi.advanceTimersByTimeAsync(7 * MINUTE);
    expect(minutesSince(sync.starts)).toEqual([1, 6, 7]);
    expect(schedule.skips).toBe(4);
    expect(warnings).toEqual(['SKIPPED_IN_A_ROW']);
  });

  it('runs once, not many times, after the machine slept', async () => {
    const sync = timedSync([]);
    await start(sync, { every: '15m' });
    vi.setSystemTime(Date.now() + 605 * MINUTE);
    await vi.advanceTimersByTimeAsync(1 * MINUTE);
    expect(sync.starts).toHaveLength(1);
  });

  it.each(['15m', '*/15 * * * *'])('%s keeps to the clock when that is set forward or back', async (every) => {
    const sync = timedSync([]);
    await start(sync, { every });
    await vi.advanceTimersByTimeAsync(MINUTE);
    vi.setSystemTime(Date.parse('2026-01-01T08:00:00Z'));
    await vi.advanceTimersByTimeAsync(MINUTE);
    expect(sync.starts).toHaveLength(1);
    vi.setSystemTime(Date.parse('2025-12-31T20:00:00Z'));
    await vi.advanceTimersByTimeAsync(16 * MINUTE);
    expect(sync.starts).toHaveLength(2);
    expect(minutesSince(sync.starts)[1]).toBe(-225);
  });

  it('ticks once when its timer comes early', async () => {
    const sync = timedSync([10_000, 10_000]);
    const schedule = await start(sync, { every: '1m' });
    await vi.advanceTimersByTimeAsync(MINUTE - 2);
    // What a timer does that fires a millisecond before its time: the clock is behind it.
    vi.setSystemTime(Date.now() - 1);
    await vi.advanceTimersByTimeAsync(30_000);
    expect(sync.starts).toHaveLength(1);
    expect(schedule.skips).toBe(0);
  });

  it('follows a cron expression in its time zone', async () => {
    const sync = timedSync([]);
    const schedule = await start(sync, { every: '0 9 * * *', timeZone: 'Asia/Kathmandu' });
    expect(schedule.nextRun()?.toISOString()).toBe('2026-01-01T03:15:00.000Z');
    await vi.advanceTimersByTimeAsync(24 * 60 * MINUTE);
    expect(minutesSince(sync.starts)).toEqual([195]);
  });

  it('warns of a second run of over a million rows within 24 hours', async () => {
    const sync = timedSync([], 1_000_001);
    const schedule = await start(sync, { every: '10h' });
    const warnings: string[] = [];
    schedule.on('warning', (warning) => warnings.push(warning.code));
    await vi.advanceTimersByTimeAsync(11 * 60 * MINUTE);
    expect(warnings).toEqual([]);
    await vi.advanceTimersByTimeAsync(10 * 60 * MINUTE);
    expect(warnings).toEqual(['LARGE_RUNS_TOO_OFTEN']);
  });

  it('pauses and resumes, and starts only on resume when disabled', async () => {
    const sync = timedSync([]);
    const schedule = await start(sync, { every: '1m', enabled: false });
    expect(schedule.nextRun()).toBeUndefined();
    await vi.advanceTimersByTimeAsync(5 * MINUTE);
    expect(sync.starts).toHaveLength(0);
    schedule.resume();
    await vi.advanceTimersByTimeAsync(1 * MINUTE);
    schedule.pause();
    await vi.advanceTimersByTimeAsync(5 * MINUTE);
    expect(sync.starts).toHaveLength(1);
  });

  it('waits for the run in progress when stopped, or aborts it when told to', async () => {
    const sync = timedSync([10 * MINUTE, 10 * MINUTE]);
    const statuses: string[] = [];
    const schedule = await start(sync, { every: '1m' });
    schedule.on('run', (report) => statuses.push(report.status));
    await vi.advanceTimersByTimeAsync(1 * MINUTE);
    let ended = false;
    const stopped = schedule.stop().then(() => (ended = true));
    await vi.advanceTimersByTimeAsync(5 * MINUTE);
    expect(ended).toBe(false);
    await vi.advanceTimersByTimeAsync(5 * MINUTE);
    await stopped;
    expect(statuses).toEqual(['completed']);
    const second = await start(timedSync([10 * MINUTE]), { every: '1m' });
    second.on('run', (report) => statuses.push(report.status));
    await vi.advanceTimersByTimeAsync(1 * MINUTE);
    await second.stop({ abort: true });
    expect(statuses).toEqual(['completed', 'aborted']);
  });

  it.each([{ jitter: '10m' }, { slots: runSlots(1) }])('begins no run after stop: %j', async (options) => {
    const sync = timedSync([]);
    const errors: unknown[] = [];
    if (options.slots !== undefined) await options.slots.take(new AbortController().signal);
    const schedule = await start(sync, { every: '15m', ...options });
    schedule.on('error', (error) => errors.push(error));
    await vi.advanceTimersByTimeAsync(15 * MINUTE);
    await schedule.stop();
    await vi.advanceTimersByTimeAsync(15 * MINUTE);
    expect(sync.starts).toEqual([]);
    expect(errors).toEqual([]);
  });

  it('holds several syncs to a common number of runs at once', async () => {
    const slots = runSlots(1);
    const first = timedSync([30_000]);
    const second = timedSync([30_000]);
    await start(first, { every: '10m', slots });
    await start(second, { every: '10m', slots });
    await vi.advanceTimersByTimeAsync(10 * MINUTE);
    expect([first.starts.length, second.starts.length]).toEqual([1, 0]);
    await vi.advanceTimersByTimeAsync(MINUTE);
    expect(minutesSince(second.starts)).toEqual([10.5]);
  });

  it('goes on when a listener throws or rejects, and reports a run that throws', async () => {
    const errors: unknown[] = [];
    const sync = { name: 'people', run: () => Promise.reject(new Error('misuse')) };
    const schedule = await start(sync, { every: '1m' });
    schedule.on('error', (error) => errors.push(error));
    schedule.on('error', () => {
      throw new Error('a fault of the host');
    });
    // What a host's async listener is, whatever its declared type.
    const rejecting = (): unknown => Promise.reject(new Error('another one'));
    schedule.on('error', rejecting);
    await vi.advanceTimersByTimeAsync(3 * MINUTE);
    expect(errors).toHaveLength(3);
  });

  it('spreads runs by jitter', async () => {
    const sync = timedSync([]);
    await start(sync, { every: '10m', jitter: '60s' });
    await vi.advanceTimersByTimeAsync(10 * MINUTE - 1);
    expect(sync.starts).toHaveLength(0);
    await vi.advanceTimersByTimeAsync(61_000);
    const [minute = 0] = minutesSince(sync.starts);
    expect(minute).toBeGreaterThanOrEqual(10);
    expect(minute).toBeLessThan(11);
  });

  it.each([
    [{ every: '30s' }, 'shorter than a minute'],
    [{ every: '*/10 * * * * *' }, 'shorter than a minute'],
    [{ every: '0 0 31 2 *' }, 'never comes'],
    [{ every: 'often' }, 'neither a duration nor a cron expression'],
    [{ every: '1m', startAt: 'tomorrow' }, 'startAt'],
    [{ every: '1m', jitter: '5' }, 'jitter'],
  ])('refuses %j', async (options, text) => {
    await expect(scheduleSync(timedSync([]), options)).rejects.toMatchObject({
      code: 'CONFIG_INVALID',
      message: expect.stringContaining(text) as string,
    });
  });
});

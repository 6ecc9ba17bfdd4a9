import { expect, test } from 'vitest';
import { SinkError } from 'snowmelt';
import { isSinkError } from '../../src/delivery/write/as-sink-error.js';
import { retry, type RetryContext, type RetrySettings } from '../../src/delivery/write/retry.js';

const settings: RetrySettings = { attempts: 4, minDelayMs: 1, maxDelayMs: 8, factor: 2, budgetMs: 10_000 };

function context(
  more: Partial<Omit<RetryContext, 'settings'>> & { settings?: Partial<RetrySettings> } = {},
): RetryContext {
  return {
    stopping: new AbortController().signal,
    isRetryable: (error) => isSinkError(error) && error.retryable,
    ...more,
    settings: { ...settings, ...more.settings },
  };
}

const failing = (options: { retryable?: boolean; retryAfterMs?: number } = {}): SinkError =>
  new SinkError('SINK_FAILED', 'HTTP 503', { retryable: true, ...options });

test('waits longer after each failure, with jitter, never longer than the largest delay', async () => {
  const delays: number[] = [];
  const seen = context({ settings: { attempts: 6 }, onRetry: (_error, _attempt, delay) => delays.push(delay) });
  await expect(retry(() => Promise.reject(failing()), seen)).rejects.toMatchObject({ code: 'RETRIES_EXHAUSTED' });
  expect(delays).toHaveLength(5);
  [1, 2, 4, 8, 8].forEach((full, index) => {
    expect(delays[index]).toBeGreaterThanOrEqual(full / 2);
    expect(delays[index]).toBeLessThanOrEqual(full);
  });
});

test('Retry-After wins over the backoff in both directions', async () => {
  const waits = [10, 30];
  const delays: number[] = [];
  const startedAt = performance.now();
  await retry(
    (attempt) => (attempt > 2 ? Promise.resolve() : Promise.reject(failing({ retryAfterMs: waits[attempt - 1]! }))),
    context({ settings: { minDelayMs: 20 }, onRetry: (_error, _attempt, delay) => delays.push(delay) }),
  );
  expect(delays).toEqual([10, 30]);
  expect(performance.now() - startedAt).toBeGreaterThan(25);
});

test('a Retry-After without a wait leaves it to the backoff', async () => {
  const delays: number[] = [];
  const seen = context({
    settings: { attempts: 3, minDelayMs: 20 },
    onRetry: (_error, _attempt, delay) => delays.push(delay),
  });
  await expect(retry(() => Promise.reject(failing({ retryAfterMs: 0 })), seen)).rejects.toThrow();
  expect(delays).toHaveLength(2);
  for (const delay of delays) expect(delay).toBeGreaterThanOrEqual(settings.maxDelayMs / 2);
});

test('gives up at once when Retry-After is longer than the budget, and says so', async () => {
  const attempt = (): Promise<never> => Promise.reject(failing({ retryAfterMs: 3_600_000 }));
  const error = await retry(attempt, context()).catch((thrown: unknown) => thrown);
  expect(error).toMatchObject({ code: 'RETRIES_EXHAUSTED', details: { attempts: 1 } });
  expect((error as Error).message).toContain('3600 s');
});

test('what is not retryable is thrown as it is after one attempt', async () => {
  let attempts = 0;
  const error = failing({ retryable: false });
  await expect(retry(() => ((attempts += 1), Promise.reject(error)), context())).rejects.toBe(error);
  expect(attempts).toBe(1);
});

test('an attempt that made progress costs nothing', async () => {
  const progress = (attempt: number): Promise<number> =>
    attempt > 20 ? Promise.resolve(attempt) : Promise.reject(failing());
  const settings = { attempts: 2, maxDelayMs: 1 };
  await expect(retry(progress, context({ settings, madeProgress: () => true }))).resolves.toBe(21);
  await expect(retry(progress, context({ settings }))).rejects.toMatchObject({ code: 'RETRIES_EXHAUSTED' });
});

test('a stop ends the waiting with its reason', async () => {
  const controller = new AbortController();
  const reason = new Error('stop');
  const onRetry = (): void => {
    controller.abort(reason);
  };
  const waiting = retry(
    () => Promise.reject(failing()),
    context({ settings: { minDelayMs: 9_000, maxDelayMs: 9_000 }, stopping: controller.signal, onRetry }),
  );
  await expect(waiting).rejects.toBe(reason);
});

test('a success is a success even when a stop came meanwhile', async () => {
  const controller = new AbortController();
  const attempt = (): Promise<string> => {
    controller.abort();
    return Promise.resolve('done');
  };
  await expect(retry(attempt, context({ stopping: controller.signal }))).resolves.toBe('done');
});

import pRetry from 'p-retry';
import { SinkError, SnowmeltError, isSnowmeltError } from '../../errors/errors.js';
import { isSinkError } from './as-sink-error.js';
import { sleep } from '../../async/sleep.js';
import type { RetryLater } from '../../sink/sink.js';

/** How a failed write is tried again: exponential backoff with jitter; a Retry-After above 0 wins over it. */
export interface RetryOptions {
  /** Tries of one batch, the first included. @default 10 */
  readonly attempts?: number | undefined;
  /** Wait after the first failure, milliseconds. @default 500 */
  readonly minDelayMs?: number | undefined;
  /** Longest wait that backoff comes to, milliseconds; a Retry-After may be longer. @default 30000 */
  readonly maxDelayMs?: number | undefined;
  /** What the wait is multiplied by after each failure. @default 2 */
  readonly factor?: number | undefined;
  /** Time from the first failure of a batch until it is given up, milliseconds. @default 600000 */
  readonly budgetMs?: number | undefined;
}

/** {@link RetryOptions} with every default filled in. */
export interface RetrySettings {
  readonly attempts: number;
  readonly minDelayMs: number;
  readonly maxDelayMs: number;
  readonly factor: number;
  readonly budgetMs: number;
}

/** What {@link retry} needs besides the work. */
export interface RetryContext {
  readonly settings: RetrySettings;
  /** Aborted when nothing new may be sent: a failed attempt is then the last. */
  readonly stopping: AbortSignal;
  /** Whether the error is worth another attempt. */
  readonly isRetryable: (error: SnowmeltError) => boolean;
  /** Whether the attempt got some of its work done: it then costs no attempt and starts the budget anew. */
  readonly madeProgress?: (() => boolean) | undefined;
  readonly onRetry?: ((error: SnowmeltError, attempt: number, delayMs: number) => void) | undefined;
}

function backoff(settings: RetrySettings, failures: number): number {
  const full = Math.min(settings.maxDelayMs, settings.minDelayMs * settings.factor ** (failures - 1));
  // Half fixed, half random: spreads the lanes without ever hurrying.
  return full / 2 + (Math.random() * full) / 2;
}

function exhausted(error: SnowmeltError, attempts: number, retryAfterMs: number | undefined): SnowmeltError {
  const wanted =
    retryAfterMs === undefined ? '' : ` The destination asked to wait ${Math.ceil(retryAfterMs / 1000)} s.`;
  return new SnowmeltError('RETRIES_EXHAUSTED', `Given up after ${attempts} attempts: ${error.message}${wanted}`, {
    hint: 'Run again when the destination is back: what is settled is not sent again.',
    cause: error,
    details: { attempts, ...error.details },
  });
}

/**
 * Runs an attempt until it succeeds. The waits are made here and not by p-retry, because a Retry-After has to replace
 * the computed delay, which p-retry 7 does not let its caller do.
 *
 * @throws SnowmeltError the error of the attempt when it is not worth another; `RETRIES_EXHAUSTED` at the end of
 *   attempts or budget; the reason of `stopping` when that ended the waiting
 */
export async function retry<T>(attempt: (number: number) => Promise<T>, context: RetryContext): Promise<T> {
  const { settings, stopping, isRetryable, madeProgress, onRetry } = context;
  let deadline: number | undefined;
  let failures = 0;
  return pRetry(attempt, {
    retries: Infinity,
    minTimeout: 0,
    maxTimeout: 0,
    onFailedAttempt: async ({ error, attemptNumber }) => {
      if (!isSnowmeltError(error) || !isRetryable(error)) throw error;
      stopping.throwIfAborted();
      const progressed = madeProgress?.() === true;
      failures = progressed ? 0 : failures + 1;
      const now = performance.now();
      if (deadline === undefined || progressed) deadline = now + settings.budgetMs;
      const retryAfterMs = isSinkError(error) ? error.retryAfterMs : undefined;
      // Servers that are down say 0 or a date that is over; without waits the attempts would be spent in a moment.
      const asked = retryAfterMs !== undefined && retryAfterMs > 0 ? retryAfterMs : undefined;
      const delayMs = asked ?? backoff(settings, Math.max(1, failures));
      if (failures >= settings.attempts || now + delayMs > deadline) throw exhausted(error, attemptNumber, asked);
      onRetry?.(error, attemptNumber, delayMs);
      await sleep(delayMs, stopping);
    },
  });
}

/** What a sink asked to send again, as the error that makes {@link retry} do so. */
export function askedToRetry(again: readonly RetryLater[], sink: string): SinkError {
  const waits = again.map(({ retryAfterMs }) => retryAfterMs ?? -1);
  const longest = waits.reduce((a, b) => Math.max(a, b), -1);
  const text = `The sink "${sink}" asked to send ${again.length} messages again: ${again[0]?.reason ?? ''}`;
  return new SinkError('SINK_FAILED', text, { retryable: true, retryAfterMs: longest < 0 ? undefined : longest });
}

import { setTimeout as sleep } from 'node:timers/promises';
import { aroundSink } from './around-sink.js';
import { checkOptions, sinkOption } from './check-options.js';
import type { Sink } from './sink.js';

/** Options of {@link withRateLimit}. */
export interface SinkRateLimit {
  /** @default no limit */
  readonly maxMessagesPerSecond?: number | undefined;
  /** A write is one request. @default no limit */
  readonly maxRequestsPerSecond?: number | undefined;
}

const optionShape = {
  maxMessagesPerSecond: sinkOption.rate.optional(),
  maxRequestsPerSecond: sinkOption.rate.optional(),
};

/**
 * A sink that is written to at an even pace, whoever writes to it: share it between syncs to share one limit. For one
 * sync alone use its option `rateLimit`.
 *
 * @throws ConfigError `CONFIG_INVALID`
 */
export function withRateLimit<M>(sink: Sink<M>, rate: SinkRateLimit): Sink<M> {
  checkOptions('withRateLimit', optionShape, rate);
  const { maxMessagesPerSecond = Infinity, maxRequestsPerSecond = Infinity } = rate;
  const around = aroundSink(sink);
  // No batch larger than one second's messages, so that the pace is even.
  const maxMessages = Math.min(sink.limits?.maxMessages ?? Infinity, Math.max(1, Math.floor(maxMessagesPerSecond)));
  let free = -Infinity;
  return {
    ...around,
    limits: maxMessages === Infinity ? around.limits : { ...around.limits, maxMessages },
    write: async (batch, context) => {
      const { signal } = context;
      signal.throwIfAborted();
      if (batch.length > 0) {
        const now = performance.now();
        const start = Math.max(now, free);
        free = start + 1_000 * Math.max(batch.length / maxMessagesPerSecond, 1 / maxRequestsPerSecond);
        if (start > now) await pause(start - now, signal);
      }
      return sink.write(batch, context);
    },
  };
}

async function pause(milliseconds: number, signal: AbortSignal): Promise<void> {
  try {
    await sleep(milliseconds, undefined, { signal });
  } catch (error) {
    signal.throwIfAborted();
    throw error;
  }
}

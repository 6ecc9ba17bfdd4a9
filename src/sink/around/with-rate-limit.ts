import { orAborted } from '../../async/or-aborted.js';
import { sleep } from '../../async/sleep.js';
import { ConfigError, SinkError } from '../../errors/errors.js';
import { withMethod } from '../../options/option-checks.js';
import { aroundSink } from './around-sink.js';
import { checkOptions } from '../../options/check-options.js';
import { sinkOption } from '../option-shapes.js';
import { askFence, type Sink } from '../sink.js';

/** A pace that several processes keep together: `redisPace`, `postgresPace`, or one of your own. */
export interface SharedPace {
  /**
   * Takes the next free stretch of time, which begins when the one that was taken last ends, and not before now.
   *
   * @param takesMs - its length, milliseconds
   * @returns milliseconds until it begins, by the clock of whatever all processes share
   */
  readonly take: (takesMs: number) => Promise<number>;
}

/** Options of {@link withRateLimit}. */
export interface SinkRateLimit {
  /** @default no limit */
  readonly maxMessagesPerSecond?: number | undefined;
  /** A write is one request. @default no limit */
  readonly maxRequestsPerSecond?: number | undefined;
  /** Makes it one limit for all processes that share the pace. @default one for this process */
  readonly shared?: SharedPace | undefined;
}

const optionShape = {
  maxMessagesPerSecond: sinkOption.rate.optional(),
  maxRequestsPerSecond: sinkOption.rate.optional(),
  shared: withMethod<SharedPace>('take', 'expected what redisPace() or postgresPace() returns').optional(),
};

/**
 * A sink that is written to at an even pace, whoever writes to it: share it between syncs to share one limit. For one
 * sync alone use its option `rateLimit`.
 *
 * @throws ConfigError `CONFIG_INVALID`
 */
export function withRateLimit<M>(sink: Sink<M>, rate: SinkRateLimit): Sink<M> {
  checkOptions('withRateLimit', optionShape, rate);
  if (rate.shared !== undefined && (rate.maxMessagesPerSecond ?? rate.maxRequestsPerSecond) === undefined) {
    throw new ConfigError('CONFIG_INVALID', 'withRateLimit: `shared` is given without a limit.', {
      hint: 'Add maxMessagesPerSecond or maxRequestsPerSecond, the same in all processes.',
    });
  }
  return paced(sink, new Pace(rate));
}

/** One pace for everything that is written through it. */
class Pace {
  readonly #perMessageMs: number;
  readonly #perRequestMs: number;
  /** No batch larger than one second's messages, so that the pace is even. */
  readonly maxMessages: number;
  readonly #shared: SharedPace | undefined;
  #free = -Infinity;

  constructor({ maxMessagesPerSecond = Infinity, maxRequestsPerSecond = Infinity, shared }: SinkRateLimit) {
    this.#shared = shared;
    this.#perMessageMs = 1_000 / maxMessagesPerSecond;
    this.#perRequestMs = 1_000 / maxRequestsPerSecond;
    this.maxMessages = Math.max(1, Math.floor(maxMessagesPerSecond));
  }

  async wait(messages: number, signal: AbortSignal): Promise<void> {
    const takes = Math.max(messages * this.#perMessageMs, this.#perRequestMs);
    if (this.#shared !== undefined) {
      // What is taken and not used stays taken: the others cannot be told to come earlier.
      const wait = await orAborted(takeShared(this.#shared, takes), signal);
      if (wait > 0) await sleep(wait, signal);
      return;
    }
    const now = performance.now();
    const start = Math.max(now, this.#free);
    this.#free = start + takes;
    if (start === now) return;
    try {
      await sleep(start - now, signal);
    } catch (error) {
      // Nothing was sent: whoever comes next need not wait for it.
      this.#free -= takes;
      throw error;
    }
  }
}

/** Nothing was sent: the batch is tried again when whatever keeps the pace is back. */
async function takeShared(shared: SharedPace, takesMs: number): Promise<number> {
  let wait: unknown;
  let cause: unknown;
  try {
    wait = await shared.take(takesMs);
  } catch (error) {
    cause = error;
  }
  if (typeof wait === 'number' && Number.isFinite(wait)) return wait;
  throw new SinkError('PACE_UNAVAILABLE', 'The pace that this process shares with others could not be taken.', {
    retryable: true,
    cause,
    hint: 'Check that the Redis or PostgreSQL that keeps it can be reached.',
  });
}

function paced<M>(sink: Sink<M>, pace: Pace): Sink<M> {
  const { child } = sink;
  const maxMessages = Math.min(sink.limits?.maxMessages ?? Infinity, pace.maxMessages);
  return {
    ...aroundSink(sink),
    limits: maxMessages === Infinity ? sink.limits : { ...sink.limits, maxMessages },
    child: child && ((name) => pacedChild(child.call(sink, name), pace)),
    write: async (batch, context) => {
      context.signal.throwIfAborted();
      if (batch.length > 0) await pace.wait(batch.length, context.signal);
      await askFence(context);
      return sink.write(batch, context);
    },
  };
}

function pacedChild<M>(child: Sink<M> | undefined, pace: Pace): Sink<M> | undefined {
  return child && paced(child, pace);
}

import { sleep } from '../../async/sleep.js';
import { aroundSink } from './around-sink.js';
import { checkOptions } from '../../options/check-options.js';
import { sinkOption } from '../option-shapes.js';
import { askFence, type Sink } from '../sink.js';

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
  return paced(sink, new Pace(rate));
}

/** One pace for everything that is written through it. */
class Pace {
  readonly #perMessageMs: number;
  readonly #perRequestMs: number;
  /** No batch larger than one second's messages, so that the pace is even. */
  readonly maxMessages: number;
  #free = -Infinity;

  constructor({ maxMessagesPerSecond = Infinity, maxRequestsPerSecond = Infinity }: SinkRateLimit) {
    this.#perMessageMs = 1_000 / maxMessagesPerSecond;
    this.#perRequestMs = 1_000 / maxRequestsPerSecond;
    this.maxMessages = Math.max(1, Math.floor(maxMessagesPerSecond));
  }

  async wait(messages: number, signal: AbortSignal): Promise<void> {
    const now = performance.now();
    const start = Math.max(now, this.#free);
    const takes = Math.max(messages * this.#perMessageMs, this.#perRequestMs);
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

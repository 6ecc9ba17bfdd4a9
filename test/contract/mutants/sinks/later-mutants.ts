import { SinkError } from 'snowmelt';
import type { Message, WriteContext, WriteResult } from 'snowmelt';
import { SinkFrame } from './sink-frame.js';
import type { SinkMutant } from './sink-mutant.js';

class TakesLaterForTaken extends SinkFrame {
  override take(batch: readonly Message[], context: WriteContext): WriteResult {
    const { accepted, rejected, retry = [] } = super.take(batch, context);
    return { accepted: accepted + retry.length, rejected };
  }
}
class RejectsLater extends SinkFrame {
  override take(batch: readonly Message[], context: WriteContext): WriteResult {
    const { accepted, rejected = [], retry = [] } = super.take(batch, context);
    return { accepted, rejected: [...rejected, ...retry.map((entry) => ({ ...entry, code: 'LATER' }))] };
  }
}
class RetriesTheWholeBatch extends SinkFrame {
  override take(batch: readonly Message[], context: WriteContext): WriteResult {
    const result = super.take(batch, context);
    if (result.retry === undefined || result.retry.length === 0) return result;
    return { accepted: 0, retry: batch.map((_, index) => ({ index, reason: 'later' })) };
  }
}
class ThrowsForOne extends SinkFrame {
  override take(batch: readonly Message[], context: WriteContext): WriteResult {
    const result = super.take(batch, context);
    if (result.retry === undefined || result.retry.length === 0) return result;
    throw new SinkError('SINK_FAILED', 'one is to be sent again', { retryable: true });
  }
}
class EndsForOne extends SinkFrame {
  override take(batch: readonly Message[], context: WriteContext): WriteResult {
    if (!batch.some((message) => this.isLater(message))) return super.take(batch, context);
    throw new SinkError('SINK_FAILED', 'one is to be sent again', { retryable: false });
  }
}

class EndsWhenBusy extends SinkFrame {
  override tooManyRequests = (): Error => new SinkError('SINK_FAILED', '429', { retryable: false });
}
class SplitsWhenBusy extends SinkFrame {
  override tooManyRequests = (): Error =>
    new SinkError('SINK_FAILED', '429', { retryable: true, splittable: true, retryAfterMs: 7_000 });
}
class ComesBackAtOnce extends SinkFrame {
  override tooManyRequests = (): Error => new SinkError('SINK_FAILED', '429', { retryable: true });
}
class TakesSecondsForMilliseconds extends SinkFrame {
  override tooManyRequests = (): Error => new SinkError('SINK_FAILED', '429', { retryable: true, retryAfterMs: 7 });
}
class RejectsWhenBusy extends SinkFrame {
  override take(batch: readonly Message[], context: WriteContext): WriteResult {
    if (this.destination.state !== 'busy') return super.take(batch, context);
    return { accepted: 0, rejected: batch.map((_, index) => ({ index, code: '429', reason: 'too many requests' })) };
  }
  override async reach(signal: AbortSignal): Promise<void> {
    if (this.destination.state !== 'busy') await super.reach(signal);
  }
}
class StaysAway extends SinkFrame {
  #wasBusy = false;
  override tooManyRequests(): Error {
    this.#wasBusy = true;
    return super.tooManyRequests();
  }
  override async reach(signal: AbortSignal): Promise<void> {
    if (this.#wasBusy) throw super.tooManyRequests();
    await super.reach(signal);
  }
}

const later = /a message to send again/;
const busy = /when it gets too many requests/;

/** Sinks that take a "later" for something else. */
export const laterMutants: readonly SinkMutant[] = [
  { fault: 'takes a message to send again for taken', caughtBy: later, make: () => new TakesLaterForTaken() },
  { fault: 'rejects a message to send again', caughtBy: later, make: () => new RejectsLater() },
  { fault: 'sends the whole batch again for one', caughtBy: later, make: () => new RetriesTheWholeBatch() },
  { fault: 'throws for one after it has sent others', caughtBy: later, make: () => new ThrowsForOne() },
  { fault: 'ends the run for one to send again', caughtBy: later, make: () => new EndsForOne() },
  { fault: 'ends the run for too many requests', caughtBy: busy, make: () => new EndsWhenBusy() },
  { fault: 'makes more requests of too many', caughtBy: busy, make: () => new SplitsWhenBusy() },
  { fault: 'does not pass on how long to wait', caughtBy: busy, make: () => new ComesBackAtOnce() },
  { fault: 'takes seconds for milliseconds', caughtBy: busy, make: () => new TakesSecondsForMilliseconds() },
  { fault: 'rejects what came too fast', caughtBy: busy, make: () => new RejectsWhenBusy() },
  { fault: 'never comes back after too many requests', caughtBy: busy, make: () => new StaysAway() },
];

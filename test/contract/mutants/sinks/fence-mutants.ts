import { SinkError } from 'snowmelt';
import type { Sink, WriteContext, WriteResult } from 'snowmelt';
import { SinkFrame } from './sink-frame.js';
import type { SinkMutant } from './sink-mutant.js';

class NeverAsks extends SinkFrame {
  override ask = async (): Promise<void> => undefined;
}
class SwallowsTheNo extends SinkFrame {
  override ask = (context: WriteContext): Promise<void> => super.ask(context).catch(() => undefined);
}
class WrapsTheNo extends SinkFrame {
  override ask = (context: WriteContext): Promise<void> =>
    super.ask(context).catch((cause: unknown) => {
      throw new SinkError('SINK_FAILED', 'not sent', { retryable: true, cause });
    });
}
class SendsBeforeTheAnswer extends SinkFrame {
  override write: Sink['write'] = async (batch, context) => {
    this.before(context.signal);
    if (batch.length === 0) return this.empty();
    const answer = this.ask(context);
    answer.catch(() => undefined);
    await this.reach(context.signal);
    const result = this.take(batch, context);
    await answer;
    return result;
  };
}

/** Sends a request per message. */
abstract class OneByOne extends SinkFrame {
  abstract askBefore(index: number, context: WriteContext): Promise<void>;

  override write: Sink['write'] = async (batch, context) => {
    this.before(context.signal);
    if (batch.length === 0) return this.empty();
    const results: WriteResult[] = [];
    for (const [index, message] of batch.entries()) {
      try {
        await this.askBefore(index, context);
        await this.reach(context.signal);
      } catch (error) {
        if (index === 0 || !this.passes(error)) throw error;
        const retry = batch.slice(index).map((_, later) => ({ index: index + later, reason: 'later' }));
        return { ...this.sum(results), retry };
      }
      results.push(this.take([message], { ...context, serialized: undefined, json: undefined }));
    }
    return this.sum(results);
  };

  passes(error: unknown): boolean {
    return error instanceof SinkError && error.retryable;
  }

  sum(results: readonly WriteResult[]): WriteResult {
    const rejected = results.flatMap((result, index) => (result.rejected ?? []).map((entry) => ({ ...entry, index })));
    return { accepted: results.length - rejected.length, rejected };
  }
}
class AsksOncePerWrite extends OneByOne {
  override askBefore = async (index: number, context: WriteContext): Promise<void> => {
    if (index === 0) await this.ask(context);
  };
}
class TakesALaterNoForAnOutage extends OneByOne {
  override askBefore = (_index: number, context: WriteContext): Promise<void> => this.ask(context);
}
class SendsTheNextBeforeTheAnswer extends OneByOne {
  override askBefore = async (index: number, context: WriteContext): Promise<void> => {
    const answer = this.ask(context);
    answer.catch(() => undefined);
    if (index === 0) await answer;
  };
}

const caughtBy = /asks the fence/;

/** Sinks that send what this process may no longer send. */
export const fenceMutants: readonly SinkMutant[] = [
  { fault: 'never asks the fence', caughtBy, make: () => new NeverAsks() },
  { fault: 'asks the fence once per write', caughtBy, make: () => new AsksOncePerWrite() },
  { fault: "swallows the fence's no", caughtBy, make: () => new SwallowsTheNo() },
  { fault: "wraps the fence's no", caughtBy, make: () => new WrapsTheNo() },
  { fault: "sends before the fence's answer", caughtBy, make: () => new SendsBeforeTheAnswer() },
  { fault: 'sends its second request before the answer', caughtBy, make: () => new SendsTheNextBeforeTheAnswer() },
  { fault: 'takes the second no for an outage', caughtBy, make: () => new TakesALaterNoForAnOutage() },
];

import { SinkError } from 'snowmelt';
import type { Message, Rejection, Sink, WriteContext, WriteResult } from 'snowmelt';
import { fenceMutants } from './fence-mutants.js';
import { laterMutants } from './later-mutants.js';
import { secret, SinkFrame } from './sink-frame.js';
import type { SinkMutant } from './sink-mutant.js';

class Nameless extends SinkFrame {
  override name = '';
}
class ZeroLimit extends SinkFrame {
  override limits = { maxMessages: 0 };
}
class BuffersUntilClose extends SinkFrame {
  readonly #buffer: string[] = [];
  override deliver = (text: string): void => void this.#buffer.push(text);
  override close = async (): Promise<void> => {
    for (const text of this.#buffer.splice(0)) super.deliver(text);
  };
}
class DropsTheLast extends SinkFrame {
  override take(batch: readonly Message[], context: WriteContext): WriteResult {
    super.take(batch.slice(0, -1), context);
    return { accepted: batch.length };
  }
}
class DeliversTwice extends SinkFrame {
  override deliver(text: string): void {
    super.deliver(text);
    super.deliver(text);
  }
}
class CountsTooMuch extends SinkFrame {
  override take(batch: readonly Message[], context: WriteContext): WriteResult {
    const result = super.take(batch, context);
    return { ...result, accepted: batch.length };
  }
}
class CountsTooLittle extends SinkFrame {
  override take(batch: readonly Message[], context: WriteContext): WriteResult {
    const result = super.take(batch, context);
    return { ...result, accepted: Math.max(0, result.accepted - 1) };
  }
}
class TurnsTheOrder extends SinkFrame {
  override deliver(text: string): void {
    this.destination.messages.unshift(JSON.parse(text) as Message);
  }
}
class SpoilsUnicode extends SinkFrame {
  override deliver = (text: string): void => super.deliver(Buffer.from(text, 'latin1').toString('latin1'));
}
class DropsNulls extends SinkFrame {
  override deliver = (text: string): void =>
    super.deliver(JSON.stringify(JSON.parse(text), (_key, value: unknown) => (value === null ? undefined : value)));
}
class RefusesEmpty extends SinkFrame {
  override empty(): WriteResult {
    throw new SinkError('SINK_FAILED', 'empty batch', { retryable: false });
  }
}
class CutsFullBatches extends SinkFrame {
  override take = (batch: readonly Message[], context: WriteContext): WriteResult => {
    super.take(batch.slice(0, 50), context);
    return { accepted: batch.length };
  };
}
class SharesOneBatch extends SinkFrame {
  #current: readonly Message[] = [];
  override write: Sink['write'] = async (batch, context) => {
    this.#current = batch;
    this.before(context.signal);
    if (batch.length === 0) return this.empty();
    await this.reach(context.signal);
    return this.take(this.#current, context);
  };
}
class ChangesMessages extends SinkFrame {
  override take(batch: readonly Message[], context: WriteContext): WriteResult {
    const result = super.take(batch, context);
    for (const message of batch) message.messageId = 'changed';
    return result;
  }
}
class RemembersBatches extends SinkFrame {
  readonly #seen = new WeakSet<Message>();
  override take(batch: readonly Message[], context: WriteContext): WriteResult {
    super.take(
      batch.filter((message) => !this.#seen.has(message)),
      context,
    );
    for (const message of batch) this.#seen.add(message);
    return { accepted: batch.length };
  }
}
class CountsInTexts extends SinkFrame {
  #count = 0;
  override serialize = (message: Message): string => JSON.stringify({ ...message, count: this.#count++ });
}
class SendsOneTextForAll extends SinkFrame {
  override take(batch: readonly Message[], context: WriteContext): WriteResult {
    const { serialized } = context;
    return super.take(batch, { ...context, serialized: serialized && batch.map(() => serialized[0] ?? '') });
  }
}
class SendsAfterAbort extends SinkFrame {
  override before = (): void => undefined;
}
class OwnAbortError extends SinkFrame {
  override before(signal: AbortSignal): void {
    if (signal.aborted) throw new Error('aborted');
  }
}
class IgnoresAbort extends SinkFrame {
  override hang = (): Promise<never> => new Promise(() => undefined);
}
class AcceptsRefused extends SinkFrame {
  override take(batch: readonly Message[], context: WriteContext): WriteResult {
    super.take(batch, context);
    return { accepted: batch.length };
  }
}
class RetriesRefused extends SinkFrame {
  override take(batch: readonly Message[], context: WriteContext): WriteResult {
    const { accepted, rejected = [] } = super.take(batch, context);
    return { accepted, retry: rejected };
  }
}
class WrongIndex extends SinkFrame {
  override refusal(message: Message, index: number): Rejection | undefined {
    const found = super.refusal(message, index);
    return found && { ...found, index: 0 };
  }
}
class NoReason extends SinkFrame {
  override refusal(message: Message, index: number): Rejection | undefined {
    const found = super.refusal(message, index);
    return found && { ...found, reason: '' };
  }
}
class UnsplittableRefusal extends SinkFrame {
  override take(batch: readonly Message[], context: WriteContext): WriteResult {
    if (batch.every((message, index) => this.refusal(message, index) === undefined)) return super.take(batch, context);
    throw new SinkError('SINK_FAILED', '400', { retryable: false });
  }
}
class SendsOversize extends SinkFrame {
  override refusal(message: Message, index: number): Rejection | undefined {
    const found = super.refusal(message, index);
    return found?.code === 'MESSAGE_TOO_LARGE' ? undefined : found;
  }
}
class PlainOutage extends SinkFrame {
  override outage = (): Error => new Error('ECONNREFUSED');
}
class FinalOutage extends SinkFrame {
  override outage = (): Error => new SinkError('SINK_UNREACHABLE', 'down', { retryable: false });
}
class OutageTakesMessages extends SinkFrame {
  override async reach(signal: AbortSignal): Promise<void> {
    if (this.destination.state === 'down') this.deliver('{"type":"alias","userId":"a","previousId":"b"}');
    await super.reach(signal);
  }
}
class StaysDown extends SinkFrame {
  #down = false;
  override async reach(signal: AbortSignal): Promise<void> {
    this.#down ||= this.destination.state === 'down';
    if (this.#down) throw this.outage();
    await super.reach(signal);
  }
}
class RetriesUnauthorized extends SinkFrame {
  override unauthorized = (): Error => new SinkError('SINK_UNAUTHORIZED', '401', { retryable: true });
}
class SplitsUnauthorized extends SinkFrame {
  override unauthorized = (): Error =>
    new SinkError('SINK_UNAUTHORIZED', '401', { retryable: false, splittable: true });
}
class ShowsTheKey extends SinkFrame {
  override unauthorized(): Error {
    const header = `Basic ${Buffer.from(`${secret}:`).toString('base64')}`;
    return new SinkError('SINK_UNAUTHORIZED', '401', {
      retryable: false,
      details: { headers: { authorization: header } },
    });
  }
}
class ClosesOnce extends SinkFrame {
  override close = async (): Promise<void> => {
    if (this.closed) throw new Error('closed twice');
    this.closed = true;
  };
}

class ChangesTheText extends SinkFrame {
  override textsOf(context: WriteContext): readonly string[] | undefined {
    const texts = super.textsOf(context);
    context.json?.fill(32);
    return texts;
  }
}
class TakesTheTextForOneMessage extends SinkFrame {
  override textsOf(context: WriteContext): readonly string[] | undefined {
    return context.json === undefined ? super.textsOf(context) : super.textsOf(context)?.slice(0, 1).concat('{}', '{}');
  }
}

/** Every mutant with the line that catches it. */
export const sinkMutants: readonly SinkMutant[] = [
  { fault: 'has no name', caughtBy: /has a name/, make: () => new Nameless() },
  { fault: 'takes no messages by its limits', caughtBy: /limits that are whole numbers/, make: () => new ZeroLimit() },
  { fault: 'buffers until it is closed', caughtBy: /when the write resolves/, make: () => new BuffersUntilClose() },
  { fault: 'drops the last message', caughtBy: /when the write resolves/, make: () => new DropsTheLast() },
  { fault: 'delivers everything twice', caughtBy: /whole and in order/, make: () => new DeliversTwice() },
  { fault: 'counts refused messages as accepted', caughtBy: /names a message/, make: () => new CountsTooMuch() },
  { fault: 'counts too few', caughtBy: /when the write resolves/, make: () => new CountsTooLittle() },
  { fault: 'turns the order round', caughtBy: /whole and in order/, make: () => new TurnsTheOrder() },
  { fault: 'spoils what is not Latin-1', caughtBy: /whole and in order/, make: () => new SpoilsUnicode() },
  { fault: 'drops nulls', caughtBy: /whole and in order/, make: () => new DropsNulls() },
  { fault: 'refuses an empty batch', caughtBy: /empty batch/, make: () => new RefusesEmpty() },
  { fault: 'cuts full batches', caughtBy: /as many messages as it says/, make: () => new CutsFullBatches() },
  { fault: 'keeps one batch for all lanes', caughtBy: /several batches at once/, make: () => new SharesOneBatch() },
  { fault: "changes the engine's messages", caughtBy: /as they were/, make: () => new ChangesMessages() },
  { fault: 'skips what it has seen before', caughtBy: /same batch again/, make: () => new RemembersBatches() },
  { fault: 'serializes differently each time', caughtBy: /each time the same/, make: () => new CountsInTexts() },
  { fault: 'mixes the texts up', caughtBy: /with the texts from serialize/, make: () => new SendsOneTextForAll() },
  { fault: 'changes the text of a batch', caughtBy: /text of a whole batch/, make: () => new ChangesTheText() },
  {
    fault: 'reads one message of a text',
    caughtBy: /text of a whole batch/,
    make: () => new TakesTheTextForOneMessage(),
  },
  { fault: 'sends after an abort', caughtBy: /is aborted before/, make: () => new SendsAfterAbort() },
  { fault: "hides the signal's reason", caughtBy: /is aborted before/, make: () => new OwnAbortError() },
  { fault: 'ignores an abort', caughtBy: /aborted during a write/, make: () => new IgnoresAbort() },
  { fault: 'accepts what was refused', caughtBy: /names a message/, make: () => new AcceptsRefused() },
  { fault: 'asks to send refused messages again', caughtBy: /names a message/, make: () => new RetriesRefused() },
  { fault: 'names the wrong message', caughtBy: /tells a refused message/, make: () => new WrongIndex() },
  { fault: 'gives no reason', caughtBy: /names a message/, make: () => new NoReason() },
  { fault: 'fails for one bad message', caughtBy: /tells a refused message/, make: () => new UnsplittableRefusal() },
  { fault: 'sends what is too long', caughtBy: /over its limit/, make: () => new SendsOversize() },
  { fault: 'throws plain errors', caughtBy: /unavailable/, make: () => new PlainOutage() },
  { fault: 'calls an outage final', caughtBy: /unavailable/, make: () => new FinalOutage() },
  { fault: 'delivers and says that it did not', caughtBy: /unavailable/, make: () => new OutageTakesMessages() },
  { fault: 'never recovers', caughtBy: /unavailable/, make: () => new StaysDown() },
  { fault: 'retries with a refused key', caughtBy: /key is refused/, make: () => new RetriesUnauthorized() },
  { fault: 'splits for a refused key', caughtBy: /key is refused/, make: () => new SplitsUnauthorized() },
  { fault: 'shows the key', caughtBy: /key is refused/, make: () => new ShowsTheKey() },
  { fault: 'cannot be closed twice', caughtBy: /closed unopened, twice/, make: () => new ClosesOnce() },
  ...laterMutants,
  ...fenceMutants,
];

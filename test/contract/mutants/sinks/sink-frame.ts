import { SinkError } from 'snowmelt';
import type { Message, Rejection, Sink, SinkLimits, WriteContext, WriteResult } from 'snowmelt';
import { sinkMessage, type SinkUnderTest } from 'snowmelt/testing';

export const secret = 'very-secret-key';

/** A destination in this process. */
export class Destination {
  messages: Message[] = [];
  requests = 0;
  state: 'up' | 'down' | 'busy' | 'unauthorized' | 'hanging' = 'up';
  /** Messages that were asked to be sent again. */
  readonly later = new Set<string>();
}

/** A correct little sink whose parts a mutant replaces. */
export class SinkFrame implements Sink {
  readonly destination = new Destination();
  name = 'frame';
  limits: SinkLimits = { maxMessages: 100, maxMessageBytes: 2_000 };
  closed = false;

  serialize: Sink['serialize'] = Object.assign((message: Message) => JSON.stringify(message), {
    plainFor: new Set(['track'] as const),
  });

  write: Sink['write'] = async (batch, context) => {
    this.before(context.signal);
    if (batch.length === 0) return this.empty();
    await this.ask(context);
    await this.reach(context.signal);
    return this.take(batch, context);
  };

  close = async (): Promise<void> => {
    this.closed = true;
  };

  before(signal: AbortSignal): void {
    signal.throwIfAborted();
  }

  ask(context: WriteContext): Promise<void> {
    return context.fence();
  }

  empty(): WriteResult {
    return { accepted: 0 };
  }

  async reach(signal: AbortSignal): Promise<void> {
    const { state } = this.destination;
    this.destination.requests += 1;
    if (state === 'down') throw this.outage();
    if (state === 'busy') throw this.tooManyRequests();
    if (state === 'unauthorized') throw this.unauthorized();
    await (state === 'hanging' ? this.hang(signal) : new Promise((resolve) => setImmediate(resolve)));
  }

  outage(): Error {
    return new SinkError('SINK_UNREACHABLE', 'down', { retryable: true });
  }

  tooManyRequests(): Error {
    return new SinkError('SINK_FAILED', '429', { retryable: true, retryAfterMs: 7_000 });
  }

  unauthorized(): Error {
    return new SinkError('SINK_UNAUTHORIZED', 'the key was refused', { retryable: false });
  }

  hang(signal: AbortSignal): Promise<never> {
    return new Promise((_, reject) => {
      signal.addEventListener('abort', () => reject(signal.reason as Error), { once: true });
    });
  }

  textsOf({ serialized, json }: WriteContext): readonly string[] | undefined {
    if (json === undefined) return serialized;
    const messages = JSON.parse(`[${Buffer.from(json).toString()}]`) as Message[];
    return messages.map((message) => JSON.stringify(message));
  }

  take(batch: readonly Message[], context: WriteContext): WriteResult {
    const texts = this.textsOf(context);
    const rejected = batch.flatMap((message, index) => this.refusal(message, index) ?? []);
    const retry = batch.flatMap((message, index) => (this.isLater(message) ? [{ index, reason: 'later' }] : []));
    const left = new Set([...rejected, ...retry].map(({ index }) => index));
    batch.forEach((message, index) => {
      if (!left.has(index)) this.deliver(texts?.[index] ?? JSON.stringify(message));
    });
    return { accepted: batch.length - left.size, rejected, retry };
  }

  /** Whether the destination asks to send a message again: once. */
  isLater({ messageId }: Message): boolean {
    if (messageId !== 'later' || this.destination.later.has(messageId)) return false;
    this.destination.later.add(messageId);
    return true;
  }

  refusal(message: Message, index: number): Rejection | undefined {
    if (message.userId === undefined) return { index, code: 'NO_USER', reason: 'no user' };
    const tooLong = Buffer.byteLength(JSON.stringify(message)) > 2_000;
    return tooLong ? { index, code: 'MESSAGE_TOO_LARGE', reason: 'too long' } : undefined;
  }

  deliver(text: string): void {
    this.destination.messages.push(JSON.parse(text) as Message);
  }
}

/** A frame or a mutant with its destination, as the suite takes it. */
export function underTest(sink: SinkFrame): SinkUnderTest<Message> {
  const { destination } = sink;
  const become = (state: Destination['state']) => async (): Promise<void> => {
    destination.state = state;
  };
  return {
    sink,
    received: () => destination.messages,
    capabilities: {
      secret,
      requests: () => destination.requests,
      invalid: () => ({ type: 'track', event: 'x' }),
      oversize: () => ({ type: 'track', userId: 'u', event: 'x'.repeat(3_000) }),
      later: () => ({ ...sinkMessage(77), messageId: 'later' }),
      tooManyRequests: async () => {
        await become('busy')();
        return { retryAfterMs: 7_000, end: become('up') };
      },
      outage: async () => {
        await become('down')();
        return become('up');
      },
      unauthorized: become('unauthorized'),
      hang: become('hanging'),
    },
  };
}

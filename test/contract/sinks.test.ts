import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { describe, it } from 'vitest';
import { fanOut, SinkError, withFilter, withRateLimit, withTransform, type Message, type Sink } from 'snowmelt';
import { CallbackSink, NdjsonSink } from 'snowmelt/sinks';
import { sinkMessage, testSink, type SinkUnderTest } from 'snowmelt/testing';

for (const ending of ['ndjson', 'ndjson.gz']) {
  testSink({
    describe,
    it,
    name: `NdjsonSink to .${ending}`,
    message: sinkMessage,
    create: async () => {
      const folder = await mkdtemp(join(tmpdir(), 'snowmelt-ndjson-'));
      const path = join(folder, 'deep', `rows.${ending}`);
      const received = async (): Promise<Message[]> => {
        const bytes = await readFile(path).catch(() => Buffer.alloc(0));
        const text = (ending.endsWith('.gz') && bytes.length > 0 ? gunzipSync(bytes) : bytes).toString('utf8');
        const lines = text.split('\n').filter((line) => line !== '');
        return lines.map((line) => JSON.parse(line) as Message);
      };
      return { sink: new NdjsonSink({ path }), received, cleanup: () => rm(folder, { recursive: true }) };
    },
  });
}

/** A destination in this process, to be called by a `CallbackSink`. */
class Destination {
  readonly messages: Message[] = [];
  requests = 0;
  state: 'up' | 'down' | 'busy' | 'unauthorized' | 'hanging' = 'up';
  readonly #seen = new Set<string>();

  readonly sink = (name: string): Sink =>
    new CallbackSink<Message>(
      async (batch, { signal }) => {
        this.requests += 1;
        if (this.state === 'down') throw new SinkError('SINK_UNREACHABLE', 'down', { retryable: true });
        if (this.state === 'busy') {
          throw new SinkError('SINK_FAILED', 'busy', { retryable: true, retryAfterMs: 7_000 });
        }
        if (this.state === 'unauthorized') throw new SinkError('SINK_UNAUTHORIZED', 'no', { retryable: false });
        if (this.state === 'hanging') await aborted(signal);
        const bad = batch.flatMap((message, index) =>
          message.userId === undefined ? [{ index, code: 'NO_USER', reason: 'no user' }] : [],
        );
        const later = batch.flatMap((message, index) => (this.#isLater(message) ? [{ index, reason: 'locked' }] : []));
        const left = new Set([...bad, ...later].map(({ index }) => index));
        this.messages.push(...batch.filter((_, index) => !left.has(index)));
        return { accepted: batch.length - left.size, rejected: bad, retry: later };
      },
      { name, maxMessages: 300, maxMessageBytes: 5_000 },
    );

  #isLater({ messageId }: Message): boolean {
    if (messageId !== 'later' || this.#seen.has(messageId)) return false;
    this.#seen.add(messageId);
    return true;
  }
}

function aborted(signal: AbortSignal): Promise<never> {
  return new Promise((_, reject) => {
    signal.addEventListener('abort', () => reject(signal.reason as Error), { once: true });
  });
}

function local(make: (destination: Destination) => Sink, oversize?: () => Message): () => SinkUnderTest<Message> {
  return () => {
    const destination = new Destination();
    const become = (state: Destination['state']) => async (): Promise<void> => void (destination.state = state);
    return {
      sink: make(destination),
      received: () => destination.messages,
      capabilities: {
        requests: () => destination.requests,
        invalid: () => ({ type: 'track', event: 'x' }),
        oversize,
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
  };
}

const long = (): Message => ({ type: 'track', userId: 'u', event: 'x'.repeat(6_000) });
const other = (): Sink => new CallbackSink<Message>(async () => undefined, { name: 'other' });
const sinks: Record<string, () => SinkUnderTest<Message>> = {
  CallbackSink: local((destination) => destination.sink('callback')),
  fanOut: local((destination) => fanOut([destination.sink('tested'), other()]), long),
  'fanOut that cuts batches': local((destination) =>
    fanOut([{ ...destination.sink('tested'), limits: { maxMessages: 2 } }, other()]),
  ),
  'withFilter that keeps everything': local(({ sink }) => withFilter(sink('inner'), () => true)),
  'withFilter that drops others': local(({ sink }) => withFilter(sink('inner'), ({ type }) => type !== 'alias')),
  withTransform: local(({ sink }) => withTransform(sink('inner'), (message: Message) => ({ ...message }))),
  withRateLimit: local(({ sink }) => withRateLimit(sink('inner'), { maxMessagesPerSecond: 1e6 })),
  'all of them together': local(({ sink }) =>
    withRateLimit(
      withFilter(fanOut([withTransform(sink('inner'), (message: Message) => ({ ...message })), other()]), () => true),
      { maxRequestsPerSecond: 1_000 },
    ),
  ),
};

for (const [name, create] of Object.entries(sinks)) testSink({ describe, it, name, message: sinkMessage, create });

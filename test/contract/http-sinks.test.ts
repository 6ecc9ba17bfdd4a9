import { describe, it } from 'vitest';
import { fanOut, withRateLimit, withTransform, type Message, type Sink } from 'snowmelt';
import { CustomerIoSink } from 'snowmelt/customerio';
import { SegmentSink, WebhookSink } from 'snowmelt/sinks';
import { sinkMessage, startCollector, testSink, type SinkUnderTest } from 'snowmelt/testing';
import { RecordingServer, type Reply } from '../sink/recording-server.js';

const secret = 'very-secret-key';
const oversize = (bytes: number) => (): Message => ({
  type: 'identify',
  userId: 'u',
  traits: { text: 'é'.repeat(bytes / 2) },
});

testSink({
  describe,
  it,
  name: 'CustomerIoSink',
  message: sinkMessage,
  create: async (): Promise<SinkUnderTest<Message>> => {
    const collector = await startCollector({ writeKey: secret });
    return {
      sink: new CustomerIoSink({ writeKey: secret, endpoint: collector.endpoint }),
      received: () => collector.messages as unknown as readonly Message[],
      capabilities: {
        secret,
        requests: () => collector.stats().requests,
        invalid: () => ({ type: 'identify', traits: {} }),
        oversize: oversize(32_001),
        outage: async () => {
          await collector.refuseConnections();
          return () => collector.acceptConnections();
        },
        tooManyRequests: async () => {
          collector.fault({ kind: 'status', status: 429, retryAfter: '7' }, { times: 1 });
          return { retryAfterMs: 7_000, end: async () => undefined };
        },
        unauthorized: async () => collector.fault({ kind: 'status', status: 401 }, { times: Infinity }),
        hang: async () => collector.fault({ kind: 'hang' }, { times: Infinity }),
      },
      cleanup: () => collector.close(),
    };
  },
});

interface HttpSinkCase {
  readonly name: string;
  readonly make: (origin: string) => Sink;
  /** The messages of a body. */
  readonly parse: (body: string) => Message[];
  /** What it says of messages, of which it wants some once more. */
  readonly answer: (messages: readonly Message[], again: readonly Message[]) => Reply;
  readonly oversizeBytes: number | undefined;
  readonly invalid?: () => Message;
  /** Whether the destination can ask to send single messages again. */
  readonly later?: true;
}

const batchOf = (body: string): Message[] => (JSON.parse(body) as { batch: Message[] }).batch;
const LATER = 'later';
const nameless = (): Message => ({ type: 'track', event: 'x', messageId: 'bad' });
const isNameless = ({ userId }: Message): boolean => userId === undefined;

const singly: HttpSinkCase['answer'] = (messages, again) => ({
  status: again.length > 0 ? 429 : messages.some(isNameless) ? 422 : 200,
});

const cases: HttpSinkCase[] = [
  {
    name: 'SegmentSink for Segment',
    make: (origin) => new SegmentSink({ writeKey: secret, endpoint: `${origin}/v1` }),
    parse: batchOf,
    answer: () => ({ status: 200, body: '{"success":true}' }),
    oversizeBytes: 32_001,
    invalid: () => ({ type: 'track', userId: 'u', event: 'x', messageId: 'x'.repeat(100) }),
  },
  {
    name: 'SegmentSink for RudderStack',
    make: (origin) => new SegmentSink({ service: 'rudderstack', writeKey: secret, endpoint: origin }),
    parse: batchOf,
    answer: (messages) =>
      messages.some(isNameless) ? { status: 400, body: 'neither id' } : { status: 200, body: 'ok' },
    oversizeBytes: 32_001,
    invalid: nameless,
  },
  {
    name: 'SegmentSink for Jitsu',
    make: (origin) => new SegmentSink({ service: 'jitsu', writeKey: secret, endpoint: origin }),
    parse: batchOf,
    answer: (messages) => {
      const bad = messages.filter(isNameless);
      const errors = bad.map(({ messageId }) => `Message ID: ${messageId}: no user`);
      const counts = { receivedEvents: messages.length, okEvents: messages.length - bad.length };
      return { status: 200, body: JSON.stringify({ ok: bad.length === 0, ...counts, errors }) };
    },
    oversizeBytes: 1_000_002,
    invalid: nameless,
  },
  {
    name: 'WebhookSink with a JSON array',
    make: (endpoint) => new WebhookSink({ endpoint, headers: { 'x-key': secret }, maxMessageBytes: 5_000 }),
    parse: (body) => JSON.parse(body) as Message[],
    answer: (messages) => ({ status: messages.some(isNameless) ? 422 : 200 }),
    oversizeBytes: 5_002,
    invalid: nameless,
  },
  {
    name: 'WebhookSink with NDJSON, gzip and a reply that names rows',
    make: (endpoint) =>
      new WebhookSink({
        endpoint,
        format: 'ndjson',
        gzip: true,
        signature: { secret },
        maxMessageBytes: 5_000,
        inspect: ({ text }) => {
          const { bad, again } = JSON.parse(text) as Readonly<Record<'bad' | 'again', number[]>>;
          return {
            rejected: bad.map((index) => ({ index, code: 'NO_USER', reason: 'no user' })),
            retry: again.map((index) => ({ index, reason: 'locked' })),
          };
        },
      }),
    parse: (body) =>
      body
        .split('\n')
        .slice(0, -1)
        .map((line) => JSON.parse(line) as Message),
    answer: (messages, again) => {
      const placesOf = (wanted: (message: Message) => boolean): number[] =>
        messages.flatMap((message, index) => (wanted(message) ? [index] : []));
      const places = { bad: placesOf(isNameless), again: placesOf((message) => again.includes(message)) };
      return { status: 207, body: JSON.stringify(places) };
    },
    oversizeBytes: 5_002,
    invalid: nameless,
    later: true,
  },
  {
    name: 'WebhookSink with a request per message, paced, transformed and in a fanOut',
    make: (endpoint) =>
      withRateLimit(
        fanOut([
          withTransform(new WebhookSink<Message>({ endpoint, format: 'single' }), (each: Message) => ({ ...each })),
        ]),
        { maxRequestsPerSecond: 10_000 },
      ),
    parse: (body) => [JSON.parse(body) as Message],
    answer: singly,
    oversizeBytes: undefined,
    invalid: nameless,
    later: true,
  },
  {
    name: 'WebhookSink with a request per message',
    make: (endpoint) =>
      new WebhookSink({ endpoint, format: 'single', headers: { 'x-key': secret }, maxMessageBytes: 5_000 }),
    parse: (body) => [JSON.parse(body) as Message],
    answer: singly,
    oversizeBytes: 5_002,
    invalid: nameless,
    later: true,
  },
];

for (const { name, make, parse, answer, oversizeBytes, invalid, later } of cases) {
  const create = async (): Promise<SinkUnderTest<Message>> => {
    const server = await RecordingServer.start();
    const taken: Message[] = [];
    const seen = new Set<string | undefined>();
    const usual = ({ body }: { body: string }): Reply => {
      const messages = parse(body);
      const again = messages.filter(({ messageId }) => messageId === LATER && !seen.has(messageId));
      for (const { messageId } of again) seen.add(messageId);
      const reply = answer(messages, again);
      const left = (message: Message): boolean => isNameless(message) || again.includes(message);
      if (reply.status < 300) taken.push(...messages.filter((message) => !left(message)));
      return reply;
    };
    server.answer = usual;
    return {
      sink: make(server.origin),
      received: () => taken,
      capabilities: {
        secret,
        requests: () => server.requests.length,
        invalid,
        oversize: oversizeBytes === undefined ? undefined : oversize(oversizeBytes),
        outage: async () => {
          server.answer = () => ({ status: 503, headers: { 'retry-after': '1' } });
          return async () => void (server.answer = usual);
        },
        later: later && ((): Message => ({ ...sinkMessage(77), messageId: LATER })),
        tooManyRequests: async () => {
          server.answer = () => ({ status: 429, headers: { 'retry-after': '7' } });
          return { retryAfterMs: 7_000, end: async () => void (server.answer = usual) };
        },
        unauthorized: async () => void (server.answer = () => ({ status: 401, body: secret })),
        hang: async () => void (server.answer = () => ({ status: 0, hang: true })),
      },
      cleanup: () => server.close(),
    };
  };
  testSink({ describe, it, name, message: sinkMessage, create });
}

import { afterEach, beforeEach, expect, it } from 'vitest';
import { inspect } from 'node:util';
import { deliver, fanOut, fromAsyncIterable, identify, SinkError } from 'snowmelt';
import type { DeadLetter, Message, Sink } from 'snowmelt';
import { ActionDestinationSink } from 'snowmelt/action-destinations';
import { CustomerIoSink } from 'snowmelt/customerio';
import { CallbackSink, SegmentSink, WebhookSink } from 'snowmelt/sinks';
import { installDestinations } from '../action-destinations/install-destinations.js';
import { RecordingServer } from '../sink/recording-server.js';

const load = await installDestinations();
const key = 'planted+key/of=the destination'.replaceAll(' ', '~');
const base64 = (text: string): string => Buffer.from(text).toString('base64');
const forms = [key, base64(key), base64(`${key}:`), encodeURIComponent(key), key.slice(3, 20)];

let server: RecordingServer;
/** What the server says of a request: all that it was sent. */
let echo = '';
beforeEach(async () => {
  server = await RecordingServer.start();
});
afterEach(() => server.close());

const webhook = (rest: object): Sink => new WebhookSink<Message>({ endpoint: server.origin, ...rest });
const refusing: Record<string, () => Sink> = {
  CustomerIoSink: () => new CustomerIoSink({ writeKey: key, endpoint: server.origin }),
  'SegmentSink for RudderStack': () =>
    new SegmentSink({ service: 'rudderstack', writeKey: key, endpoint: server.origin }),
  'a header of WebhookSink': () => webhook({ headers: { 'X-Api-Key': key } }),
  'an authorization of WebhookSink': () => webhook({ headers: { Authorization: `Bearer ${key}` }, format: 'single' }),
  'the signature of WebhookSink': () => webhook({ signature: { secret: key } }),
  'a path of WebhookSink': () => webhook({ endpoint: `${server.origin}/hooks/${encodeURIComponent(key)}` }),
  'a fanOut': () => fanOut([webhook({ headers: { 'X-Api-Key': key } })]),
  'ActionDestinationSink, its settings': () => action({ settings: { sharedSecret: key } }, {}),
  'ActionDestinationSink, its mapping': () => action({}, { headers: { 'x-key': key } }),
  'ActionDestinationSink, its headers': () => action({ headers: { 'x-key': key } }, {}),
};
function action(rest: object, mapping: object): Sink {
  const url = `${server.origin}/hook`;
  return new ActionDestinationSink({
    destination: 'webhook',
    action: 'send',
    batch: false,
    load,
    ...rest,
    mapping: { url, ...mapping },
  });
}

async function run(sink: Sink): Promise<string> {
  const source = fromAsyncIterable(
    async function* () {
      yield* [{ userId: 'a' }, { userId: 'b' }];
    },
    { columns: ['userId'] },
  );
  const dead: DeadLetter[] = [];
  const report = await deliver({
    rows: await source.execute({ sql: '', binds: [] }),
    mapper: identify(),
    sink,
    deadLetter: new CallbackSink<DeadLetter>(async (letters) => void dead.push(...letters)),
    retry: { attempts: 2, minDelayMs: 1 },
  });
  return inspect([report, report.error, dead], { depth: 10, maxStringLength: Infinity });
}
const expectNone = (text: string): void => {
  for (const form of forms) expect(text).not.toContain(form);
};

it.each(Object.entries(refusing))('what a refusal repeats is masked: %s', async (_, make) => {
  server.answer = ({ headers, path }) => {
    echo = `we got ${Object.values(headers).join(' ')} ${path} and ${forms.join(' ')} in full`;
    const said = echo.replaceAll(/[^ -~]/g, '');
    return { status: 400, headers: { 'content-type': `text/plain; was=${said}` }, body: echo };
  };
  const text = await run(make());
  expectNone(text);
});

it.each([
  ['settings', { settings: { api_key: key } }],
  ['headers', { settings: { api_key: 'other' }, headers: { 'x-key': key } }],
])('what a destination of the package says of a row is masked: %s', async (_, rest) => {
  server.answer = ({ headers, body }) => {
    const type = `no ${Object.values(headers).join(' ')} ${forms.join(' ')}`;
    const errors = (JSON.parse(body) as { events: object[] }).events.map((__, index) => ({
      type,
      input_array: 'events',
      index,
    }));
    return {
      status: 201,
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ message: 'success', errors }),
    };
  };
  const sink = new ActionDestinationSink({
    destination: 'braze',
    action: 'trackEvent2',
    mapping: { name: 'x', external_id: { '@path': '$.userId' }, time: '2026-01-02T03:04:05Z' },
    endpoint: server.origin,
    load,
    ...rest,
  });
  const text = await run(sink);
  expectNone(text);
  expect(text).toContain('***');
});

it('the rest of what a refusal says stays', async () => {
  server.answer = ({ headers }) => ({ status: 400, body: `bad "${headers['authorization'] ?? ''}": no such person` });
  const text = await run(new CustomerIoSink({ writeKey: key, endpoint: server.origin }));
  expect(text).toContain('no such person');
  expect(text).toContain('Basic ***');
});

it.each(['rejected', 'retry', 'error'] as const)('what `inspect` finds in a reply is masked: %s', async (kind) => {
  server.answer = ({ headers }) => ({ status: 200, body: Object.values(headers).join(' ') });
  const sink = webhook({
    headers: { authorization: `Bearer ${key}` },
    inspect: ({ text }: { text: string }) => {
      if (kind === 'error') throw new SinkError('SINK_FAILED', `it said ${text}`, { retryable: false });
      if (kind === 'retry') return { retry: [{ index: 0, reason: text }] };
      return { rejected: [{ index: 0, code: 'NO', reason: text, detail: text }] };
    },
  });
  const text = await run(sink);
  expectNone(text);
  expect(text).toContain('***');
});

it('what Jitsu says of a message is masked', async () => {
  server.answer = ({ body, headers }) => {
    const ids = (JSON.parse(body) as { batch: Message[] }).batch.map(({ messageId = '' }) => messageId);
    const errors = ids.map((id) => `Message ID: ${id}: no ${Object.values(headers).join(' ')} ${forms.join(' ')}`);
    return { status: 200, body: JSON.stringify({ ok: false, receivedEvents: ids.length, okEvents: 0, errors }) };
  };
  const text = await run(new SegmentSink({ service: 'jitsu', writeKey: key, endpoint: server.origin }));
  expectNone(text);
});

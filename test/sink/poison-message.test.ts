import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { deliver, fanOut, fromAsyncIterable, identify, withFilter, withRateLimit, withTransform } from 'snowmelt';
import type { DeadLetter, DeliveryReport, Message, Sink } from 'snowmelt';
import { CustomerIoSink } from 'snowmelt/customerio';
import { CallbackSink, WebhookSink, type WebhookSinkOptions } from 'snowmelt/sinks';
import { RecordingServer } from './recording-server.js';

let server: RecordingServer;
beforeEach(async () => {
  server = await RecordingServer.start();
});
afterEach(() => server.close());

const poison = 'c';
/** Code of the host that stumbles over one message, with a value of it in the error's text. */
function check<T>(message: Message, value: T): T {
  if (message.userId === poison) throw new TypeError(`cannot read the plan of secret-value-${poison}`);
  return value;
}
const webhook = (options: Partial<WebhookSinkOptions<Message>> = {}): Sink =>
  new WebhookSink<Message>({ endpoint: server.origin, ...options });
const other = (): Sink => new CallbackSink<Message>(async () => undefined, { name: 'other' });
const copy = (message: Message): Message => check(message, { ...message });

const compositions: Record<string, () => Sink> = {
  'the filter of a child of fanOut': () =>
    fanOut([other(), { sink: webhook(), filter: (message) => check(message, true) }]),
  '`serialize` of a child of fanOut': () =>
    fanOut([other(), webhook({ serialize: (message) => check(message, JSON.stringify(message)) })]),
  'the transform of a child of fanOut': () => fanOut([other(), withTransform(webhook(), copy)]),
  'the filter around a child of fanOut': () =>
    fanOut([other(), withFilter(webhook(), (message) => check(message, true))]),
  'a child of a child of fanOut': () => fanOut([other(), fanOut([withTransform(webhook(), copy)], { name: 'inner' })]),
  'what a child of fanOut cannot make JSON of': () =>
    fanOut([
      other(),
      withTransform(webhook(), (message: Message) =>
        message.userId === poison ? ({ ...message, n: 1n } as unknown as Message) : message,
      ),
    ]),
  'the filter around a sink that counts bytes': () => withFilter(webhook(), (message) => check(message, true)),
  'the filter around a sink that does not': () =>
    withFilter(new CallbackSink<Message>(async (batch, context) => webhook().write(batch, context)), (message) =>
      check(message, true),
    ),
  'the transform around a sink': () => withTransform(webhook(), copy),
  'a transform in a filter in a rate limit': () =>
    withRateLimit(
      withFilter(withTransform(webhook(), copy), () => true),
      { maxRequestsPerSecond: 1_000 },
    ),
  '`serialize` of a webhook': () => webhook({ serialize: (message) => check(message, JSON.stringify(message)) }),
  '`body` of a webhook of single messages': () =>
    webhook({ format: 'single', body: ([message]) => check(message!, JSON.stringify([message])) }),
  '`body` of a webhook of batches': () =>
    webhook({ body: (messages) => JSON.stringify(messages.map((message) => check(message, message))) }),
  '`body` of a child of fanOut': () =>
    fanOut([other(), webhook({ body: (messages) => JSON.stringify(messages.map(copy)) })]),
};

async function run(sink: Sink): Promise<{ report: DeliveryReport; dead: DeadLetter[] }> {
  const source = fromAsyncIterable(
    async function* () {
      for (const userId of ['a', 'b', poison, 'd', 'e']) yield { userId };
    },
    { columns: ['userId'] },
  );
  const dead: DeadLetter[] = [];
  const report = await deliver({
    rows: await source.execute({ sql: '', binds: [] }),
    mapper: identify(),
    sink,
    deadLetter: new CallbackSink<DeadLetter>(async (letters) => void dead.push(...letters)),
    retry: { attempts: 3, minDelayMs: 1 },
  });
  return { report, dead };
}
const delivered = (): unknown[] =>
  server.requests
    .filter(({ body }) => body !== '')
    .flatMap(({ body }) => (JSON.parse(body) as Message[]).map(({ userId }) => userId));

describe('a message that code of the host stumbles over is rejected alone:', () => {
  it.each(Object.entries(compositions))('%s', async (_, make) => {
    const { report, dead } = await run(make());
    expect(report.error).toBeUndefined();
    expect(report).toMatchObject({
      status: 'completed',
      rowsDelivered: 4,
      rowsRejected: 1,
      retries: expect.any(Number) as number,
    });
    expect(delivered().sort()).toEqual(['a', 'b', 'd', 'e']);
    expect(dead).toMatchObject([{ row: 2, code: 'CALLBACK_FAILED' }]);
    expect(dead[0]?.reason).toMatch(/threw TypeError.*(secret-value-c|BigInt)/);
    // The text of the error may hold values: it goes to the dead letter and nowhere else.
    expect(JSON.stringify(report)).not.toContain('secret-value');
    expect(JSON.stringify(report)).toContain('threw TypeError');
  });

  it('also when no engine has made the texts before', async () => {
    const context = {
      fence: async () => undefined,
      signal: new AbortController().signal,
      sync: 's',
      runId: 'r',
      attempt: 1,
      firstRow: 0,
    };
    const batch = ['a', poison].map((userId): Message => ({ type: 'identify', userId }));
    const unfit = [batch[0]!, { type: 'identify', userId: 'x', traits: { n: 1n } } as unknown as Message];
    const sinks: [Sink, Message[]][] = [
      [webhook({ serialize: (message) => check(message, JSON.stringify(message)) }), batch],
      [withTransform(webhook(), copy), batch],
      [webhook(), unfit],
      [new CustomerIoSink({ writeKey: 'key', endpoint: server.origin }), unfit],
    ];
    for (const [sink, messages] of sinks) {
      const { accepted, rejected } = await sink.write(messages, context);
      expect(accepted).toBe(1);
      expect(rejected).toMatchObject([{ index: 1, code: 'CALLBACK_FAILED' }]);
      expect(rejected?.[0]?.reason).not.toContain('secret-value');
    }
  });
});

const late = <T>(value: T): T => Promise.resolve(value) as unknown as T;
const lateRejection = (): never => Promise.reject(new Error('nobody waits for this')) as never;
const promising: Record<string, () => Sink> = {
  'the filter of a child of fanOut': () => fanOut([{ sink: webhook(), filter: () => late(true) }]),
  'a filter': () => withFilter(webhook(), () => lateRejection()),
  'a filter around a sink that counts no bytes': () =>
    withFilter(new CallbackSink<Message>(async () => undefined), () => late(false)),
  'a transform': () => withTransform(webhook(), (message: Message) => late(message)),
  'a transform in a fanOut': () => fanOut([withTransform(webhook(), (message: Message) => late(message))]),
  '`serialize`': () => webhook({ serialize: (message) => late(JSON.stringify(message)) }),
  '`serialize` of a sink of the host': () => ({ ...other(), serialize: () => late('{}') }),
  '`serialize` in a fanOut': () => fanOut([{ ...other(), serialize: () => lateRejection() }]),
  '`body`': () => webhook({ body: () => late('[]') }),
  '`body` of single messages': () => webhook({ format: 'single', body: () => late('[]') }),
};

describe('a promise where none is waited for ends the run at once:', () => {
  it.each(Object.entries(promising))('%s', async (_, make) => {
    const { report, dead } = await run(make());
    expect(report.error).toMatchObject({ code: 'CONFIG_INVALID' });
    expect(report.error?.message).toContain('returned a promise');
    expect(report).toMatchObject({ rowsDelivered: 0, retries: 0 });
    expect(server.requests).toEqual([]);
    expect(dead).toEqual([]);
  });

  it('`inspect`', async () => {
    const { report } = await run(webhook({ inspect: () => late({ rejected: [] }) }));
    expect(report.error).toMatchObject({ code: 'CONFIG_INVALID' });
    expect(server.requests).toHaveLength(1);
  });
});

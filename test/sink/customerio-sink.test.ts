import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { CustomerIoSink, type CustomerIoSinkOptions } from '../../src/customerio.js';
import type { Message } from '../../src/mapping/message.js';
import type { WriteContext } from '../../src/sink/sink.js';
import { startCollector, type Collector } from '../../src/testing/index.js';
import { pass, stopTime } from '../stopped-time.js';

const context: WriteContext = {
  fence: async () => undefined,
  signal: new AbortController().signal,
  sync: 'people',
  runId: 'r1',
  attempt: 1,
  firstRow: 0,
};
const person = (number: number, traits = {}): Message => ({
  type: 'identify',
  userId: `u${number}`,
  messageId: `m${number}`,
  traits,
});

describe('CustomerIoSink', () => {
  let collector: Collector;
  beforeEach(async () => {
    collector = await startCollector();
  });
  afterEach(() => collector.close());

  const open = (options: Partial<CustomerIoSinkOptions> = {}): CustomerIoSink =>
    new CustomerIoSink({ writeKey: collector.writeKey, endpoint: collector.endpoint, ...options });

  it('delivers every call type so that the published rules hold, in strict mode', async () => {
    const timestamp = '2026-01-02T03:04:05.123456789Z';
    const batch: Message[] = [
      person(1, { name: 'Zoë 🌨', nothing: null, big: '12345678901234567890' }),
      { type: 'track', userId: 'u1', messageId: 'm2', event: 'Order Completed', timestamp, properties: { total: 1.5 } },
      { type: 'group', userId: 'u1', groupId: 'g1', objectTypeId: '2', relationshipAttributes: { role: 'owner' } },
      { type: 'group', groupId: 'g2', traits: { name: 'Acme' } },
      { type: 'page', anonymousId: 'a1', name: 'Home', category: 'shop' },
      { type: 'screen', userId: 'u1', name: 'Cart', category: 'shop' },
      { type: 'alias', userId: 'u1', previousId: 'a1' },
    ];
    expect(await open().write(batch, context)).toEqual({ accepted: 7, rejected: [], retry: [] });
    expect(collector.batches).toMatchObject([{ path: '/v1/batch', messages: 7, strict: true }]);
    expect(collector.messages).toEqual([
      batch[0],
      batch[1],
      {
        type: 'group',
        userId: 'u1',
        groupId: 'g1',
        traits: { objectTypeId: '2', relationshipAttributes: { role: 'owner' } },
      },
      { type: 'group', groupId: 'g2', traits: { objectTypeId: '1', name: 'Acme' } },
      { type: 'page', anonymousId: 'a1', name: 'Home', category: 'shop', properties: { category: 'shop' } },
      batch[5],
      batch[6],
    ]);
  });

  it('rejects what is no call, unsent', async () => {
    const other = { type: 'page_view', userId: 'u2' } as unknown as Message;
    const result = await open().write([person(1), other, person(3)], context);
    expect(result).toMatchObject({ accepted: 2, rejected: [{ index: 1, code: 'CALL_UNKNOWN' }] });
    expect(collector.messages).toEqual([person(1), person(3)]);
  });

  it('adds no type to an object that has one under its older name', () => {
    const text = open().serialize({ type: 'group', groupId: 'g', traits: { object_type_id: 2 } });
    expect(JSON.parse(text)).toEqual({ type: 'group', groupId: 'g', traits: { object_type_id: 2 } });
  });

  it('sends the texts that the engine made', async () => {
    const sink = open();
    const serialized = [sink.serialize(person(1)), sink.serialize(person(2))];
    await sink.write([person(1), person(2)], { ...context, serialized });
    expect(collector.messages).toHaveLength(2);
    expect(collector.batches[0]?.bytes).toBe(
      Buffer.byteLength(serialized.join('')) + 1 + (sink.limits.batchOverheadBytes ?? 0),
    );
  });

  it('never puts a message over the limit on the wire', async () => {
    const long = person(2, { text: 'ü'.repeat(16_000) });
    const result = await open().write([person(1), long, person(3)], context);
    expect(result.accepted).toBe(2);
    expect(result.rejected).toMatchObject([
      { index: 1, code: 'MESSAGE_TOO_LARGE', reason: expect.stringContaining('largest field is traits.text (') },
    ]);
    expect([...collector.messageIds.keys()]).toEqual(['m1', 'm3']);
    expect((await open().write([long], context)).rejected).toMatchObject([{ index: 0, code: 'MESSAGE_TOO_LARGE' }]);
    expect(collector.stats().requests).toBe(1);
  });

  it('asks to split a batch that is refused, and rejects a single refused message with the reply as its detail', async () => {
    const bad: Message = { type: 'identify', traits: {} };
    await expect(open().write([person(1), bad], context)).rejects.toMatchObject({
      code: 'SINK_FAILED',
      retryable: false,
      splittable: true,
      details: { status: 400 },
    });
    expect(await open().write([bad], context)).toMatchObject({
      accepted: 0,
      rejected: [{ index: 0, code: 'HTTP_400', detail: expect.stringContaining('userId') }],
    });
  });

  it('says SINK_UNAUTHORIZED for a wrong key and keeps the key to itself', async () => {
    const sink = open({ writeKey: 'very-secret' });
    const error = await sink.write([person(1)], context).catch((thrown: unknown) => thrown);
    expect(error).toMatchObject({ code: 'SINK_UNAUTHORIZED', retryable: false, splittable: false });
    expect(JSON.stringify(error) + String(error)).not.toMatch(/very-secret|dmVyeS1zZWNyZXQ/);
  });

  it('loses data in silence without strict mode, which is why it is on by default', async () => {
    const result = await open({ strict: false }).write([{ type: 'identify' }, person(1)], context);
    expect(result.accepted).toBe(2);
    expect(collector.stats()).toMatchObject({ messages: 1, dropped: 1 });
  });

  it('compresses when asked to', async () => {
    await open({ gzip: true }).write([person(1)], context);
    expect(collector.messages).toEqual([person(1)]);
  });

  it('keeps to the request limit', async () => {
    const sink = open({ maxRequestsPer3Seconds: 5 });
    // Only a request that waits needs time to pass.
    stopTime();
    await Promise.all(Array.from({ length: 5 }, (_, index) => sink.write([person(index)], context)));
    const sixth = sink.write([person(6)], context);
    await pass(2_999);
    // Another sink's request, begun later, arrives first.
    await open({}).write([person(7)], context);
    expect(collector.messages.map(({ userId }) => userId)).not.toContain(person(6).userId);
    await pass(1);
    await sixth;
    expect(collector.messages).toHaveLength(7);
  });

  it('knows both regions and asks for one', () => {
    expect(() => new CustomerIoSink({ writeKey: 'k' })).toThrow(
      expect.objectContaining({ code: 'CONFIG_INVALID', hint: expect.stringContaining("'eu'") }),
    );
  });

  it.each([
    [{ writeKey: '' }],
    [{ writeKey: 'k', region: 'asia' }],
    [{ writeKey: 'k', endpoint: 'cdp.customer.io' }],
    [{ writeKey: 'k', endpoint: 'https://user:secret@example.com' }],
    [{ writeKey: 'k', region: 'us', maxMessages: 0 }],
    [{ writeKey: 'k', region: 'us', headers: { 'x-a': 'secret\nb' } }],
    [{ writeKey: 'k', region: 'us', maxBatchByte: 10 }],
  ])('refuses the options %j', (options) => {
    const make = (): unknown => new CustomerIoSink(options as CustomerIoSinkOptions);
    expect(make).toThrow(expect.objectContaining({ code: 'CONFIG_INVALID' }));
    expect(make).not.toThrow(/secret/);
  });
});

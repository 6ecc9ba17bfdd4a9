import { createHmac } from 'node:crypto';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { defineMapper, deliver, SinkError, type RowBatch } from '../../src/index.js';
import { WebhookSink, type WebhookSinkOptions } from '../../src/sinks.js';
import type { WriteContext } from '../../src/sink/sink.js';
import { passUntil, stopTime } from '../stopped-time.js';
import { RecordingServer } from './recording-server.js';

interface Item {
  readonly id: number;
}
const context: WriteContext = {
  fence: async () => undefined,
  signal: new AbortController().signal,
  sync: 's',
  runId: 'r',
  attempt: 1,
  firstRow: 0,
};
const items: Item[] = [{ id: 0 }, { id: 1 }, { id: 2 }];

describe('WebhookSink', () => {
  let server: RecordingServer;
  beforeEach(async () => {
    server = await RecordingServer.start();
  });
  afterEach(() => server.close());
  const open = (options: Partial<WebhookSinkOptions<Item>>): WebhookSink<Item> =>
    new WebhookSink<Item>({ endpoint: `${server.origin}/hook?a=b`, ...options });

  it('sends a JSON array, lines, or one request per message', async () => {
    await open({}).write(items, context);
    await open({ format: 'ndjson' }).write(items, context);
    await open({ format: 'single', method: 'PUT' }).write(items, context);
    expect(server.requests.map(({ body }) => body)).toEqual([
      '[{"id":0},{"id":1},{"id":2}]',
      '{"id":0}\n{"id":1}\n{"id":2}\n',
      '{"id":0}',
      '{"id":1}',
      '{"id":2}',
    ]);
    expect(server.requests.map(({ method, path }) => `${method} ${path}`)).toEqual(
      ['POST', 'POST', 'PUT', 'PUT', 'PUT'].map((method) => `${method} /hook?a=b`),
    );
    expect(server.requests[1]?.headers['content-type']).toBe('application/x-ndjson');
  });

  it('gives back what a slow receiver leaves no time for, so that no message is sent twice', async () => {
    stopTime();
    server.answer = () => ({ status: 200, delayMs: 30 });
    const many = Array.from({ length: 20 }, (_, id) => ({ id }));
    const alone = await passUntil(open({ format: 'single' }).write(many, { ...context, writeTimeoutMs: 400 }));
    expect(alone.accepted).toBe(server.requests.length);
    expect(alone.accepted).toBeLessThan(10);
    expect(alone.retry?.map(({ index }) => index)).toEqual(many.map(({ id }) => id).slice(alone.accepted));

    server.requests.length = 0;
    const columns = [{ name: 'id', type: 'native', nullable: false }] as const;
    async function* rows(): AsyncGenerator<RowBatch> {
      yield { firstRow: 0, rows: many.map(({ id }) => [id]) };
    }
    // Twenty requests take longer than a write may.
    const delivery = deliver({
      rows: rows(),
      columns,
      mapper: defineMapper(({ id }): Item => ({ id: Number(id) })),
      sink: open({ format: 'single' }),
      writeTimeoutMs: 400,
      retry: { minDelayMs: 1 },
    });
    const report = await passUntil(delivery);
    expect(report).toMatchObject({ status: 'completed', rowsDelivered: 20 });
    expect(server.requests.map(({ body }) => body)).toEqual(many.map((item) => JSON.stringify(item)));
  });

  it('signs the body so that the receiver can check it', async () => {
    await open({ signature: { secret: 'k' } }).write(items, context);
    const [plain] = server.requests;
    expect(plain?.headers['x-signature']).toBe(`sha256=${createHmac('sha256', 'k').update(plain!.body).digest('hex')}`);
    const before = Math.floor(Date.now() / 1000);
    await open({
      gzip: true,
      signature: {
        secret: 'k',
        header: 'X-Hook',
        algorithm: 'sha512',
        encoding: 'base64',
        prefix: '',
        timestampHeader: 'X-Time',
      },
    }).write(items, context);
    const timed = server.requests[1]!;
    const seconds = timed.headers['x-time'] as string;
    expect(Number(seconds)).toBeGreaterThanOrEqual(before);
    expect(Number(seconds)).toBeLessThanOrEqual(Date.now() / 1000);
    const expected = createHmac('sha512', 'k').update(`${seconds}.${timed.body}`).digest('base64');
    expect(timed.headers['x-hook']).toBe(expected);
  });

  it('sends a body of your own making, with its content type', async () => {
    const body = (messages: readonly Item[]): string => messages.map(({ id }) => `id=${id}`).join('&');
    await open({ body, contentType: 'application/x-www-form-urlencoded' }).write(items, context);
    expect(server.requests[0]).toMatchObject({ body: 'id=0&id=1&id=2' });
    expect(server.requests[0]?.headers['content-type']).toBe('application/x-www-form-urlencoded');
  });

  it('gives inspect the messages that were sent and takes rows to reject and to send again', async () => {
    const large = { id: 9, text: 'x'.repeat(100) };
    let seen: readonly Item[] = [];
    const sink = open({
      maxMessageBytes: 50,
      inspect: (_reply, messages) => {
        seen = messages;
        return { rejected: [{ index: 0, code: 'BAD', reason: 'bad' }], retry: [{ index: 2, reason: 'busy' }] };
      },
    });
    const result = await sink.write([large, ...items], context);
    expect(seen).toEqual(items);
    expect(result.accepted).toBe(1);
    expect(result.rejected).toMatchObject([
      { index: 0, code: 'MESSAGE_TOO_LARGE' },
      { index: 1, code: 'BAD' },
    ]);
    expect(result.retry).toEqual([{ index: 3, reason: 'busy' }]);
  });

  it.each<[string, Partial<WebhookSinkOptions<Item>>]>([
    ['of your own making', { body: (messages) => 'é'.repeat(50 * messages.length) }],
    ['of one message', { format: 'single', serialize: ({ id }) => 'é'.repeat(id === 0 ? 10 : 50) }],
  ])('sends no body %s that is over the limit', async (_which, options) => {
    const sink = open({ maxBatchBytes: 99, ...options });
    const { rejected } = await sink.write(items.slice(1, 2), context);
    expect(rejected).toMatchObject([{ index: 0, code: 'MESSAGE_TOO_LARGE' }]);
    expect(server.requests).toHaveLength(0);
    await open({ maxBatchBytes: 100, ...options }).write(items.slice(1, 2), context);
    expect(server.requests.map(({ body }) => Buffer.byteLength(body))).toEqual([100]);
  });

  it('calls a broken inspect a fault of the sink', async () => {
    const inspect = (): never => {
      throw new TypeError('secret');
    };
    await expect(open({ inspect }).write(items, context)).rejects.toMatchObject({
      code: 'SINK_CONTRACT',
      retryable: false,
      message: expect.not.stringContaining('secret'),
    });
  });

  it('with a request per message keeps what was accepted before an outage, and the order', async () => {
    server.answer = ({ body }) => ({ status: body.includes('1') ? 503 : 200, headers: { 'retry-after': '2' } });
    const result = await open({ format: 'single' }).write(items, context);
    expect(result).toMatchObject({
      accepted: 1,
      retry: [
        { index: 1, retryAfterMs: 2_000 },
        { index: 2, retryAfterMs: 2_000 },
      ],
    });
    expect(server.requests).toHaveLength(2);
  });

  it('with a request per message waits for one that inspect has sent again, so that the order is kept', async () => {
    let busy = true;
    const inspect = (_reply: unknown, [item]: readonly Item[]): { retry?: { index: number; reason: string }[] } => {
      if (item?.id !== 1 || !busy) return {};
      busy = false;
      return { retry: [{ index: 0, reason: 'busy' }] };
    };
    const { retry, accepted } = await open({ format: 'single', inspect }).write(items, context);
    expect(accepted).toBe(1);
    expect(retry).toEqual([1, 2].map((index) => ({ index, reason: 'busy' })));
    expect(server.requests).toHaveLength(2);
  });

  it.each([
    ['inspect', { retryable: false, splittable: true }],
    ['the key', { retryable: false }],
  ])('with a request per message sends what was accepted once, also when %s refuses a later one', async (_by, kind) => {
    const inspect = (_reply: unknown, [item]: readonly Item[]): object => {
      if (item?.id === 2) throw new SinkError('SINK_FAILED', 'no', kind);
      return {};
    };
    const sink = open({ format: 'single', inspect });
    expect(await sink.write(items, context)).toMatchObject({ accepted: 2, retry: [{ index: 2, reason: 'no' }] });
    await expect(sink.write(items.slice(2), context)).rejects.toMatchObject(kind);
  });
});

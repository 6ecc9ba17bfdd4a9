import { describe, expect, it } from 'vitest';
import {
  deliver,
  fanOut,
  identify,
  withFilter,
  withRateLimit,
  withTransform,
  type Message,
  type Sink,
  type WriteContext,
} from '../../src/index.js';
import { pass, stopTime } from '../stopped-time.js';
import { CallbackSink } from '../../src/sinks.js';

const context: WriteContext = {
  fence: async () => undefined,
  signal: new AbortController().signal,
  sync: 's',
  runId: 'r',
  attempt: 1,
  firstRow: 0,
};
const message = (userId: string): Message => ({ type: 'identify', userId });
const batch = ['a', 'b', 'c'].map(message);

describe('withFilter', () => {
  it('moves what the sink says about a part to its places in the whole', async () => {
    const seen: (readonly string[] | undefined)[] = [];
    const inner: Sink = {
      name: 'inner',
      serialize: ({ userId = '' }) => userId,
      write: async (part, { serialized }) => {
        seen.push(serialized);
        return {
          accepted: part.length - 2,
          rejected: [{ index: 0, code: 'X', reason: 'x' }],
          retry: [{ index: 1, reason: 'y' }],
        };
      },
    };
    const sink = withFilter(inner, ({ userId }) => userId !== 'a');
    expect(await sink.write(batch, { ...context, serialized: ['a', 'b', 'c'] })).toMatchObject({
      accepted: 1,
      rejected: [{ index: 1 }],
      retry: [{ index: 2 }],
    });
    expect(seen).toEqual([['b', 'c']]);
  });

  it.each([
    ['with texts of its own', { serialize: (message: Message) => JSON.stringify(message) }],
    ['without', {}],
  ])('leaves out a message that the sink would refuse for its size, for a sink %s', async (_which, own) => {
    const taken: Message[] = [];
    const texts: unknown[] = [];
    const inner: Sink = {
      name: 'inner',
      limits: { maxMessageBytes: 200, maxBatchBytes: 400 },
      ...own,
      write: async (part, { serialized }) => {
        taken.push(...part);
        texts.push(...(serialized ?? []));
        return { accepted: part.length };
      },
    };
    const report = await deliver({
      rows: (async function* () {
        yield {
          firstRow: 0,
          rows: [
            ['a', 'x'],
            ['b', 'x'.repeat(500)],
            ['c', 'x'],
          ],
        };
      })(),
      columns: ['userId', 'about'].map((name) => ({ name, type: 'text', nullable: true })),
      mapper: identify(),
      sink: withFilter(inner, ({ userId }) => userId !== 'b'),
    });
    expect(report).toMatchObject({ status: 'completed', rowsDelivered: 3 });
    expect(taken.map(({ userId }) => userId)).toEqual(['a', 'c']);
    expect(texts).toEqual('serialize' in own ? taken.map((message) => JSON.stringify(message)) : []);
  });

  it('gives the sink whole texts of what a filter that is not constant keeps at last', async () => {
    const texts: unknown[] = [];
    const inner: Sink = {
      name: 'inner',
      serialize: ({ userId = '' }) => userId,
      write: async (part, { serialized }) => {
        texts.push(serialized);
        return { accepted: part.length };
      },
    };
    let kept = false;
    const sink = withFilter(inner, () => kept);
    const serialized = batch.map((each) => sink.serialize!(each));
    kept = true;
    await sink.write(batch, { ...context, serialized });
    expect(texts).toEqual([['a', 'b', 'c']]);
  });

  it('accepts without a write when nothing is left', async () => {
    const inner = new CallbackSink<Message>(() => Promise.reject(new Error('not to be called')));
    expect(await withFilter(inner, () => false).write(batch, context)).toMatchObject({ accepted: 3 });
  });
});

describe('withTransform', () => {
  it('calls the change once per message, over counting and retries', async () => {
    let calls = 0;
    const taken: { number: number }[] = [];
    const inner = new CallbackSink<{ number: number }>(async (part) => void taken.push(...part));
    const sink = withTransform(inner, ({ type }: Message) => ({ number: ++calls, type }));
    expect(sink.serialize?.(batch[0]!)).toBe('{"number":1,"type":"identify"}');
    await sink.write(batch, context);
    await sink.write(batch, { ...context, attempt: 2 });
    expect(calls).toBe(3);
    expect(taken.map(({ number }) => number)).toEqual([1, 2, 3, 1, 2, 3]);
  });
});

describe('withRateLimit', () => {
  it('spreads messages evenly over several callers', async () => {
    const inner = new CallbackSink<Message>(async () => undefined);
    const sink = withRateLimit(inner, { maxMessagesPerSecond: 100 });
    expect(sink.limits?.maxMessages).toBe(100);
    stopTime();
    let sent = 0;
    const writes = Promise.all(Array.from({ length: 10 }, () => sink.write(batch, context).then(() => (sent += 1))));
    // The first batch waits for nobody, each other one 30 ms longer than the one before.
    await pass(0);
    expect(sent).toBe(1);
    await pass(269);
    expect(sent).toBe(9);
    await pass(1);
    await writes;
  });

  it('gives the place of an aborted write to the next one', async () => {
    stopTime();
    const sink = withRateLimit(new CallbackSink<Message>(async () => undefined), { maxRequestsPerSecond: 2 });
    await sink.write(batch, context);
    const controllers = Array.from({ length: 20 }, () => new AbortController());
    const waiting = controllers.map(({ signal }) => sink.write(batch, { ...context, signal }).catch(() => 'aborted'));
    for (const controller of controllers) controller.abort();
    expect(new Set(await Promise.all(waiting))).toEqual(new Set(['aborted']));
    const next = sink.write(batch, context);
    // Behind twenty places it would take ten seconds.
    await pass(500);
    expect(await next).toMatchObject({ accepted: 3 });
  });

  it('limits a child of the sink as the whole', async () => {
    const inner = fanOut([new CallbackSink<Message>(async () => undefined, { name: 'only' })]);
    const sink = withRateLimit(inner, { maxRequestsPerSecond: 0.001 });
    await sink.child?.('only')?.write(batch, context);
    const tooLong = { ...context, signal: AbortSignal.timeout(20) };
    await expect(sink.write(batch, tooLong)).rejects.toMatchObject({ name: 'TimeoutError' });
    expect(sink.child?.('nobody')).toBeUndefined();
  });

  it('lets messages go as text made straight from the rows, where the sink takes it so', () => {
    const plainFor = new Set(['identify'] as const);
    const serialize = Object.assign((each: Message) => JSON.stringify(each), { plainFor });
    const inner: Sink = { name: 'inner', serialize, write: async ({ length }) => ({ accepted: length }) };
    expect(withRateLimit(inner, { maxRequestsPerSecond: 9 }).serialize?.plainFor).toBe(plainFor);
    expect(withFilter(inner, () => true).serialize?.plainFor).toBeUndefined();
  });

  it('stops waiting when it is aborted', async () => {
    const sink = withRateLimit(new CallbackSink<Message>(async () => undefined), { maxRequestsPerSecond: 0.001 });
    await sink.write(batch, context);
    const controller = new AbortController();
    const waiting = sink.write(batch, { ...context, signal: controller.signal });
    const reason = new Error('stop');
    controller.abort(reason);
    await expect(waiting).rejects.toBe(reason);
  });

  it.each([{ maxMessagesPerSecond: 0 }, { maxMessages: 5 }])('refuses %j', (rate) => {
    expect(() => withRateLimit(new CallbackSink(async () => undefined), rate)).toThrow(
      expect.objectContaining({ code: 'CONFIG_INVALID' }),
    );
  });
});

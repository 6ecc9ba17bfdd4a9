import { describe, expect, it } from 'vitest';
import { fanOut, SinkError, type FanOutChild, type Message, type Sink, type WriteContext } from '../../src/index.js';
import { CallbackSink } from '../../src/sinks.js';
import type { WriteResult } from '../../src/sink/sink.js';

const context: WriteContext = {
  fence: async () => undefined,
  signal: new AbortController().signal,
  sync: 's',
  runId: 'r',
  attempt: 1,
  firstRow: 0,
};
const message = (id: string, rest: Partial<Message> = {}): Message =>
  ({ type: 'track', event: 'x', userId: id, messageId: id, ...rest }) as Message;

type Write = (ids: readonly string[]) => WriteResult | Error | undefined;

/** A sink that records each write and answers as it is told. */
class Child implements Sink {
  readonly writes: string[][] = [];
  answer: Write = () => undefined;
  readonly name: string;
  readonly limits: Sink['limits'];

  constructor(name: string, limits?: Sink['limits']) {
    this.name = name;
    this.limits = limits;
  }

  readonly write = async (batch: readonly Message[]): Promise<WriteResult> => {
    const ids = batch.map(({ messageId = '' }) => messageId);
    this.writes.push(ids);
    const answer = this.answer(ids) ?? { accepted: batch.length };
    if (answer instanceof Error) throw answer;
    return answer;
  };
}

const down = new SinkError('SINK_UNREACHABLE', 'down', { retryable: true, retryAfterMs: 500 });
const refused = (index: number) => ({ index, code: 'BAD', reason: 'bad', detail: 'because' });

describe('fanOut', () => {
  it('keeps what healthy children took while another is down, and sends them nothing twice', async () => {
    const [a, b] = [new Child('a'), new Child('b')];
    const sink = fanOut([a, b]);
    const batch = ['1', '2'].map((id) => message(id));
    b.answer = () => down;
    expect(await sink.write(batch, context)).toEqual({
      accepted: 0,
      rejected: [],
      retry: [0, 1].map((index) => ({ index, reason: 'down', retryAfterMs: 500 })),
    });
    b.answer = () => undefined;
    expect(await sink.write(batch, { ...context, attempt: 2 })).toMatchObject({ accepted: 2 });
    expect(a.writes).toEqual([['1', '2']]);
    expect(b.writes).toEqual([
      ['1', '2'],
      ['1', '2'],
    ]);
    // Settled everywhere, so a batch that is sent on purpose goes everywhere again.
    await sink.write(batch, context);
    expect(a.writes).toHaveLength(2);
  });

  it('splits for the child that asks for it only', async () => {
    const [a, b] = [new Child('a'), new Child('b')];
    const bad = new SinkError('SINK_FAILED', '400', { retryable: false, splittable: true });
    b.answer = (ids) => (ids.includes('3') ? bad : undefined);
    const result = await fanOut([a, b]).write(
      ['1', '2', '3', '4'].map((id) => message(id)),
      context,
    );
    expect(result).toMatchObject({ accepted: 3, rejected: [{ index: 2, sink: 'b' }], retry: [] });
    expect(a.writes).toEqual([['1', '2', '3', '4']]);
    expect(b.writes).toEqual([['1', '2', '3', '4'], ['1', '2'], ['3', '4'], ['3'], ['4']]);
  });

  it('rejects what any child rejected, names the child, and gives a sink for it alone', async () => {
    const [a, b, c] = [new Child('a'), new Child('b'), new Child('c')];
    a.answer = () => ({ accepted: 1, rejected: [refused(1)] });
    b.answer = () => ({ accepted: 1, rejected: [refused(1)] });
    const sink = fanOut([a, b, c]);
    const batch = ['1', '2'].map((id) => message(id));
    const { rejected = [] } = await sink.write(batch, context);
    expect(rejected).toEqual([
      { index: 1, code: 'BAD', reason: 'a: bad; b: bad', detail: 'a: because; b: because', sink: 'a,b' },
    ]);
    a.answer = b.answer = () => undefined;
    expect(await sink.child!('a,b')!.write([batch[1]!], context)).toMatchObject({ accepted: 1 });
    expect([a, b, c].map(({ writes }) => writes.length)).toEqual([2, 2, 1]);
    expect(sink.child!('nobody')).toBeUndefined();
  });

  it('names a child of a child', async () => {
    const a = new Child('a');
    a.answer = () => ({ accepted: 0, rejected: [refused(0)] });
    const inner = fanOut([a, new Child('other')], { name: 'inner' });
    const sink = fanOut([inner, new Child('b')]);
    const { rejected } = await sink.write([message('1')], context);
    expect(rejected).toMatchObject([{ sink: 'inner/a' }]);
    a.answer = () => undefined;
    await sink.child!('inner/a')!.write([message('2')], context);
    expect(a.writes).toEqual([['1'], ['2']]);
  });

  it('remembers a rejection while another child is down', async () => {
    const [a, b] = [new Child('a'), new Child('b')];
    a.answer = () => ({ accepted: 0, rejected: [refused(0)] });
    b.answer = () => down;
    const sink = fanOut([a, b]);
    const batch = [message('1')];
    expect(await sink.write(batch, context)).toMatchObject({ rejected: [], retry: [{ index: 0 }] });
    b.answer = () => undefined;
    const again = await sink.write(batch, { ...context, attempt: 2 });
    expect(again).toMatchObject({ rejected: [{ index: 0, sink: 'a' }], retry: [] });
    expect(a.writes).toHaveLength(1);
  });

  it("cuts batches to each child's limits and stops at the first outage, so that order is kept", async () => {
    const a = new Child('a', { maxMessages: 2 });
    const b = new Child('b', { maxBatchBytes: 150, maxMessageBytes: 100 });
    const sink = fanOut([a, b]);
    const batch = ['1', '2', '3', '4', '5'].map((id) => message(id));
    a.answer = (ids) => (ids.includes('3') ? down : undefined);
    const result = await sink.write([...batch, message('x'.repeat(60))], context);
    expect(a.writes).toEqual([
      ['1', '2'],
      ['3', '4'],
    ]);
    expect(b.writes).toEqual([['1', '2'], ['3', '4'], ['5']]);
    expect(result.accepted).toBe(2);
    expect(result.retry?.map(({ index }) => index)).toEqual([2, 3, 4, 5]);
  });

  it('rejects a message that is too long for a child, for this child', async () => {
    const [a, b] = [new Child('a'), new Child('b', { maxMessageBytes: 100 })];
    const result = await fanOut([a, b]).write([message('x'.repeat(60))], context);
    expect(result).toMatchObject({ accepted: 0, rejected: [{ index: 0, code: 'MESSAGE_TOO_LARGE', sink: 'b' }] });
    expect(a.writes).toHaveLength(1);
    expect(b.writes).toHaveLength(0);
  });

  it("respects filters and each message's integrations", async () => {
    const [a, b, c] = [new Child('a'), new Child('b'), new Child('c')];
    const children: (Sink | FanOutChild)[] = [
      a,
      { sink: b, integration: 'Bee' },
      { sink: c, filter: ({ userId }) => userId === '1' },
    ];
    const batch = [
      message('1'),
      message('2', { integrations: { All: false, Bee: true } }),
      message('3', { integrations: { Bee: false } }),
      message('4', { integrations: { All: false } }),
    ];
    expect(await fanOut(children).write(batch, context)).toMatchObject({ accepted: 4 });
    expect([a, b, c].map(({ writes }) => writes)).toEqual([[['1', '3']], [['1', '2']], [['1']]]);
  });

  it('ends with the error of a child that cannot go on, and does not repeat what the others took', async () => {
    const [a, b] = [new Child('a'), new Child('b')];
    b.answer = () => new SinkError('SINK_UNAUTHORIZED', '401', { retryable: false });
    const sink = fanOut([a, b]);
    const batch = [message('1')];
    await expect(sink.write(batch, context)).rejects.toMatchObject({ code: 'SINK_UNAUTHORIZED', retryable: false });
    b.answer = () => undefined;
    expect(await sink.write(batch, { ...context, attempt: 2 })).toMatchObject({ accepted: 1 });
    expect(a.writes).toHaveLength(1);
  });

  it('sends one object that stands for several rows as often as there are rows, in lanes side by side too', async () => {
    const a = new Child('a');
    let answer = (): void => undefined;
    const answered = new Promise<void>((resolve) => (answer = resolve));
    const slow = new CallbackSink<Message>(async () => answered, { name: 'slow' });
    const sink = fanOut([a, slow]);
    const same = message('1');
    const lanes = [sink.write([same], context)];
    await expect.poll(() => a.writes.length).toBe(1);
    lanes.push(sink.write([same], context));
    answer();
    expect(await Promise.all(lanes)).toMatchObject([{ accepted: 1 }, { accepted: 1 }]);
    expect(a.writes).toHaveLength(2);
  });

  it('holds a child to its contract', async () => {
    const a = new Child('a');
    a.answer = () => ({ accepted: 1 });
    await expect(fanOut([a]).write([message('1'), message('2')], context)).rejects.toMatchObject({
      code: 'SINK_CONTRACT',
    });
  });

  it('opens and closes every child, also when one fails to close', async () => {
    const log: string[] = [];
    const child = (name: string, fails: boolean): Sink => ({
      name,
      open: async () => void log.push(`open ${name}`),
      write: async (batch) => ({ accepted: batch.length }),
      close: async () => {
        log.push(`close ${name}`);
        if (fails) throw new Error('stuck');
      },
    });
    const sink = fanOut([child('a', true), child('b', false)]);
    await sink.open?.({ signal: context.signal });
    await expect(sink.close?.()).rejects.toThrow('stuck');
    expect(log).toEqual(['open a', 'open b', 'close a', 'close b']);
  });

  it('opens all children or none, so that the next try opens each once', async () => {
    const log: string[] = [];
    let fails = true;
    const child = (name: string): Sink => ({
      name,
      open: async () => {
        if (name === 'b' && fails) throw new Error('not yet');
        log.push(`open ${name}`);
      },
      write: async (batch) => ({ accepted: batch.length }),
      close: async () => void log.push(`close ${name}`),
    });
    const sink = fanOut([child('a'), child('b')]);
    await expect(sink.open?.({ signal: context.signal })).rejects.toThrow('not yet');
    fails = false;
    await sink.open?.({ signal: context.signal });
    expect(log).toEqual(['open a', 'close a', 'open a', 'open b']);
  });

  it('has as many batches in flight as its most careful child', () => {
    const concurrencies = (...each: (number | undefined)[]): unknown =>
      fanOut(each.map((concurrency, place) => new Child(`${place}`, { concurrency }))).limits?.concurrency;
    expect(concurrencies(8, 16)).toBe(8);
    expect(concurrencies(8, 1)).toBe(1);
    expect(concurrencies(8, undefined)).toBe(4);
  });

  it.each([[[]], [['a', 'a']], [['a,b']], [['a/b']]])('refuses children named %j', (names) => {
    expect(() => fanOut(names.map((name) => new Child(name)))).toThrow(
      expect.objectContaining({ code: 'CONFIG_INVALID' }),
    );
  });
});

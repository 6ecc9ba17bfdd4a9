import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import fc from 'fast-check';
import { deliver, fanOut, SinkError, Sync, withFilter } from 'snowmelt';
import type { DeadLetter, LaneKey, Rejection, RetryLater, Sink, TrackMessage, WriteResult } from 'snowmelt';
import { WebhookSink } from 'snowmelt/sinks';
import { describe, expect, it } from 'vitest';
import { mapper, result, sink } from '../delivery/rows.js';
import { setUp } from './set-up.js';

const RUNS = Number(process.env['SNOWMELT_SOAK_RUNS'] ?? 300);

const oldAndNew = [
  ['u1', 'old'],
  ['u1', 'new'],
] as const;

describe('when a destination takes the new value of a person and asks for the old one again', () => {
  it('a sink of the host ends with the new one', async () => {
    const arrived: string[] = [];
    let isFirst = true;
    const own: Sink<TrackMessage> = {
      name: 'own',
      write: async (batch): Promise<WriteResult> => {
        const retry = isFirst ? [{ index: 0, reason: 'busy' }] : [];
        isFirst = false;
        arrived.push(...batch.slice(retry.length).map(({ event }) => event));
        return { accepted: batch.length - retry.length, retry };
      },
    };
    const { options, source } = setUp({ sink: own });
    source.rows = oldAndNew;
    expect(await new Sync(options).run()).toMatchObject({ status: 'completed', rowsDelivered: 2, messages: 2 });
    expect(arrived).toEqual(['new', 'old', 'new']);
  });

  it.each(['json', 'ndjson'] as const)('a server behind a webhook (%s) ends with the new one', async (format) => {
    const values = new Map<string, string>();
    let requests = 0;
    const server = createServer((request, response) => {
      const chunks: Buffer[] = [];
      request.on('data', (chunk: Buffer) => chunks.push(chunk));
      request.on('end', () => {
        const text = Buffer.concat(chunks).toString().trim();
        const messages = JSON.parse(format === 'json' ? text : `[${text.split('\n').join(',')}]`) as TrackMessage[];
        const busy = requests++ === 0 ? [0] : [];
        for (const [index, { userId = '', event }] of messages.entries()) {
          if (!busy.includes(index)) values.set(userId, event);
        }
        response.end(JSON.stringify(busy));
      });
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    try {
      const webhook = new WebhookSink<TrackMessage>({
        endpoint: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
        format,
        inspect: ({ text }) => ({ retry: (JSON.parse(text) as number[]).map((index) => ({ index, reason: 'busy' })) }),
      });
      const { options, source } = setUp({ sink: webhook });
      source.rows = [...oldAndNew, ['u2', 'only']];
      expect(await new Sync(options).run()).toMatchObject({ status: 'completed', rowsDelivered: 3 });
      expect(values).toEqual(
        new Map([
          ['u1', 'new'],
          ['u2', 'only'],
        ]),
      );
      expect(requests).toBe(2);
    } finally {
      await new Promise((resolve) => server.close(resolve));
    }
  });
});

interface Value {
  readonly row: number;
  readonly keys: LaneKey;
  readonly isRefused: boolean;
}

const keyOf = fc.constantFrom('a', 'b', 'c', 'd');
const keys: fc.Arbitrary<LaneKey> = fc.oneof(
  { weight: 5, arbitrary: keyOf },
  { weight: 3, arbitrary: fc.tuple(keyOf, keyOf) },
  { weight: 1, arbitrary: fc.constant(undefined) },
);
const rows = fc.array(fc.record({ keys, isRefused: fc.constantFrom(false, false, false, false, true) }), {
  minLength: 1,
  maxLength: 60,
});
const list = (of: LaneKey): readonly string[] => (of === undefined ? [] : typeof of === 'string' ? [of] : of);

/** A destination that keeps of each key the value that arrived last, and puts off whatever it likes. */
class Registers {
  readonly last = new Map<string, number>();
  readonly sink: Sink<Value>;

  constructor(name: string, maxMessages: number, chance: (percent: number) => boolean) {
    const take = (message: Value): void => {
      for (const key of list(message.keys)) this.last.set(key, message.row);
    };
    this.sink = sink<Value>(
      async (batch) => {
        if (chance(40)) await new Promise((resolve) => setImmediate(resolve));
        if (chance(10)) throw new SinkError('SINK_FAILED', 'HTTP 503', { retryable: true });
        const rejected: Rejection[] = [];
        const retry: RetryLater[] = [];
        for (const [index, message] of batch.entries()) {
          if (message.isRefused) rejected.push({ index, code: 'BAD', reason: 'bad' });
          else if (chance(25)) retry.push({ index, reason: 'busy' });
          else take(message);
        }
        // It took them, and its answer is lost.
        if (chance(10)) throw new SinkError('SINK_TIMEOUT', 'no answer', { retryable: true });
        return { accepted: batch.length - rejected.length - retry.length, rejected, retry };
      },
      { name, limits: { maxMessages } },
    );
  }
}

/** What each key has in the end, if the messages are taken one after the other. */
function wanted(all: readonly Value[], isFor: (value: Value) => boolean): Map<string, number> {
  const last = new Map<string, number>();
  for (const value of all) {
    if (!value.isRefused && isFor(value)) for (const key of list(value.keys)) last.set(key, value.row);
  }
  return last;
}

const everything = (): boolean => true;
const even = ({ row }: Value): boolean => row % 2 === 0;

/** Sinks over one or two destinations, and what each destination is to get. */
const sinks: Readonly<
  Record<string, (a: Registers, b: Registers) => readonly [Sink<Value>, readonly (readonly [Registers, typeof even])[]]>
> = {
  'one destination': (a) => [a.sink, [[a, everything]]],
  'a fanOut of two': (a, b) => [
    fanOut([a.sink, b.sink]),
    [
      [a, everything],
      [b, everything],
    ],
  ],
  'a fanOut whose second destination gets a part': (a, b) => [
    fanOut([a.sink, { sink: b.sink, filter: even }]),
    [
      [a, everything],
      [b, even],
    ],
  ],
  'a filter around a fanOut': (a, b) => [
    withFilter(fanOut([a.sink, b.sink]), even),
    [
      [a, even],
      [b, even],
    ],
  ],
};

describe('whatever a destination puts off, refuses or does not answer', () => {
  it.each(Object.keys(sinks))('%s has of each key what stands last in the result', async (name) => {
    await fc.assert(
      fc.asyncProperty(
        rows,
        fc.integer({ min: 1, max: 4 }),
        fc.tuple(fc.integer({ min: 1, max: 9 }), fc.integer({ min: 1, max: 9 })),
        fc.infiniteStream(fc.nat({ max: 99 })),
        async (some, concurrency, [first, second], random) => {
          const chance = (percent: number): boolean => (random.next().value as number) < percent;
          const values = some.map((value, row) => ({ ...value, row }));
          const [a, b] = [new Registers('a', first, chance), new Registers('b', second, chance)];
          const [to, destinations] = sinks[name]!(a, b);
          const report = await deliver({
            rows: result(values.length, 7),
            mapper: mapper<Value>(
              (row) => values[row],
              (message) => message.keys,
            ),
            sink: to,
            deadLetter: sink<DeadLetter<Value>>((letters) => ({ accepted: letters.length })),
            maxRejected: values.length,
            concurrency,
            retry: { minDelayMs: 0, attempts: 10_000 },
          });
          report.throwIfFailed();
          for (const [{ last }, isFor] of destinations) expect(last).toEqual(wanted(values, isFor));
        },
      ),
      { numRuns: RUNS },
    );
  });
});

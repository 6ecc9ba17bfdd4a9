import { describe, expect, it } from 'vitest';
import {
  deliver,
  identify,
  SinkError,
  type Column,
  type DeadLetter,
  type Message,
  type Sink,
  type WriteContext,
} from 'snowmelt';

const columns: Column[] = [
  { name: 'userId', type: 'fixed', nullable: false },
  { name: 'name', type: 'text', nullable: true },
  { name: 'score', type: 'real', nullable: true },
];

async function* rowsOf(
  values: readonly (readonly (string | null)[])[],
): AsyncGenerator<{ firstRow: number; rows: typeof values }> {
  yield { firstRow: 0, rows: values };
}

interface Seen {
  readonly batch: readonly Message[];
  readonly json: Message[] | undefined;
  readonly serialized: readonly string[] | undefined;
}

/** Takes texts that were made straight from the rows. */
function plainSink(write?: (seen: Seen, context: WriteContext) => void): Sink & { readonly seen: Seen[] } {
  const seen: Seen[] = [];
  return {
    name: 'plain',
    limits: { maxBatchBytes: 300, maxMessageBytes: 150, batchOverheadBytes: 2 },
    serialize: Object.assign((message: Message) => JSON.stringify(message), {
      plainFor: new Set(['identify'] as const),
    }),
    write: async (batch, context) => {
      const text = context.json && `[${Buffer.from(context.json).toString()}]`;
      const one = {
        batch,
        json: text === undefined ? undefined : (JSON.parse(text) as Message[]),
        serialized: context.serialized,
      };
      expect(Buffer.byteLength(text ?? '')).toBeLessThanOrEqual(300);
      seen.push(one);
      write?.(one, context);
      return { accepted: batch.length };
    },
    seen,
  };
}

const people = Array.from({ length: 20 }, (_, row) => [String(row % 7), `Zoë ${row}`, '1.5']);
const expected = people.map(([id, name], row) => ({
  type: 'identify',
  userId: id,
  traits: { name, score: 1.5 },
  messageId: `run-${row}`,
}));

describe('a sink that takes texts made straight from the rows', () => {
  it('gets every message once as text, in batches within its limits, and the same as objects when it looks', async () => {
    const sink = plainSink();
    const report = await deliver({ rows: rowsOf(people), columns, mapper: identify(), sink, runId: 'run' });
    expect(report).toMatchObject({ status: 'completed', rowsDelivered: 20, messages: 20 });
    expect(sink.seen.length).toBeGreaterThan(5);
    const byRow = (one: Message, other: Message): number =>
      Number(one.messageId?.slice(4)) - Number(other.messageId?.slice(4));
    expect(sink.seen.flatMap(({ json }) => json ?? []).sort(byRow)).toStrictEqual(expected);
    for (const { batch, json, serialized } of sink.seen) {
      expect(serialized).toBeUndefined();
      expect([...batch]).toStrictEqual(json);
      expect(batch.map(({ type }) => type)).toStrictEqual(json?.map(() => 'identify'));
      expect(JSON.stringify(batch)).toBe(JSON.stringify(json));
    }
  });

  it('mixes with rows that need objects: those that are warned of', async () => {
    const sink = plainSink();
    const rows = [people[0]!, ['1', 'Bo', 'NaN'], people[2]!];
    const report = await deliver({
      rows: rowsOf(rows),
      columns,
      mapper: identify(),
      sink,
      runId: 'run',
      concurrency: 1,
    });
    expect(report.warnings).toMatchObject([{ code: 'NUMBER_NOT_FINITE', column: 'score', count: 1 }]);
    expect(sink.seen.flatMap(({ json }) => json ?? []).map(({ userId }) => userId)).toStrictEqual(['0', '1', '2']);
  });

  it('has its rejections in the dead letter as messages, also after splits', async () => {
    const letters: DeadLetter[] = [];
    const deadLetter: Sink<DeadLetter> = {
      name: 'dead',
      write: async (batch) => {
        letters.push(...batch);
        return { accepted: batch.length };
      },
    };
    const sink = plainSink(({ json }) => {
      if (json?.some(({ messageId }) => messageId === 'run-4') === true) {
        throw new SinkError('SINK_FAILED', 'no', { retryable: false, splittable: true });
      }
    });
    const rows = people.map((row, index) => (index === 5 ? ['5', 'x'.repeat(200), '1'] : row));
    const report = await deliver({ rows: rowsOf(rows), columns, mapper: identify(), sink, deadLetter, runId: 'run' });
    expect(report).toMatchObject({ rowsDelivered: 18, rowsRejected: 2 });
    const found = letters.sort((one, other) => one.row - other.row);
    expect(found).toMatchObject([
      { row: 4, code: 'MESSAGE_REJECTED', message: expected[4] },
      { row: 5, code: 'MESSAGE_TOO_LARGE', message: { userId: '5', traits: { name: 'x'.repeat(200) } } },
    ]);
  });

  it('gets objects when its text, the mapping or the key is not the usual one', async () => {
    const usual = identify();
    for (const [mapper, change] of [
      [usual, { serialize: (message: Message) => JSON.stringify(message) }],
      [
        {
          ...usual,
          bind: (result: readonly Column[]) => (values: readonly unknown[], info: { row: number }) =>
            usual.bind(result)(values, info),
        },
        {},
      ],
      [{ ...usual, key: () => 'one' }, {}],
    ] as const) {
      const sink = plainSink();
      await deliver({ rows: rowsOf(people), columns, mapper, sink: { ...sink, ...change }, runId: 'run' });
      expect(sink.seen.length).toBeGreaterThan(0);
      for (const { json, serialized, batch } of sink.seen) {
        expect(json).toBeUndefined();
        expect(serialized?.map((text) => JSON.parse(text) as unknown)).toStrictEqual(batch);
      }
    }
  });
});

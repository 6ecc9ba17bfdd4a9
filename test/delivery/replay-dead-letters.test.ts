import { expect, test } from 'vitest';
import {
  deliver,
  identify,
  QueryTemplate,
  replayDeadLetters,
  type Column,
  type DeadLetter,
  type IdentifyMessage,
  type Source,
  type Statement,
} from 'snowmelt';
import { collector, result, sink } from './rows.js';

const columns: readonly Column[] = ['userId', 'email'].map((name) => ({ name, type: 'text', nullable: true }));
const people = (count: number): string[][] =>
  Array.from({ length: count }, (_, at) => [`u${at}`, `u${at}@example.com`]);

/** A source over rows in memory that answers the one kind of statement a replay makes. */
function source(rows: readonly (readonly unknown[])[]): { readonly statements: Statement[]; readonly source: Source } {
  const statements: Statement[] = [];
  const execute: Source['execute'] = async (statement) => {
    statements.push(statement);
    const wanted = statement.binds.slice(1);
    const at = statement.sql.includes('"email" IN') ? 1 : 0;
    const found = rows.filter((values) => wanted.includes(values[at] as string));
    const base = result(found.length);
    return {
      ...base,
      columns,
      read: async function* read() {
        yield { firstRow: 0, rows: found };
      },
    };
  };
  const refuse = (): Promise<never> => Promise.reject(new Error('not used'));
  const now = async (): Promise<Date> => new Date(1_700_000_000_000);
  return { statements, source: { execute, reopen: refuse, now, close: () => Promise.resolve() } };
}

const query = new QueryTemplate(
  'SELECT ID AS "userId", EMAIL AS "email" FROM people WHERE T >= {{last_sync_time}} -- all',
);

/** Dead letters of a delivery whose sink refused every second person. */
async function refused(): Promise<DeadLetter<IdentifyMessage>[]> {
  const dead = collector<DeadLetter<IdentifyMessage>>();
  const half = sink<IdentifyMessage>((batch) => {
    const rejected = batch.flatMap((_, index) => (index % 2 === 1 ? [{ index, code: 'BAD', reason: 'bad' }] : []));
    return { accepted: batch.length - rejected.length, rejected };
  });
  const rows = {
    ...result(10),
    columns,
    read: async function* read() {
      yield { firstRow: 0, rows: people(10) };
    },
  };
  await deliver({ rows, mapper: identify(), sink: half, deadLetter: dead.sink });
  return dead.got;
}

test('sends the stored messages again, with the ids they had', async () => {
  const entries = await refused();
  const { got, sink: to } = collector<IdentifyMessage>();
  const report = await replayDeadLetters(entries, { sink: to, asStored: true });
  report.throwIfFailed();
  expect(report).toMatchObject({ entries: 5, keys: 0, messages: 5 });
  expect(got).toEqual(entries.map(({ message }) => message));
  expect(got[0]?.messageId).toBe('01b2c3d4-0000-0000-0000-000000000001-1');
});

test('sends thousands of stored messages from an async iterable', async () => {
  async function* entries(): AsyncGenerator<DeadLetter<IdentifyMessage>> {
    for (let row = 0; row < 1_234; row += 1) {
      const message: IdentifyMessage = { type: 'identify', userId: `u${row}`, messageId: `m${row}` };
      yield { sync: 's', runId: 'r', row, code: 'BAD', reason: 'bad', message };
    }
  }
  const { got, sink: to } = collector<IdentifyMessage>();
  const report = await replayDeadLetters(entries(), { sink: to, asStored: true });
  expect(report).toMatchObject({ status: 'completed', entries: 1_234, messages: 1_234 });
  expect(new Set(got.map(({ messageId }) => messageId)).size).toBe(1_234);
});

test('by key reads the current rows, each key once, and maps them anew', async () => {
  const stored = await refused();
  const now = people(10).map(([userId]) => [userId!, 'new@example.com']);
  const { statements, source: from } = source(now);
  const { got, sink: to } = collector<IdentifyMessage>();
  const report = await replayDeadLetters([...stored, ...stored], {
    sink: to,
    source: from,
    query,
    mapper: identify(),
    key: { column: 'userId' },
  });
  report.throwIfFailed();
  expect(report).toMatchObject({ entries: 10, keys: 5, rowsRead: 5, messages: 5 });
  expect(statements).toEqual([
    {
      sql: `SELECT * FROM (${query.render().sql}\n) WHERE "userId" IN (?, ?, ?, ?, ?)`,
      binds: ['0', 'u1', 'u3', 'u5', 'u7', 'u9'],
    },
  ]);
  expect(got.map(({ traits }) => traits)).toEqual(got.map(() => ({ email: 'new@example.com' })));
});

test('by key finds rows that could not be mapped by their stored values, thousands in several queries', async () => {
  const entries = people(2_500).map((values, row): DeadLetter<IdentifyMessage> => {
    return { sync: 's', runId: 'r', row, code: 'MAPPING_ROW', reason: 'r', columns: ['userId', 'email'], values };
  });
  const { statements, source: from } = source(people(2_500));
  const { got, sink: to } = collector<IdentifyMessage>();
  const key = { column: 'userId' };
  const report = await replayDeadLetters(entries, { sink: to, source: from, query, mapper: identify(), key });
  expect(report).toMatchObject({ status: 'completed', rowsDelivered: 2_500 });
  expect(statements.map(({ binds }) => binds.length)).toEqual([1_001, 1_001, 501]);
  expect(got).toHaveLength(2_500);
});

test('passes over nothing: a dead letter without message or key ends the replay', async () => {
  const entry: DeadLetter<IdentifyMessage> = { sync: 's', runId: 'r', row: 7, code: 'MAPPING_ROW', reason: 'r' };
  const { got, sink: to } = collector<IdentifyMessage>();
  const stored = await replayDeadLetters([entry], { sink: to });
  expect(stored).toMatchObject({ status: 'failed', error: { code: 'REPLAY_IMPOSSIBLE', details: { row: 7 } } });
  const key = { column: 'userId' };
  const keyed = { sink: to, source: source([]).source, query, mapper: identify(), key };
  expect((await replayDeadLetters([entry], keyed)).error).toMatchObject({ code: 'REPLAY_IMPOSSIBLE' });
  expect(got).toEqual([]);
  const of = (): string => 'u1';
  const found = await replayDeadLetters([entry], { ...keyed, source: source(people(3)).source, key: { ...key, of } });
  expect(found).toMatchObject({ status: 'completed', messages: 1 });
});

test('by key asks for what the message says of that column, never for another id', async () => {
  const message = { type: 'identify', userId: '5000', traits: { email: 'ada@example.com' } } as const;
  const entry = { sync: 's', runId: 'r', row: 7, code: 'MESSAGE_TOO_LARGE', reason: 'r', message };
  const { statements, source: from } = source([['5000', 'ada@example.com']]);
  const { got, sink: to } = collector<IdentifyMessage>();
  const how = { sink: to, source: from, query, mapper: identify() };
  const report = await replayDeadLetters([entry], { ...how, key: { column: 'email' } });
  expect(report).toMatchObject({
    status: 'completed',
    keys: 1,
    messages: 1,
    warnings: [{ code: 'REPLAY_WITHOUT_LEASE' }],
  });
  expect(statements[0]?.binds.at(-1)).toBe('ada@example.com');
  const byId = await replayDeadLetters([entry], { ...how, key: { column: 'USERID' } });
  expect(byId.error).toBeUndefined();
  expect(statements[1]?.binds.at(-1)).toBe('5000');
  const unknown = await replayDeadLetters([entry], { ...how, key: { column: 'CUSTOMER' } });
  expect(unknown.error).toMatchObject({ code: 'REPLAY_IMPOSSIBLE', hint: 'Pass `key.of`, which finds it.' });
  expect(got).toHaveLength(2);
});

test('by key warns of keys that found no row', async () => {
  const stored = await refused();
  const { source: from } = source(people(2));
  const { sink: to } = collector<IdentifyMessage>();
  const how = { sink: to, source: from, query, mapper: identify() };
  const report = await replayDeadLetters(stored, { ...how, key: { column: 'userId' } });
  const message = '4 of 5 keys found no row: nothing was sent for their dead letters.';
  expect(report).toMatchObject({ status: 'completed', keys: 5, messages: 1 });
  expect(report.warnings).toMatchObject([
    { code: 'REPLAY_WITHOUT_ROWS', message, count: 4 },
    { code: 'REPLAY_WITHOUT_LEASE' },
  ]);
});

test('nothing to replay is a success; a key without source, query and mapper is misuse', async () => {
  const { sink: to } = collector<IdentifyMessage>();
  expect(await replayDeadLetters([], { sink: to })).toMatchObject({ status: 'completed', entries: 0 });
  const key = { column: 'userId' };
  const nothing = { sink: to, key };
  await expect(replayDeadLetters([], nothing)).rejects.toMatchObject({ code: 'CONFIG_INVALID' });
  const { source: from } = source([]);
  const report = await replayDeadLetters([], { ...nothing, source: from, query, mapper: identify() });
  expect(report).toMatchObject({ status: 'completed', entries: 0, keys: 0 });
});

import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  FileStateStore,
  identify,
  QueryTemplate,
  replayDeadLetters,
  SnowflakeSource,
  SqlApiSource,
  Sync,
} from 'snowmelt';
import type { DeadLetter, IdentifyMessage, Message, Source } from 'snowmelt';
import { CustomerIoSink } from 'snowmelt/customerio';
import { NdjsonSink, readDeadLetters } from 'snowmelt/sinks';
import { startCollector, startSnowflake } from 'snowmelt/testing';
import type { Collector, EmbeddedSnowflake } from 'snowmelt/testing';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';

let server: EmbeddedSnowflake;
let collector: Collector;
let folder: string;
beforeAll(async () => {
  server = await startSnowflake();
});
afterAll(() => server.close());
beforeEach(async () => {
  collector = await startCollector();
  folder = await mkdtemp(join(tmpdir(), 'snowmelt-replay-'));
  await server.query(`
    CREATE OR REPLACE TABLE PEOPLE (ID NUMBER, EMAIL VARCHAR, NOTES VARIANT, UPDATED TIMESTAMP_NTZ);
    INSERT INTO PEOPLE SELECT SEQ4(), 'p' || SEQ4() || '@example.com', NULL, SYSDATE()
      FROM TABLE(GENERATOR(ROWCOUNT => 300))`);
});
afterEach(async () => {
  await collector.close();
  await rm(folder, { recursive: true, force: true });
});

const query = new QueryTemplate(
  'SELECT ID AS "userId", EMAIL AS "email", NOTES AS "notes" FROM PEOPLE WHERE UPDATED >= {{last_sync_time}} -- changed',
);

describe.each([
  ['the driver', (): Source => new SnowflakeSource(server.connection())],
  ['the SQL API', (): Source => new SqlApiSource(server.connection())],
])('dead letters replayed by key over %s', (_name, open) => {
  it('send the current rows, mapped anew, and only those of their keys', async () => {
    const source = open();
    const path = join(folder, 'dead.ndjson');
    const sink = new CustomerIoSink({ endpoint: collector.endpoint, writeKey: collector.writeKey });
    // The row 7 has a note that is too long for the destination, and no row without an id can be mapped.
    await server.query(`UPDATE PEOPLE SET NOTES = TO_VARIANT(REPEAT('x', 40000)) WHERE ID = 7`);
    await server.query(`INSERT INTO PEOPLE VALUES (NULL, 'late@example.com', NULL, SYSDATE())`);
    try {
      const deadLetter = new NdjsonSink<DeadLetter>({ path });
      const sync = new Sync({
        name: 'people',
        source,
        query,
        mapper: identify(),
        sink,
        state: new FileStateStore(join(folder, 'state')),
        deadLetter,
      });
      const report = await sync.run();
      expect(report).toMatchObject({ status: 'completed', rowsRead: 301, rowsDelivered: 299, rowsRejected: 2 });
      expect(collector.messages.some(({ userId }) => userId === '7')).toBe(false);

      await server.query(`UPDATE PEOPLE SET NOTES = NULL, EMAIL = 'seven@example.com' WHERE ID = 7`);
      await server.query(`UPDATE PEOPLE SET ID = 1000 WHERE ID IS NULL`);
      collector.clear();
      const mapper = identify({ columnCase: (name) => `new_${name}` });
      const key = {
        column: 'email',
        of: ({ columns, values, message }: DeadLetter<IdentifyMessage>) => {
          const email = values?.[columns?.indexOf('email') ?? -1] ?? message?.traits?.['email'];
          return email === 'p7@example.com' ? 'seven@example.com' : (email as string);
        },
      };
      const replay = await replayDeadLetters(readDeadLetters<IdentifyMessage>(path), {
        key,
        source,
        query,
        mapper,
        sink,
      });
      replay.throwIfFailed();
      expect(replay).toMatchObject({ status: 'completed', entries: 2, keys: 2, rowsRead: 2, rowsDelivered: 2 });
      expect(collector.messages.map(({ userId, traits }) => [userId, traits]).sort()).toEqual([
        ['1000', { new_email: 'late@example.com', new_notes: null }],
        ['7', { new_email: 'seven@example.com', new_notes: null }],
      ]);
    } finally {
      await source.close();
    }
  });

  it('find a NUMBER key by its wire text, with keys of the messages alone', async () => {
    const source = open();
    const sink = new CustomerIoSink({ endpoint: collector.endpoint, writeKey: collector.writeKey });
    const entries = [299, 3, 3].map((id): DeadLetter => {
      const message: Message = { type: 'identify', userId: String(id) };
      return { sync: 'people', runId: 'r', row: id, code: 'BAD', reason: 'bad', message };
    });
    try {
      const key = { column: 'userId' };
      const replay = await replayDeadLetters(entries, { key, source, query, mapper: identify(), sink });
      expect(replay).toMatchObject({ status: 'completed', entries: 3, keys: 2, rowsDelivered: 2 });
      expect(new Set(collector.messages.map(({ userId }) => userId))).toEqual(new Set(['3', '299']));
    } finally {
      await source.close();
    }
  });
});

import { mkdtemp, readFile, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import { CustomerIoSink } from '../../src/customerio.js';
import { FileStateStore, QueryTemplate, SnowflakeSource, SqlApiSource, Sync, identify } from '../../src/index.js';
import { startCollector, startSnowflake } from '../../src/testing/index.js';

const EVENTS = [
  'run:start',
  'query:done',
  'progress',
  'batch:delivered',
  'retry',
  'row:rejected',
  'checkpoint',
  'run:complete',
  'run:skip',
  'run:fail',
  'warning',
] as const;

describe.each([
  ['SnowflakeSource', SnowflakeSource],
  ['SqlApiSource', SqlApiSource],
])('a whole sync over %s', (_name, Source) => {
  const closing: (() => Promise<unknown>)[] = [];
  afterEach(async () => {
    for (const close of closing.splice(0).reverse()) await close();
  });

  async function setUp(writeKey?: string) {
    const snowflake = await startSnowflake({
      seedSql: `CREATE TABLE PEOPLE (ID NUMBER, EMAIL VARCHAR, LAST_UPDATED TIMESTAMP_NTZ);
        INSERT INTO PEOPLE SELECT SEQ4(), 'person' || SEQ4() || '@secret.example', '2024-01-01'::TIMESTAMP_NTZ
        FROM TABLE(GENERATOR(ROWCOUNT => 500));`,
    });
    const collector = await startCollector();
    const folder = await mkdtemp(join(tmpdir(), 'snowmelt-guarantees-'));
    const connection = snowflake.connection();
    const source = new Source(connection);
    closing.push(
      () => rm(folder, { recursive: true, force: true }),
      () => snowflake.close(),
      () => collector.close(),
      () => source.close(),
    );
    const told: unknown[] = [];
    const logs: unknown[] = [];
    const log = (fields: object, text: string): void => void logs.push([fields, text]);
    const sync = new Sync({
      name: 'people',
      source,
      query: new QueryTemplate(
        'SELECT ID AS "userId", EMAIL AS "email" FROM PEOPLE WHERE LAST_UPDATED >= {{last_sync_time}}',
      ),
      mapper: identify(),
      sink: new CustomerIoSink({ writeKey: writeKey ?? collector.writeKey, endpoint: collector.endpoint }),
      state: new FileStateStore(folder),
      logger: { info: log, warn: log, error: log },
    });
    for (const event of EVENTS) sync.on(event, (fact) => told.push(fact));
    const before = snowflake.stats().sql.length;
    return { snowflake, collector, folder, connection, sync, told, logs, before };
  }

  it('sends only reads and session settings to Snowflake', async () => {
    const { snowflake, sync, before } = await setUp();
    (await sync.run()).throwIfFailed();
    const kinds = snowflake
      .stats()
      .sql.slice(before)
      .map((sql) => /^\s*(\w+(?: SESSION)?)/.exec(sql)?.[1]?.toUpperCase());
    expect(kinds.length).toBeGreaterThan(1);
    expect(new Set(kinds)).toEqual(
      new Set(kinds.filter((kind) => ['SELECT', 'SHOW', 'ALTER SESSION'].includes(kind ?? ''))),
    );
  });

  it.each([
    ['completes', undefined],
    ['fails', 'wrong-write-key'],
  ])('shows no key and no row value in events, report, logs and state when it %s', async (_how, writeKey) => {
    const { collector, folder, connection, sync, told, logs } = await setUp(writeKey);
    const report = await sync.run();
    expect(report.status).toBe(writeKey === undefined ? 'completed' : 'failed');
    const files = await Promise.all(
      (await readdir(folder, { recursive: true, withFileTypes: true }))
        .filter((entry) => entry.isFile())
        .map((entry) => readFile(join(entry.parentPath, entry.name), 'utf8')),
    );
    expect(files.length).toBeGreaterThan(0);
    const error = report.error;
    const shown = [JSON.stringify([told, logs, report]), String(error?.stack), String(error?.hint), ...files].join(
      '\n',
    );
    const keyBody = connection.privateKey.split('\n')[1];
    expect(keyBody?.length).toBeGreaterThan(40);
    const secrets = [keyBody ?? '', collector.writeKey, Buffer.from(`${collector.writeKey}:`).toString('base64')];
    for (const secret of [...secrets, 'wrong-write-key', 'secret.example', 'Snowflake Token', 'Bearer ']) {
      expect(shown).not.toContain(secret);
    }
  });
});

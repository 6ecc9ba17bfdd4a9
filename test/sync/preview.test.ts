import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  defineMapper,
  fromAsyncIterable,
  identify,
  MemoryStateStore,
  QueryTemplate,
  SnowflakeSource,
  SqlApiSource,
  Sync,
  track,
  type RowMapper,
  type SyncOptions,
  type SyncPreview,
} from 'snowmelt';
import { CustomerIoSink } from 'snowmelt/customerio';
import { startCollector, startSnowflake, type Collector, type EmbeddedSnowflake } from 'snowmelt/testing';

const SEED = `
CREATE TABLE people (ID NUMBER, EMAIL VARCHAR, IS_ACTIVE NUMBER(1, 0), UPDATED_TEXT VARCHAR, UPDATED_MS NUMBER,
  HUGE NUMBER DEFAULT 9007199254740993, PRICE NUMBER(38, 10) DEFAULT 1234567.89, LONG_PRICE NUMBER(38, 10) DEFAULT 1234567.8901234567,
  BODY VARIANT, LAST_UPDATED TIMESTAMP_NTZ, LOCAL_TIME TIMESTAMP_NTZ);
INSERT INTO people (ID, EMAIL, IS_ACTIVE, UPDATED_TEXT, UPDATED_MS, BODY, LAST_UPDATED, LOCAL_TIME) SELECT 1, 'ada@example.com', 1, '2026-01-01', 1767225600000, PARSE_JSON('{"at":1}'), SYSDATE(), DATEADD(hour, -7, SYSDATE());
INSERT INTO people (ID, EMAIL, IS_ACTIVE, UPDATED_TEXT, UPDATED_MS, BODY, LAST_UPDATED, LOCAL_TIME) SELECT 2, 'grace@example.com', 0, '2026-01-02', 1767225600000, PARSE_JSON('{"at":1}'), SYSDATE(), DATEADD(hour, -8, SYSDATE());
INSERT INTO people (ID, EMAIL, IS_ACTIVE, UPDATED_TEXT, UPDATED_MS, BODY, LAST_UPDATED, LOCAL_TIME) SELECT 2, 'hopper@example.com', 1, '2026-01-02', 1767225600000, PARSE_JSON('{"at":1}'), SYSDATE(), DATEADD(hour, -8, SYSDATE());
INSERT INTO people (ID, EMAIL, IS_ACTIVE, UPDATED_TEXT, UPDATED_MS, BODY, LAST_UPDATED, LOCAL_TIME) SELECT NULL, 'nobody@example.com', 1, '2026-01-03', 1767225600000, PARSE_JSON('{"at":1}'), SYSDATE(), DATEADD(hour, -8, SYSDATE());
CREATE TABLE ahead (ID NUMBER, L TIMESTAMP_NTZ);
INSERT INTO ahead SELECT 1, DATEADD(hour, 2, SYSDATE());`;

let snowflake: EmbeddedSnowflake;
let collector: Collector;
let source: SnowflakeSource;

beforeAll(async () => {
  snowflake = await startSnowflake({ seedSql: SEED });
  collector = await startCollector();
  source = new SnowflakeSource(snowflake.connection());
});

afterAll(async () => {
  await source.close();
  await collector.close();
  await snowflake.close();
});

function sync(query: string, options: Partial<SyncOptions> = {}): Sync {
  return new Sync({
    name: 'people',
    source,
    query: new QueryTemplate(query),
    mapper: identify(),
    sink: new CustomerIoSink({ writeKey: collector.writeKey, endpoint: collector.endpoint }),
    state: new MemoryStateStore(),
    lookbackSeconds: 120,
    ...options,
  });
}

const codes = ({ warnings }: SyncPreview): string[] => warnings.map(({ code }) => code);
const GOOD = 'SELECT ID AS "userId", EMAIL AS "email" FROM people WHERE ID = 1 AND LAST_UPDATED >= {{last_sync_time}}';

describe('preview', () => {
  it('shows columns with their types, the first rows, their messages and what a run would send', async () => {
    const preview = await sync(GOOD).preview({ limit: 5 });
    expect(preview.columns).toMatchObject([
      { name: 'userId', type: 'fixed', becomes: 'userId' },
      { name: 'email', type: 'text', becomes: 'traits.email' },
    ]);
    expect(preview.rows).toMatchObject([
      {
        row: 0,
        values: [1, 'ada@example.com'],
        messages: [{ type: 'identify', userId: '1', traits: { email: 'ada@example.com' } }],
      },
    ]);
    expect(preview).toMatchObject({ rejections: [], warnings: [], notChecked: [] });
    expect(preview.estimate).toMatchObject({ rows: 1, messages: 1, batches: 1 });
    expect(preview.estimate.bytes).toBe(Buffer.byteLength(JSON.stringify(preview.rows[0]?.messages[0])));
    expect(String(preview)).toContain('traits.email');
  });

  it('sends nothing and stores nothing', async () => {
    const state = new MemoryStateStore();
    const before = collector.stats().requests;
    await sync(GOOD, { state }).preview();
    expect(await state.get('people')).toBeUndefined();
    expect(collector.stats().requests).toBe(before);
  });

  it('looks from the stored last_sync_time on, less the lookback, or from a given one', async () => {
    const state = new MemoryStateStore();
    const previewed = sync(GOOD, { state });
    await previewed.reset({ lastSyncTime: 4_000_000_000 });
    expect(await previewed.preview()).toMatchObject({
      lastSyncTime: 4_000_000_000,
      windowStart: 3_999_999_880,
      rows: [],
    });
    expect((await previewed.preview({ lastSyncTime: 0 })).rows).toHaveLength(1);
  });

  it('reads only so many rows and counts the others', async () => {
    const preview = await sync(
      'SELECT EMAIL AS "userId" FROM people WHERE LAST_UPDATED >= {{last_sync_time}} -- all',
    ).preview({ limit: 2 });
    expect(preview.rows).toHaveLength(2);
    expect(preview.estimate).toMatchObject({ rows: 4, messages: 4 });
  });

  it('names rows that would be rejected, and repeated and missing ids of the whole window', async () => {
    const preview = await sync(
      'SELECT ID AS "userId", EMAIL AS "email" FROM people WHERE LAST_UPDATED >= {{last_sync_time}}',
    ).preview();
    expect(preview.rejections).toMatchObject([
      { row: 3, code: 'MAPPING_ROW', hint: expect.stringContaining('Leave such rows out') },
    ]);
    expect(String(preview)).toContain('Leave such rows out');
    expect(preview.rows[3]?.messages).toEqual([]);
    expect(codes(preview)).toEqual(expect.arrayContaining(['NULL_ID', 'DUPLICATE_ID']));
    expect(preview.warnings.find(({ code }) => code === 'NULL_ID')?.message).toContain('1 of 4 rows');
    expect(preview.warnings.find(({ code }) => code === 'DUPLICATE_ID')?.message).toContain('1 of 4 rows');
  });

  it('says nothing of missing ids where the e-mail address stands in', async () => {
    const preview = await sync(
      'SELECT IFF(ID = 2, NULL, ID) AS "userId", EMAIL AS "email" FROM people WHERE LAST_UPDATED >= {{last_sync_time}}',
      { mapper: identify({ emailFallback: true }) },
    ).preview();
    expect(codes(preview)).not.toContain('NULL_ID');
    expect(preview.rejections).toEqual([]);
  });

  it('takes repeated people for normal in events', async () => {
    const preview = await sync(
      'SELECT ID AS "userId", \'Bought\' AS "event" FROM people WHERE ID > 0 AND LAST_UPDATED >= {{last_sync_time}}',
      { mapper: track() },
    ).preview();
    expect(codes(preview)).toEqual([]);
  });

  const warned: readonly (readonly [code: string, query: string, fix: string, options: Partial<SyncOptions>])[] = [
    ['ALL_CAPITALS', GOOD.replace('AS "email"', 'AS EMAIL'), 'AS "email"', {}],
    ['NO_TIME_FILTER', 'SELECT ID AS "userId" FROM people WHERE ID = 1', '{{last_sync_time}}', {}],
    ['NO_LOOKBACK', GOOD, 'lookbackSeconds', { lookbackSeconds: 0 }],
    ['NUMBER_AS_BOOLEAN', GOOD.replace('EMAIL AS "email"', 'IS_ACTIVE AS "is_active"'), '::BOOLEAN', {}],
    ['TEXT_AS_TIME', GOOD.replace('LAST_UPDATED', 'UPDATED_TEXT'), 'TRY_TO_TIMESTAMP_NTZ(UPDATED_TEXT)', {}],
    ['TEXT_AS_TIME', GOOD.replace('LAST_UPDATED', 'BODY'), '::VARCHAR', {}],
    ['TIME_IN_MILLISECONDS', GOOD.replace('LAST_UPDATED', 'UPDATED_MS'), 'epoch_ms', {}],
    ['TIME_ZONE_SUSPECT', GOOD.replace('LAST_UPDATED', 'LOCAL_TIME'), 'timestamp_ntz(', {}],
    ['TIME_ZONE_SUSPECT', 'SELECT ID AS "userId" FROM ahead x WHERE x.L >= {{last_sync_time}}', 'timestamp_ntz(', {}],
    ['MIXED_NUMBERS', GOOD.replace('EMAIL AS "email"', 'HUGE AS "huge"'), 'TO_VARCHAR(…) AS "huge"', {}],
    ['MIXED_NUMBERS', GOOD.replace('EMAIL AS "email"', '-HUGE AS "huge"'), "numbers: { columns: ['huge'] }", {}],
    ['MIXED_NUMBERS', GOOD.replace('EMAIL AS "email"', 'LONG_PRICE AS "price"'), 'TO_VARCHAR(…)', {}],
    ['STRICT_COMPARISON', GOOD.replace('>= {{', '> {{'), '>= {{last_sync_time}}', {}],
    [
      'STRICT_COMPARISON',
      GOOD.replace('LAST_UPDATED >=', '{{last_sync_time}} <= LAST_UPDATED AND LAST_UPDATED >'),
      '>=',
      {},
    ],
    [
      'STRICT_COMPARISON',
      GOOD.replace('LAST_UPDATED >= {{last_sync_time}}', 'TO_TIMESTAMP_NTZ({{last_sync_time}}) < LAST_UPDATED'),
      '>=',
      {},
    ],
  ];

  it.each(warned)('warns of %s with its repair: %s', async (code, query, fix, options) => {
    const preview = await sync(query, options).preview();
    expect(codes(preview)).toEqual([code]);
    expect(preview.warnings[0]?.fix).toContain(fix);
    expect(preview.warnings[0]?.message).not.toContain('ada@example.com');
  });

  it('does not warn of a column of many digits whose numbers all fit a double', async () => {
    const query = GOOD.replace('EMAIL AS "email"', 'UPDATED_MS AS "ms", PRICE AS "price", -PRICE AS "refund"');
    const preview = await sync(query).preview();
    expect(preview.columns.map(({ precision }) => precision)).toContain(38);
    expect(codes(preview)).toEqual([]);
  });

  it('does not suspect a column that is read in its own time zone', async () => {
    const query = GOOD.replace(
      'LAST_UPDATED >= {{last_sync_time}}',
      "LOCAL_TIME >= {{last_sync_time:timestamp_ntz('America/Los_Angeles')}}",
    );
    expect(codes(await sync(query).preview())).toEqual([]);
  });

  it('says what it could not look into', async () => {
    const query =
      'SELECT ID AS "userId" FROM people WHERE ID = 1 AND DATEADD(day, 1, LAST_UPDATED) >= {{last_sync_time}}';
    expect((await sync(query).preview()).notChecked).toHaveLength(1);
  });

  it('works the same through the SQL API', async () => {
    const api = new SqlApiSource(snowflake.connection());
    const query = GOOD.replace('ID = 1', 'ID > 0');
    const [one, other] = [await sync(query).preview(), await sync(query, { source: api }).preview()];
    const plain = (preview: SyncPreview) => ({
      columns: preview.columns.map(({ name, type, becomes }) => [name, type, becomes]),
      values: preview.rows.map(({ values }) => values),
    });
    expect(plain(one)).toEqual(plain(other));
    expect(codes(one)).toEqual(codes(other));
    expect(one.estimate).toMatchObject({ rows: 3, messages: 3 });
    await api.close();
  });

  it('previews a source without SQL and a mapper that explains nothing', async () => {
    async function* rows() {
      for (let id = 0; id < 1000; id += 1) yield { id };
    }
    const { callType, bind, map } = defineMapper(({ id }) => ({
      type: 'identify' as const,
      userId: `${id as number}`,
    }));
    const mapper: RowMapper = { callType, bind, map };
    const preview = await new Sync({
      name: 'people',
      source: fromAsyncIterable(rows, { columns: ['id'] }),
      mapper,
      sink: { name: 'none', write: async (batch) => ({ accepted: batch.length }) },
      state: new MemoryStateStore(),
    }).preview({ limit: 3 });
    expect(preview.rows.map(({ messages }) => messages[0])).toMatchObject([
      { userId: '0' },
      { userId: '1' },
      { userId: '2' },
    ]);
    expect(preview.estimate.rows).toBeUndefined();
    expect(preview.notChecked).toHaveLength(1);
  });

  it('refuses a limit that is none, and passes errors of query and columns on', async () => {
    await expect(sync(GOOD).preview({ limit: 0 })).rejects.toMatchObject({ code: 'CONFIG_INVALID' });
    await expect(sync('SELECT ID AS "id" FROM people').preview()).rejects.toMatchObject({ code: 'MAPPING_COLUMNS' });
    await expect(sync('SELECT\nNOTHING AS "userId" FROM people').preview()).rejects.toMatchObject({
      code: 'SOURCE_SQL',
      details: { line: 2 },
    });
    const reason = new Error('stop');
    await expect(sync(GOOD).preview({ signal: AbortSignal.abort(reason) })).rejects.toBe(reason);
  });
});

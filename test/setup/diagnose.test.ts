import { once } from 'node:events';
import { createServer, type AddressInfo } from 'node:net';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import {
  diagnose,
  fromAsyncIterable,
  generateKeyPair,
  identify,
  MemoryStateStore,
  QueryTemplate,
  setupSql,
  SnowflakeSource,
  SqlApiSource,
  StateError,
  Sync,
  type CheckName,
  type Diagnosis,
  type KeyPair,
  type SnowflakeConnectionOptions,
  type SyncOptions,
} from 'snowmelt';
import { CustomerIoSink } from 'snowmelt/customerio';
import { SnowflakeStateStore } from 'snowmelt/snowflake-state';
import { startCollector, type Collector, type EmbeddedSnowflake } from 'snowmelt/testing';
import { connection, keyPair, setup, startShop } from './reader.js';

const GOOD = 'SELECT ID AS "userId", EMAIL AS "email" FROM PEOPLE WHERE LAST_UPDATED >= {{last_sync_time}}';

let snowflake: EmbeddedSnowflake;
let collector: Collector;
let other: KeyPair;
let freePort: number;

beforeAll(async () => {
  const server = createServer();
  await once(server.listen(0, '127.0.0.1'), 'listening');
  freePort = (server.address() as AddressInfo).port;
  await once(server.close(), 'close');
  snowflake = await startShop();
  collector = await startCollector();
  other = await generateKeyPair();
});

afterAll(async () => {
  await collector.close();
  await snowflake.close();
});

const sources = [
  ['the driver', SnowflakeSource],
  ['the SQL API', SqlApiSource],
] as const;

/** A set-up that is right but for what the test breaks. */
interface Broken {
  readonly options?: Partial<SnowflakeConnectionOptions>;
  readonly query?: string;
  readonly sync?: Partial<SyncOptions>;
  /** Breaks and, at the end, repairs. */
  readonly sql?: readonly [breaks: string, repairs: string];
  readonly clockMs?: number;
}

const undo: (() => Promise<unknown>)[] = [];

afterEach(async () => {
  for (const step of undo.splice(0).reverse()) await step();
});

async function examine(ASource: (typeof sources)[number][1], broken: Broken): Promise<Diagnosis> {
  const { sql, clockMs = 0, query = GOOD } = broken;
  if (sql !== undefined) {
    undo.push(() => snowflake.query(sql[1]));
    await snowflake.query(sql[0]);
  }
  if (clockMs !== 0) {
    undo.push(async () => snowflake.faults.moveClock(-clockMs));
    snowflake.faults.moveClock(clockMs);
  }
  const diagnosis = await diagnose({
    stateTable: setup.stateTable,
    sync: () =>
      new Sync({
        name: 'people',
        source: new ASource({ ...connection(snowflake), ...broken.options }),
        query: new QueryTemplate(query),
        mapper: identify(),
        sink: new CustomerIoSink({ writeKey: collector.writeKey, endpoint: collector.endpoint }),
        state: new MemoryStateStore(),
        lookbackSeconds: 120,
        ...broken.sync,
      }),
  });
  const text = String(diagnosis);
  for (const secret of [keyPair.privateKey, other.privateKey, 'wrong-key', collector.writeKey]) {
    expect(text).not.toContain(secret);
    expect(JSON.stringify(diagnosis)).not.toContain(secret);
  }
  return diagnosis;
}

const result = (diagnosis: Diagnosis, name: CheckName): string =>
  diagnosis.checks.find((check) => check.name === name)?.result ?? 'missing';

describe.each(sources)('diagnose, through %s', (_name, ASource) => {
  it('finds nothing wrong with a set-up by the script', async () => {
    const diagnosis = await examine(ASource, {});
    expect(diagnosis.checks.filter(({ result: each }) => each !== 'ok')).toEqual([]);
    expect(diagnosis).toMatchObject({ ok: true, problem: undefined });
  });

  const cases: readonly (readonly [
    what: string,
    broken: () => Broken,
    name: CheckName,
    expected: 'failed' | 'warning',
    reason: RegExp,
    repair: RegExp,
  ])[] = [
    [
      'a key file that is not there',
      () => ({ options: { privateKey: undefined, privateKeyPath: '/nowhere/rsa_key.p8' } }),
      'key',
      'failed',
      /cannot be read/,
      /ls -l \/nowhere\/rsa_key\.p8/,
    ],
    [
      'a public key instead of the private one',
      () => ({ options: { privateKey: keyPair.publicKey } }),
      'key',
      'failed',
      /a public key, not the private one/,
      /openssl/,
    ],
    [
      'the key of another user',
      () => ({ options: { privateKey: other.privateKey } }),
      'login',
      'failed',
      /public key is not that of this private key/,
      /SYSTEM\$GET_LOGIN_FAILURE_DETAILS\('[0-9a-f-]{36}'\);\nDESC USER SNOWMELT/,
    ],
    [
      'a user that is not there',
      () => ({ options: { username: 'NOBODY' } }),
      'login',
      'failed',
      /has no user NOBODY/,
      /DESC USER NOBODY/,
    ],
    [
      'another account',
      () => ({ options: { account: 'OTHER-ACCOUNT' } }),
      'login',
      'failed',
      /account OTHER-ACCOUNT .*or it is another account/,
      /GET_LOGIN_FAILURE_DETAILS/,
    ],
    [
      'a user that is disabled',
      () => ({ sql: ['ALTER USER SNOWMELT SET DISABLED = TRUE', 'ALTER USER SNOWMELT SET DISABLED = FALSE'] }),
      'login',
      'failed',
      /disabled/,
      /^ALTER USER SNOWMELT SET DISABLED = FALSE;$/,
    ],
    [
      'a host that is not reached',
      // Nobody listens at a port of the ephemeral range that a server has just given back.
      () => ({ options: { accessUrl: `http://127.0.0.1:${freePort}` } }),
      'reachable',
      'failed',
      /127\.0\.0\.1:\d+ \(ECONNREFUSED\)/,
      /network/,
    ],
    [
      'a port that fetch refuses',
      () => ({ options: { accessUrl: 'http://127.0.0.1:9' } }),
      'reachable',
      'failed',
      /127\.0\.0\.1:9/,
      /another one/,
    ],
    [
      'an account that is a URL',
      () => ({ options: { account: 'https://x.y' } }),
      'options',
      'failed',
      /URL/,
      /accessUrl/,
    ],
    [
      'a clock that is ten minutes behind',
      () => ({ clockMs: 10 * 60_000 + 3_600_000 }),
      'clock',
      'failed',
      /behind Snowflake's/,
      /set-ntp/,
    ],
    [
      'a clock that is ten minutes ahead',
      () => ({ clockMs: -10 * 60_000 }),
      'clock',
      'failed',
      /(?:599|60\d) s ahead of Snowflake's/,
      /set-ntp/,
    ],
    [
      'a role that the user does not have',
      () => ({ options: { role: 'ANALYST' } }),
      'role',
      'failed',
      /ANALYST/,
      /^GRANT ROLE ANALYST TO USER SNOWMELT;/,
    ],
    [
      'a warehouse that is not there',
      () => ({ options: { warehouse: 'NO_WH' } }),
      'warehouse',
      'failed',
      /NO_WH does not exist/,
      /^GRANT USAGE ON WAREHOUSE NO_WH TO ROLE SNOWMELT;$/,
    ],
    [
      'a warehouse without a grant',
      () => ({
        sql: [
          'REVOKE USAGE ON WAREHOUSE SNOWMELT FROM ROLE SNOWMELT',
          'GRANT USAGE ON WAREHOUSE SNOWMELT TO ROLE SNOWMELT',
        ],
      }),
      'warehouse',
      'failed',
      /warehouse/,
      /WAREHOUSE/,
    ],
    [
      'a table without a grant',
      () => ({ query: GOOD.replace('PEOPLE', 'SECRETS') }),
      'tables',
      'failed',
      /SECRETS does not exist, or the role SNOWMELT may not read it/,
      /GRANT SELECT ON TABLE SHOP\.PUBLIC\.SECRETS TO ROLE SNOWMELT;/,
    ],
    [
      'a database that is not there',
      () => ({ query: GOOD.replace('PEOPLE', 'NOWHERE.PUBLIC.PEOPLE') }),
      'tables',
      'failed',
      /NOWHERE/,
      /GRANT USAGE ON DATABASE NOWHERE/,
    ],
    [
      'ACCOUNTADMIN',
      () => ({
        options: { role: 'ACCOUNTADMIN', warehouse: 'SNOWMELT' },
        sql: ['GRANT ROLE ACCOUNTADMIN TO USER SNOWMELT', 'REVOKE ROLE ACCOUNTADMIN FROM USER SNOWMELT'],
      }),
      'privileges',
      'warning',
      /ACCOUNTADMIN/,
      /REVOKE ROLE ACCOUNTADMIN FROM USER SNOWMELT;/,
    ],
    [
      'a user that could take ACCOUNTADMIN',
      () => ({ sql: ['GRANT ROLE ACCOUNTADMIN TO USER SNOWMELT', 'REVOKE ROLE ACCOUNTADMIN FROM USER SNOWMELT'] }),
      'privileges',
      'warning',
      /user also has the role ACCOUNTADMIN/,
      /REVOKE ROLE ACCOUNTADMIN FROM USER SNOWMELT;/,
    ],
    [
      'a role that may write',
      () => ({
        sql: [
          'GRANT INSERT, DELETE ON TABLE SHOP.PUBLIC.PEOPLE TO ROLE SNOWMELT',
          'REVOKE INSERT, DELETE ON TABLE SHOP.PUBLIC.PEOPLE FROM ROLE SNOWMELT',
        ],
      }),
      'privileges',
      'warning',
      /INSERT on TABLE SHOP\.PUBLIC\.PEOPLE/,
      /^REVOKE INSERT, DELETE ON TABLE SHOP\.PUBLIC\.PEOPLE FROM ROLE SNOWMELT;$/,
    ],
    [
      'a role that may write what is made later',
      () => ({
        sql: [
          'GRANT INSERT ON FUTURE TABLES IN SCHEMA SHOP.PUBLIC TO ROLE SNOWMELT',
          'REVOKE INSERT ON FUTURE TABLES IN SCHEMA SHOP.PUBLIC FROM ROLE SNOWMELT',
        ],
      }),
      'privileges',
      'warning',
      /INSERT on FUTURE TABLES/,
      /^REVOKE INSERT ON FUTURE TABLES IN SCHEMA SHOP\.PUBLIC FROM ROLE SNOWMELT;$/,
    ],
    [
      'a role that inherits one that may write',
      () => ({
        sql: [
          'CREATE ROLE WRITER; GRANT UPDATE ON TABLE SHOP.PUBLIC.ORDERS TO ROLE WRITER; GRANT ROLE WRITER TO ROLE SNOWMELT',
          'DROP ROLE WRITER',
        ],
      }),
      'privileges',
      'warning',
      /UPDATE on TABLE SHOP\.PUBLIC\.ORDERS/,
      /FROM ROLE WRITER;$/,
    ],
    [
      'an error in the SQL',
      () => ({ query: 'SELECT\nNOTHING AS "userId" FROM PEOPLE' }),
      'query',
      'failed',
      /line 2/,
      /line 2/,
    ],
    [
      'a query template with a slip',
      () => ({ query: 'SELECT {{last_sink_time}}' }),
      'query',
      'failed',
      /last_sink_time/,
      /last_sync_time/,
    ],
    [
      'a query without a time filter',
      () => ({ query: 'SELECT ID AS "userId" FROM PEOPLE' }),
      'lastSyncTime',
      'warning',
      /every row/,
      /\{\{last_sync_time\}\}/,
    ],
    [
      'no lookback',
      () => ({ sync: { lookbackSeconds: 0 } }),
      'lastSyncTime',
      'warning',
      /never sent/,
      /lookbackSeconds/,
    ],
    [
      'a text compared as a time',
      () => ({ query: GOOD.replace('LAST_UPDATED', 'UPDATED_TEXT') }),
      'lastSyncTime',
      'warning',
      /as text/,
      /TRY_TO_TIMESTAMP_NTZ/,
    ],
    [
      'names in capitals',
      () => ({ query: GOOD.replace('AS "email"', '') }),
      'columns',
      'warning',
      /EMAIL is all capitals/,
      /AS "email"/,
    ],
    [
      'a missing userId',
      () => ({ query: GOOD.replace('"userId"', '"person"') }),
      'columns',
      'failed',
      /needs a column userId or anonymousId/,
      /AS "userId"/,
    ],
    [
      'rows without an id',
      () => ({ query: GOOD.replace('ID AS', 'NULLIF(ID, 1) AS') }),
      'rows',
      'failed',
      /1 of the first 1 rows/,
      /IS NOT NULL/,
    ],
    [
      'a key that the destination refuses',
      () => ({ sync: { sink: new CustomerIoSink({ writeKey: 'wrong-key', endpoint: collector.endpoint }) } }),
      'destination',
      'failed',
      /answered 401/,
      /writeKey/,
    ],
    [
      'a state store that fails',
      () => {
        const state = new MemoryStateStore();
        const get = async (): Promise<never> => {
          throw new StateError('STATE_UNREADABLE', 'The record is damaged.', { hint: 'Restore it.' });
        };
        return {
          sync: { state: { get, compareAndSet: state.compareAndSet.bind(state), delete: state.delete.bind(state) } },
        };
      },
      'state',
      'failed',
      /damaged/,
      /Restore/,
    ],
  ];

  it.each(cases)('names the cause first: %s', async (_what, broken, name, expected, reason, repair) => {
    const diagnosis = await examine(ASource, broken());
    expect(diagnosis.problem, String(diagnosis)).toMatchObject({ name, result: expected });
    expect(diagnosis.ok).toBe(expected === 'warning');
    expect(diagnosis.problem?.reason).toMatch(reason);
    expect(diagnosis.problem?.repair).toMatch(repair);
    // What comes after a failure depends on it, or is all right.
    const failures = diagnosis.checks.filter((check) => check.result === 'failed');
    expect(failures).toHaveLength(expected === 'failed' ? 1 : 0);
  });
});

describe('diagnose', () => {
  const ignoresCase: Broken = {
    sql: [
      'ALTER USER SNOWMELT SET QUOTED_IDENTIFIERS_IGNORE_CASE = TRUE',
      'ALTER USER SNOWMELT SET QUOTED_IDENTIFIERS_IGNORE_CASE = FALSE',
    ],
  };

  it('names QUOTED_IDENTIFIERS_IGNORE_CASE where there is no session to pin it in', async () => {
    const diagnosis = await examine(SqlApiSource, ignoresCase);
    expect(diagnosis.problem).toMatchObject({
      name: 'identifiers',
      result: 'failed',
      repair: 'ALTER USER SNOWMELT SET QUOTED_IDENTIFIERS_IGNORE_CASE = FALSE;',
    });
    expect(result(diagnosis, 'columns')).toBe('skipped');
    expect(result(await examine(SnowflakeSource, ignoresCase), 'identifiers')).toBe('ok');
  });

  it('skips what depends on a failure, and asks the destination all the same', async () => {
    const diagnosis = await examine(SqlApiSource, { options: { username: 'NOBODY' } });
    for (const name of ['role', 'warehouse', 'privileges', 'query', 'columns'] as const) {
      expect(result(diagnosis, name), name).toBe('skipped');
    }
    expect(result(diagnosis, 'destination')).toBe('ok');
    expect(collector.messages).toEqual([]);
  });

  it('lets the role write the state table of the sync', async () => {
    const source = new SqlApiSource(connection(snowflake));
    const state = new SnowflakeStateStore({ source, table: 'shop.public.snowmelt_state' });
    const sync = new Sync({
      name: 'people',
      source,
      query: new QueryTemplate(GOOD),
      mapper: identify(),
      sink: new CustomerIoSink({ writeKey: collector.writeKey, endpoint: collector.endpoint }),
      state,
    });
    expect(result(await diagnose({ sync }), 'privileges')).toBe('ok');
    const elsewhere = await diagnose({ sync, stateTable: 'SHOP.PUBLIC.OTHER' });
    expect(elsewhere.problem).toMatchObject({ name: 'privileges', result: 'warning' });
    await source.close();
  });

  it('says honestly what it cannot check', async () => {
    const sink = { name: 'mine', write: async () => ({ accepted: 0 }) };
    const lax = new CustomerIoSink({ writeKey: 'x', endpoint: collector.endpoint, strict: false });
    for (const each of [sink, lax]) {
      const diagnosis = await examine(SqlApiSource, { sync: { sink: each } });
      expect(result(diagnosis, 'destination')).toBe('skipped');
      expect(String(diagnosis)).toContain('Not checked');
    }
  });

  it('writes a report for a terminal that ends with where to begin', async () => {
    const text = String(await examine(SqlApiSource, { options: { warehouse: 'NO_WH' } }));
    expect(text).toContain(`FAILED   The warehouse can be used: The warehouse NO_WH does not exist`);
    expect(text).toContain('\n           GRANT USAGE ON WAREHOUSE NO_WH TO ROLE SNOWMELT;\n');
    expect(text).toContain('-        The query compiles: Not checked: "The warehouse can be used" failed.');
    expect(text.trimEnd().split('\n').at(-1)).toBe('Repair first: The warehouse can be used.');
  });

  it('examines a source alone, and tells of a role that may read nothing', async () => {
    const source = new SqlApiSource(connection(snowflake));
    expect(result(await diagnose({ source, stateTable: setup.stateTable }), 'tables')).toBe('ok');
    undo.push(() => snowflake.query(setupSql(setup)));
    await snowflake.query(
      'CREATE ROLE BARE; GRANT ROLE BARE TO USER SNOWMELT; GRANT USAGE ON WAREHOUSE SNOWMELT TO ROLE BARE',
    );
    const bare = await diagnose({ source: () => new SqlApiSource({ ...connection(snowflake), role: 'BARE' }) });
    expect(bare.problem).toMatchObject({ name: 'tables', result: 'warning' });
    await source.close();
  });

  it('examines a sync whose source is not Snowflake', async () => {
    const sync = new Sync({
      name: 'people',
      source: fromAsyncIterable(
        async function* () {
          yield { userId: 1 };
        },
        { columns: ['userId'] },
      ),
      mapper: identify(),
      sink: new CustomerIoSink({ writeKey: collector.writeKey, endpoint: collector.endpoint }),
      state: new MemoryStateStore(),
    });
    const diagnosis = await diagnose({ sync });
    expect(diagnosis.ok).toBe(true);
    expect(result(diagnosis, 'login')).toBe('skipped');
    expect(result(diagnosis, 'rows')).toBe('ok');
  });

  it('ends with its signal, and refuses to examine nothing', async () => {
    const reason = new Error('stop');
    const source = new SqlApiSource(connection(snowflake));
    await expect(diagnose({ source, signal: AbortSignal.abort(reason) })).rejects.toBe(reason);
    await expect(diagnose({})).rejects.toMatchObject({ code: 'CONFIG_INVALID' });
    await source.close();
  });
});

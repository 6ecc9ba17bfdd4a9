import { createHash, randomBytes } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import {
  fromAsyncIterable,
  generateKeyPair,
  identify,
  MemoryStateStore,
  QueryTemplate,
  setupSql,
  SnowflakeSource,
  SqlApiSource,
  Sync,
  tearDownSql,
  type SnowflakeSourceOptions,
  type Source,
  type Statement,
} from 'snowmelt';
import { CustomerIoSink } from 'snowmelt/customerio';
import { testSource } from 'snowmelt/testing';
import { DELIVERY_NEEDED, liveAccount, liveDestination, NEEDED, SETUP_NEEDED, setupRole } from './account.js';

const account = liveAccount();
const connection: SnowflakeSourceOptions = account ?? { username: '' };
const withoutAccount = account === undefined ? ` [skipped: set ${NEEDED}]` : '';

const sources: Record<string, (options: SnowflakeSourceOptions) => Source> = {
  SnowflakeSource: (options) => new SnowflakeSource(options),
  SqlApiSource: (options) => new SqlApiSource(options),
};

const SECONDS = 1_700_000_000;
// One instant as each kind of column; the session's zone is UTC.
const COLUMNS = {
  NTZ: "'2023-11-14 22:13:20'::TIMESTAMP_NTZ",
  NTZ_LOCAL: "'2023-11-14 14:13:20'::TIMESTAMP_NTZ",
  LTZ: "'2023-11-14 22:13:20 +00:00'::TIMESTAMP_LTZ",
  TZ: "'2023-11-15 03:58:20 +05:45'::TIMESTAMP_TZ",
  SECONDS: `${SECONDS}::NUMBER(38,0)`,
  MS: `${SECONDS}000::NUMBER(38,0)`,
};
const PLACEHOLDERS: readonly (readonly [column: keyof typeof COLUMNS, compared: string])[] = [
  ['NTZ', 'C >= {{last_sync_time}}'],
  ['LTZ', 'C >= {{last_sync_time}}'],
  ['TZ', 'C >= {{last_sync_time}}'],
  ['SECONDS', 'C >= {{last_sync_time}}'],
  ['NTZ', "C >= '{{last_sync_time}}'"],
  ['NTZ', 'C >= TO_TIMESTAMP_NTZ({{last_sync_time}})'],
  ['LTZ', 'C >= TO_TIMESTAMP_LTZ({{last_sync_time}})'],
  ['TZ', 'C >= TO_TIMESTAMP_TZ({{last_sync_time}})'],
  ['SECONDS', 'C >= {{last_sync_time:epoch}}'],
  ['NTZ', 'DATE_PART(EPOCH_SECOND, C) >= {{last_sync_time:epoch}}'],
  ['MS', 'C >= {{last_sync_time:epoch_ms}}'],
  ['NTZ', 'C >= {{last_sync_time:timestamp_ntz}}'],
  ['NTZ_LOCAL', "C >= {{last_sync_time:timestamp_ntz('America/Los_Angeles')}}"],
  ['LTZ', 'C >= {{last_sync_time:timestamp_ltz}}'],
  ['TZ', 'C >= {{last_sync_time:timestamp_tz}}'],
  ['LTZ', 'C >= {{last_sync_time:iso}}'],
  ['TZ', 'C >= {{last_sync_time:iso}}'],
  ['NTZ', "C >= '{{last_sync_time:timestamp_ntz}}'"],
];

async function rowsOf(source: Source, statement: Statement): Promise<unknown[][]> {
  const rows: unknown[][] = [];
  for await (const batch of (await source.execute(statement)).read()) rows.push(...batch.rows.map((row) => [...row]));
  return rows;
}

describe.skipIf(account === undefined)(`a Snowflake account${withoutAccount}`, () => {
  for (const [name, make] of Object.entries(sources)) {
    testSource({
      describe,
      it,
      name,
      create: () => ({
        source: make(connection),
        capabilities: { another: () => make(connection), secret: connection.privateKey },
      }),
    });

    describe(name, () => {
      it.each(PLACEHOLDERS)('compares a %s column: %s', async (column, compared) => {
        const source = make(connection);
        try {
          const template = new QueryTemplate(`SELECT 1 AS ONE FROM (SELECT ${COLUMNS[column]} AS C) WHERE ${compared}`);
          expect(await rowsOf(source, template.render({ lastSyncTime: SECONDS }))).toHaveLength(1);
          expect(await rowsOf(source, template.render({ lastSyncTime: SECONDS + 1 }))).toHaveLength(0);
        } finally {
          await source.close();
        }
      });

      it('is refused a TIMESTAMP compared with a NUMBER', async () => {
        const source = make(connection);
        try {
          const query = `SELECT 1 AS ONE FROM (SELECT ${COLUMNS.NTZ} AS C) WHERE C >= {{last_sync_time:epoch}}`;
          const statement = new QueryTemplate(query).render({ lastSyncTime: SECONDS });
          await expect(source.execute(statement)).rejects.toMatchObject({ code: 'SOURCE_SQL' });
        } finally {
          await source.close();
        }
      });

      it('reads a stored result in the same order each time, from anywhere in it', async () => {
        const source = make(connection);
        const other = make(connection);
        try {
          // No ORDER BY: the order has to be the stored result's own.
          const sql = 'SELECT RANDOM() AS R, SEQ4() AS N FROM TABLE(GENERATOR(ROWCOUNT => 60000))';
          const result = await source.execute({ sql, binds: [] });
          const digest = async (from: number, opened: Awaited<ReturnType<Source['reopen']>>): Promise<string> => {
            const hash = createHash('sha256');
            for await (const { rows } of opened.read({ from })) for (const row of rows) hash.update(row.join('\n'));
            return hash.digest('hex');
          };
          const [first, late] = [await digest(0, result), await digest(41_111, result)];
          for (const reader of [source, other]) {
            const again = await reader.reopen(result.ref);
            expect([await digest(0, again), await digest(41_111, again)]).toEqual([first, late]);
          }
        } finally {
          await source.close();
          await other.close();
        }
      });
    });
  }

  it('gives the same messages through both sources', async () => {
    const sql = `SELECT 'u' AS "userId", 19.99::NUMBER(10,2) AS "price", 0.1::FLOAT + 0.2::FLOAT AS "real", TRUE AS "yes",
      '2024-02-29'::DATE AS "day", '13:37:00.123'::TIME AS "time", ${COLUMNS.NTZ} AS "ntz", ${COLUMNS.LTZ} AS "ltz",
      ${COLUMNS.TZ} AS "tz", PARSE_JSON('{"b":[1,null],"a":{}}') AS "json", TO_BINARY('DEADBEEF', 'HEX') AS "hex", NULL AS "none"`;
    const found = await Promise.all(
      Object.values(sources).map(async (make) => {
        const source = make(connection);
        try {
          const result = await source.execute({ sql, binds: [] });
          const map = identify().bind(result.columns);
          for await (const { rows } of result.read()) return map(rows[0] ?? [], { row: 0 });
          return undefined;
        } finally {
          await source.close();
        }
      }),
    );
    const message = {
      type: 'identify',
      userId: 'u',
      traits: {
        price: 19.99,
        real: 0.3,
        yes: true,
        day: '2024-02-29',
        time: '13:37:00.123',
        ntz: '2023-11-14T22:13:20Z',
        ltz: '2023-11-14T22:13:20Z',
        tz: '2023-11-15T03:58:20+05:45',
        json: { a: {}, b: [1, null] },
        hex: 'DEADBEEF',
        none: null,
      },
    };
    expect(found).toEqual([message, message]);
  });

  const role = setupRole();
  it.skipIf(role === undefined)(
    `is set up by the script so that the new user may read one table and nothing else${role === undefined ? ` [skipped: set ${SETUP_NEEDED}]` : ''}`,
    async () => {
      const id = `SNOWMELT_LIVE_${randomBytes(4).toString('hex').toUpperCase()}`;
      const key = await generateKeyPair();
      const options = { user: id, role: id, warehouse: id, publicKey: key.publicKey, select: [`${id}.PUBLIC.MINE`] };
      const administrator = new SqlApiSource({ ...connection, role });
      // Each statement is a session of its own that starts with the role, so the script's USE ROLE has nothing to do.
      const run = async (script: string): Promise<void> => {
        const statements = script.replaceAll(/^--.*$/gm, '').split(/;\s*$/m);
        for (const text of statements) {
          const sql = text.trim();
          if (sql !== '' && !sql.startsWith('USE ROLE')) await administrator.execute({ sql, binds: [] });
        }
      };
      try {
        await run(
          [
            `CREATE DATABASE ${id};`,
            `CREATE SCHEMA IF NOT EXISTS ${id}.PUBLIC;`,
            `CREATE TABLE ${id}.PUBLIC.MINE AS SELECT 1 AS N;`,
            `CREATE TABLE ${id}.PUBLIC.OTHERS AS SELECT 2 AS N;`,
          ].join('\n'),
        );
        await run(setupSql(options));
        // A second time changes nothing.
        await run(setupSql(options));
        const { account: name, accessUrl } = connection;
        const reader = new SnowflakeSource({
          account: name,
          accessUrl,
          username: id,
          privateKey: key.privateKey,
          role: id,
          warehouse: id,
        });
        try {
          expect(await rowsOf(reader, { sql: `SELECT N FROM ${id}.PUBLIC.MINE`, binds: [] })).toEqual([['1']]);
          for (const sql of [`SELECT N FROM ${id}.PUBLIC.OTHERS`, `DELETE FROM ${id}.PUBLIC.MINE`])
            await expect(reader.execute({ sql, binds: [] })).rejects.toMatchObject({ code: 'SOURCE_SQL' });
        } finally {
          await reader.close();
        }
      } finally {
        await run(tearDownSql(options));
        await run(`DROP DATABASE IF EXISTS ${id};`);
        await administrator.close();
      }
    },
  );
});

const destination = liveDestination();
describe.skipIf(destination === undefined)(
  `a Customer.io workspace${destination === undefined ? ` [skipped: set ${DELIVERY_NEEDED}]` : ''}`,
  () => {
    it('takes a delivery', async () => {
      const { writeKey = '', region, endpoint } = destination ?? {};
      const sync = new Sync({
        name: 'live',
        source: fromAsyncIterable(
          async function* () {
            yield { USERID: 'snowmelt-live-test', EMAIL: 'snowmelt-live-test@example.com' };
          },
          { columns: ['USERID', 'EMAIL'] },
        ),
        mapper: identify(),
        sink: new CustomerIoSink({ writeKey, region, ...(endpoint === undefined ? {} : { endpoint }) }),
        state: new MemoryStateStore(),
      });
      const report = await sync.run();
      report.throwIfFailed();
      expect(report).toMatchObject({ status: 'completed', rowsDelivered: 1, rowsRejected: 0 });
    });
  },
);

import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import {
  generateKeyPair,
  rotateKeySql,
  setupSql,
  SnowflakeSource,
  SqlApiSource,
  tearDownSql,
  type Source,
} from 'snowmelt';
import type { EmbeddedSnowflake } from 'snowmelt/testing';
import { connection, setup, startShop } from './reader.js';

let snowflake: EmbeddedSnowflake;
const opened: Source[] = [];

beforeEach(async () => {
  snowflake = await startShop();
});

afterEach(async () => {
  for (const source of opened.splice(0)) await source.close();
  await snowflake.close();
});

function opening<T extends Source>(source: T): T {
  opened.push(source);
  return source;
}

async function rows(source: Source, sql: string): Promise<unknown[][]> {
  const found: unknown[][] = [];
  for await (const batch of (await source.execute({ sql, binds: [] })).read())
    found.push(...batch.rows.map((row) => [...row]));
  return found;
}

describe.each([
  ['the driver', SnowflakeSource],
  ['the SQL API', SqlApiSource],
])('the set-up script, through %s', (_name, ASource) => {
  it('makes a user that logs in with the key, reads what was named, and nothing else', async () => {
    const source = opening(new ASource(connection(snowflake)));
    expect(await rows(source, 'SELECT CURRENT_USER(), CURRENT_ROLE(), CURRENT_WAREHOUSE()')).toEqual([
      ['SNOWMELT', 'SNOWMELT', 'SNOWMELT'],
    ]);
    expect(await rows(source, 'SELECT EMAIL AS "email" FROM PEOPLE')).toEqual([['ada@example.com']]);
    for (const sql of ['SELECT * FROM SECRETS', 'INSERT INTO PEOPLE (ID) VALUES (2)', 'DROP TABLE PEOPLE']) {
      await expect(rows(source, sql), sql).rejects.toMatchObject({ code: 'SOURCE_SQL' });
    }
    expect(await snowflake.query('SELECT COUNT(*) AS N FROM SHOP.PUBLIC.PEOPLE')).toEqual([{ N: '1' }]);
  });

  it('lets the user write its state table', async () => {
    const source = opening(new ASource(connection(snowflake)));
    await rows(source, `INSERT INTO SNOWMELT_STATE VALUES ('people', 1, '{}')`);
    expect(await rows(source, 'SELECT KEY, VERSION FROM SNOWMELT_STATE')).toEqual([['people', '1']]);
  });
});

describe('running the scripts', () => {
  it('changes nothing the second time, and puts back what was changed by hand', async () => {
    await snowflake.query('ALTER USER SNOWMELT SET QUOTED_IDENTIFIERS_IGNORE_CASE = TRUE');
    await snowflake.query(setupSql(setup));
    const source = opening(new SqlApiSource(connection(snowflake)));
    const result = await source.execute({ sql: 'SELECT 1 AS "userId"', binds: [] });
    expect(result.columns[0]?.name).toBe('userId');
  });

  it('rotates the key without a gap', async () => {
    const fresh = await generateKeyPair();
    const steps = rotateKeySql({ publicKey: fresh.publicKey });
    const before = connection(snowflake);
    const after = { ...before, privateKey: fresh.privateKey };
    const login = async (options: typeof before): Promise<unknown> =>
      rows(opening(new SqlApiSource(options)), 'SELECT 1');
    await expect(login(after)).rejects.toMatchObject({ code: 'SOURCE_LOGIN_REFUSED' });
    await snowflake.query(steps.addKey);
    await login(before);
    await login(after);
    await snowflake.query(steps.dropOldKey);
    await login(after);
    await expect(login(before)).rejects.toMatchObject({ code: 'SOURCE_LOGIN_REFUSED' });
  });

  it('takes everything back but the state', async () => {
    await snowflake.query(tearDownSql(setup));
    await expect(rows(opening(new SqlApiSource(connection(snowflake))), 'SELECT 1')).rejects.toMatchObject({
      code: 'SOURCE_LOGIN_REFUSED',
    });
    expect(await snowflake.query("SHOW ROLES LIKE 'SNOWMELT'")).toEqual([]);
    expect(await snowflake.query("SHOW TABLES LIKE 'SNOWMELT_STATE' IN SCHEMA SHOP.PUBLIC")).toHaveLength(1);
  });
});

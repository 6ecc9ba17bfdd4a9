import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { sessionContext, SqlSession } from './sql-session.js';

let admin: SqlSession;
let reader: SqlSession;

beforeAll(async () => {
  admin = await SqlSession.open();
  for (const sql of [
    'CREATE WAREHOUSE WH',
    'CREATE TABLE ALLOWED (ID NUMBER)',
    'INSERT INTO ALLOWED VALUES (1)',
    'CREATE TABLE SECRET (ID NUMBER)',
    'CREATE VIEW OVER_SECRET AS SELECT * FROM SECRET',
    'CREATE ROLE READER',
    `CREATE USER BOT TYPE = SERVICE RSA_PUBLIC_KEY = 'abc' DEFAULT_ROLE = READER DEFAULT_WAREHOUSE = WH`,
    'GRANT ROLE READER TO USER BOT',
    'GRANT USAGE ON WAREHOUSE WH TO ROLE READER',
    'GRANT USAGE ON DATABASE DB TO ROLE READER',
    'GRANT USAGE ON SCHEMA DB.PUBLIC TO ROLE READER',
    'GRANT SELECT ON TABLE ALLOWED TO ROLE READER',
    'GRANT SELECT ON VIEW OVER_SECRET TO ROLE READER',
  ])
    await admin.run(sql);
  reader = new SqlSession(
    admin.engine,
    sessionContext({ user: 'BOT', role: 'READER', database: 'DB', schema: 'PUBLIC' }),
  );
});
afterAll(async () => {
  await admin.engine.close();
});

describe('a role with SELECT on one table', () => {
  it('reads it, and a view whose owner may read more', async () => {
    expect((await reader.run('SELECT * FROM ALLOWED')).rows).toEqual([['1']]);
    expect((await reader.run('SELECT COUNT(*) FROM OVER_SECRET')).rows).toEqual([['0']]);
  });

  it.each([
    ['SELECT * FROM SECRET', '002003', "Object 'DB.PUBLIC.SECRET' does not exist or not authorized."],
    ['SELECT ID FROM ALLOWED WHERE ID IN (SELECT ID FROM SECRET)', '002003', 'does not exist or not authorized'],
    ['INSERT INTO ALLOWED VALUES (2)', '003001', "Insufficient privileges to operate on table 'ALLOWED'."],
    ['UPDATE ALLOWED SET ID = 2', '003001', 'Insufficient privileges'],
    ['DELETE FROM ALLOWED', '003001', 'Insufficient privileges'],
    ['TRUNCATE TABLE ALLOWED', '003001', 'Insufficient privileges'],
    ['DROP TABLE ALLOWED', '003001', 'Insufficient privileges'],
    ['CREATE TABLE MINE (ID NUMBER)', '003001', "Insufficient privileges to operate on schema 'PUBLIC'."],
    ['CREATE USER OTHER', '003001', 'Insufficient privileges'],
    ['GRANT ROLE ACCOUNTADMIN TO USER BOT', '003001', 'Insufficient privileges'],
    ['USE ROLE ACCOUNTADMIN', '003013', "Requested role 'ACCOUNTADMIN' is not assigned"],
  ])('is refused: %s', async (sql, code, message) => {
    const error = await reader.run(sql).catch((caught: unknown) => caught);
    expect(error).toMatchObject({ code, message: expect.stringContaining(message) });
  });

  it('sees only its own objects in SHOW TABLES and INFORMATION_SCHEMA', async () => {
    expect((await reader.run('SHOW TABLES')).rows.map((row) => row[1])).toEqual(['ALLOWED']);
    const names = await reader.run('SELECT TABLE_NAME FROM INFORMATION_SCHEMA.TABLES ORDER BY 1');
    expect(names.rows).toEqual([['ALLOWED'], ['OVER_SECRET']]);
  });

  it('needs a warehouse for tables', async () => {
    const bare = new SqlSession(admin.engine, { ...reader.context, warehouse: undefined });
    await expect(bare.run('SELECT * FROM ALLOWED')).rejects.toMatchObject({ code: '000606' });
    expect(await bare.value('SELECT 1')).toBe('1');
  });

  it('gets new tables by FUTURE grants, and loses a table by REVOKE', async () => {
    await admin.run('GRANT SELECT ON FUTURE TABLES IN SCHEMA DB.PUBLIC TO ROLE READER');
    await admin.run('CREATE TABLE LATER (ID NUMBER)');
    expect((await reader.run('SELECT * FROM LATER')).rows).toEqual([]);
    await admin.run('REVOKE SELECT ON TABLE LATER FROM ROLE READER');
    await expect(reader.run('SELECT * FROM LATER')).rejects.toMatchObject({ code: '002003' });
  });
});

it('keeps users with their keys, parameters and type', async () => {
  await admin.run(`ALTER USER BOT SET RSA_PUBLIC_KEY_2 = 'def', QUOTED_IDENTIFIERS_IGNORE_CASE = TRUE`);
  expect(admin.engine.catalog.users.get('BOT')).toMatchObject({ publicKeys: ['abc', 'def'], type: 'SERVICE' });
  expect(admin.engine.catalog.users.get('BOT')?.parameters.get('QUOTED_IDENTIFIERS_IGNORE_CASE')).toBe(true);
  await admin.run('ALTER USER BOT UNSET RSA_PUBLIC_KEY');
  expect(admin.engine.catalog.users.get('BOT')?.publicKeys).toEqual(['def']);
});

it('accepts and shows the objects of a hardened set-up', async () => {
  for (const sql of [
    `CREATE NETWORK RULE HOME TYPE = IPV4 VALUE_LIST = ('10.0.0.0/8') MODE = INGRESS`,
    `CREATE NETWORK POLICY ONLY_HOME ALLOWED_NETWORK_RULE_LIST = ('HOME')`,
    `ALTER USER BOT SET NETWORK_POLICY = ONLY_HOME`,
    `CREATE RESOURCE MONITOR CAP WITH CREDIT_QUOTA = 10 TRIGGERS ON 90 PERCENT DO SUSPEND`,
    `CREATE WAREHOUSE IF NOT EXISTS SMALL WITH WAREHOUSE_SIZE = XSMALL AUTO_SUSPEND = 60 INITIALLY_SUSPENDED = TRUE`,
    `ALTER WAREHOUSE SMALL SET RESOURCE_MONITOR = CAP STATEMENT_TIMEOUT_IN_SECONDS = 600`,
  ])
    await admin.run(sql);
  expect((await admin.run('SHOW NETWORK POLICIES')).rows).toEqual([['ONLY_HOME', 'NETWORK POLICY']]);
  expect((await admin.run('SHOW GRANTS TO ROLE READER')).rows.map((row) => row.slice(1, 4))).toContainEqual([
    'SELECT',
    'TABLE',
    'DB.PUBLIC.ALLOWED',
  ]);
});

import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { SqlApiSource, SnowflakeSource } from 'snowmelt';
import { startSnowflake, type EmbeddedSnowflake } from 'snowmelt/testing';

let snowflake: EmbeddedSnowflake;
let source: SqlApiSource;
beforeAll(async () => {
  snowflake = await startSnowflake({
    seedSql: ['CREATE TABLE PEOPLE (ID NUMBER, EMAIL VARCHAR)', 'CREATE TABLE "people" ("id" NUMBER, "email" VARCHAR)'],
  });
  source = new SqlApiSource(snowflake.connection());
});
afterAll(async () => {
  await source.close();
  await snowflake.close();
});

const namesOf = async (sql: string): Promise<string[]> =>
  (await source.execute({ sql, binds: [] })).columns.map(({ name }) => name);

describe('while quoted names keep their case', () => {
  it.each([
    ['SELECT ID AS "userId", EMAIL AS "email" FROM PEOPLE', ['userId', 'email']],
    ['SELECT "id" AS "userId", "email" AS "EMAIL" FROM "people"', ['userId', 'EMAIL']],
    ['SELECT x."id" AS "userId", u.* FROM "people" x JOIN PEOPLE u ON TRUE', ['userId', 'ID', 'EMAIL']],
    [`SELECT 'AS "userId"' AS X, ID AS USERID FROM PEOPLE -- "userId"`, ['X', 'USERID']],
    ['SELECT ID FROM PEOPLE', ['ID']],
  ])('%s is not refused', async (sql, names) => {
    expect(await namesOf(sql)).toEqual(names);
    const driver = new SnowflakeSource(snowflake.connection());
    expect((await driver.execute({ sql, binds: [] })).columns.map(({ name }) => name)).toEqual(names);
    await driver.close();
  });

  it('costs no further statement where no name is in doubt', async () => {
    const before = snowflake.stats().sql.length;
    await namesOf('SELECT ID AS "userId" FROM PEOPLE');
    expect(snowflake.stats().sql.length).toBe(before + 1);
  });
});

describe('while they do not', () => {
  const alter = (value: string): Promise<unknown> =>
    source.execute({ sql: `ALTER USER SNOWMELT SET QUOTED_IDENTIFIERS_IGNORE_CASE = ${value}`, binds: [] });
  beforeAll(() => alter('TRUE'));
  afterAll(() => alter('FALSE'));

  it.each([
    ['SELECT ID AS "userId" FROM PEOPLE', 'userId'],
    ['SELECT ID AS "id", EMAIL AS "email" FROM PEOPLE', 'id'],
    ['SELECT ID AS userId, EMAIL AS "email" FROM PEOPLE', 'email'],
  ])('%s is an error that says how to repair the user', async (sql, alias) => {
    await expect(namesOf(sql)).rejects.toMatchObject({
      code: 'MAPPING_COLUMNS',
      message: `The quoted alias "${alias}" came back from Snowflake as ${alias.toUpperCase()}.`,
      hint: 'ALTER USER SNOWMELT SET QUOTED_IDENTIFIERS_IGNORE_CASE = FALSE;',
    });
  });

  it('leaves alone what is in capitals anyway', async () => {
    expect(await namesOf('SELECT ID AS "USERID" FROM PEOPLE')).toEqual(['USERID']);
  });
});

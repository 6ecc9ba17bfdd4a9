import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { alias, group, identify, page, QueryTemplate, screen, SnowflakeSource, track, type RowMapper } from 'snowmelt';
import { startSnowflake, type EmbeddedSnowflake } from 'snowmelt/testing';

const SEED = `
CREATE TABLE people (ID NUMBER, EMAIL VARCHAR, PRIMARY_PHONE VARCHAR, LAST_UPDATED TIMESTAMP_NTZ);
INSERT INTO people VALUES (99999999999999999999999999999999999999, 'ada@example.com', NULL, '2024-02-29 13:37:00');
CREATE TABLE users (ID NUMBER, USER_ID NUMBER, EMAIL VARCHAR, MSISDN VARCHAR, FNAME VARCHAR, LNAME VARCHAR, FIRST_NAME VARCHAR,
  LAST_NAME VARCHAR, IS_ACTIVE BOOLEAN, TIMESTAMP TIMESTAMP_NTZ, LAST_UPDATED TIMESTAMP_NTZ);
INSERT INTO users VALUES (1, NULL, 'ada@example.com', '+43 1', 'Ada', 'Łovelace', 'Ada', 'Łovelace', TRUE, '2024-02-29 13:37:00', '2024-02-29 13:37:00');
CREATE TABLE events (ID NUMBER, EVENT_NAME VARCHAR, PRODUCTS VARIANT, TOTAL_PRICE NUMBER(10, 2), TIMESTAMP TIMESTAMP_NTZ);
INSERT INTO events SELECT 1, 'Item Purchased', PARSE_JSON('[{"sku":9007199254740993}]'), 19.90, '2024-02-29 13:37:00';
CREATE TABLE companies (COMPANYID NUMBER, OBJECT_TYPE_ID NUMBER, OBJECTTYPEID NUMBER, COMPANYNAME VARCHAR, EMPLOYEES NUMBER, PERSONID NUMBER,
  IS_MANAGER BOOLEAN, ROLE VARCHAR, START_DATE DATE, LAST_UPDATED TIMESTAMP_NTZ);
INSERT INTO companies VALUES (7, 2, 2, 'Acme', 120, 1, TRUE, 'CTO', '2020-01-01', '2024-02-29 13:37:00');
CREATE TABLE pages (ID NUMBER, METATITLE VARCHAR, URL VARCHAR, TIME_ON_PAGE FLOAT, TIMESTAMP TIMESTAMP_NTZ);
INSERT INTO pages VALUES (1, 'Home', 'https://example.com/', 3.25, '2024-02-29 13:37:00');
CREATE TABLE screens (ID NUMBER, SCREEN_NAME VARCHAR, SESSION_STARTED TIMESTAMP_NTZ, TIMESTAMP TIMESTAMP_NTZ);
INSERT INTO screens VALUES (1, 'Settings', '2024-02-29 13:37:00.123456789', '2024-02-29 13:37:00');
CREATE TABLE user_resolution (ID NUMBER, OLD_ID VARCHAR, TIMESTAMP TIMESTAMP_NTZ);
INSERT INTO user_resolution VALUES (1, 'anon-9', '2024-02-29 13:37:00');`;

const NAMES = { email: 'ada@example.com', first_name: 'Ada', last_name: 'Łovelace' };

const documented: readonly (readonly [name: string, query: string, mapper: RowMapper, message: object])[] = [
  [
    'people, with columns converted from capitals',
    'SELECT ID AS "id", EMAIL AS "email", PRIMARY_PHONE AS "phone" FROM people WHERE LAST_UPDATED >= {{last_sync_time}}',
    identify({ rename: { id: 'userId' } }),
    {
      type: 'identify',
      userId: '99999999999999999999999999999999999999',
      traits: { email: 'ada@example.com', phone: null },
    },
  ],
  [
    'booleans as text by IFF',
    `SELECT ID AS "userId", IFF(IS_ACTIVE, 'true', 'false') AS "is_active" FROM users WHERE LAST_UPDATED >= {{last_sync_time}}`,
    identify(),
    { type: 'identify', userId: '1', traits: { is_active: 'true' } },
  ],
  [
    'identify',
    'SELECT ID AS userId, EMAIL AS email, MSISDN AS phone, FNAME AS first_name, LNAME AS last_name FROM users WHERE TIMESTAMP >= {{last_sync_time}}',
    identify(),
    {
      type: 'identify',
      userId: '1',
      traits: { EMAIL: 'ada@example.com', PHONE: '+43 1', FIRST_NAME: 'Ada', LAST_NAME: 'Łovelace' },
    },
  ],
  [
    'identify by COALESCE',
    'SELECT COALESCE(CAST(USER_ID AS VARCHAR), EMAIL) AS "userId", EMAIL AS "email", FIRST_NAME AS "first_name", LAST_NAME AS "last_name" FROM users WHERE LAST_UPDATED >= {{last_sync_time}}',
    identify(),
    { type: 'identify', userId: 'ada@example.com', traits: NAMES },
  ],
  [
    'identify by CASE',
    'SELECT CASE WHEN USER_ID IS NOT NULL THEN CAST(USER_ID AS VARCHAR) ELSE EMAIL END AS "userId", EMAIL AS "email", FIRST_NAME AS "first_name", LAST_NAME AS "last_name" FROM users WHERE LAST_UPDATED >= {{last_sync_time}}',
    identify(),
    { type: 'identify', userId: 'ada@example.com', traits: NAMES },
  ],
  [
    'track',
    'SELECT ID AS userId, EVENT_NAME AS event, PRODUCTS AS products, TOTAL_PRICE AS value FROM events WHERE TIMESTAMP > {{last_sync_time}}',
    track(),
    {
      type: 'track',
      userId: '1',
      event: 'Item Purchased',
      properties: { PRODUCTS: [{ sku: '9007199254740993' }], VALUE: 19.9 },
    },
  ],
  [
    'group',
    'SELECT COMPANYID AS groupId, OBJECT_TYPE_ID AS objectTypeId, COMPANYNAME as company_name, EMPLOYEES AS employees, PERSONID AS userId FROM companies WHERE LAST_UPDATED >= {{last_sync_time}}',
    group(),
    { type: 'group', userId: '1', groupId: '7', objectTypeId: '2', traits: { COMPANY_NAME: 'Acme', EMPLOYEES: 120 } },
  ],
  [
    'group with relationship attributes',
    `SELECT COMPANYID AS "groupId", OBJECTTYPEID AS "objectTypeId", COMPANYNAME AS "companyname", EMPLOYEES AS "employees", PERSONID AS "userId",
      OBJECT_CONSTRUCT('is_manager', IS_MANAGER, 'role', ROLE, 'start_date', START_DATE) AS "relationshipAttributes"
      FROM companies WHERE LAST_UPDATED >= {{last_sync_time}}`,
    group(),
    {
      type: 'group',
      userId: '1',
      groupId: '7',
      objectTypeId: '2',
      relationshipAttributes: { is_manager: true, role: 'CTO', start_date: '2020-01-01' },
      traits: { companyname: 'Acme', employees: 120 },
    },
  ],
  [
    'page',
    'SELECT ID AS userId, METATITLE AS name, URL AS url, TIME_ON_PAGE AS time_on_page FROM pages WHERE TIMESTAMP > {{last_sync_time}}',
    page(),
    { type: 'page', userId: '1', name: 'Home', properties: { URL: 'https://example.com/', TIME_ON_PAGE: 3.25 } },
  ],
  [
    'screen',
    'SELECT ID AS userId, SCREEN_NAME AS name, SESSION_STARTED AS session_started FROM screens WHERE TIMESTAMP > {{last_sync_time}}',
    screen(),
    {
      type: 'screen',
      userId: '1',
      name: 'Settings',
      properties: { SESSION_STARTED: '2024-02-29T13:37:00.123456789Z' },
    },
  ],
  [
    'alias',
    'SELECT ID AS userId, OLD_ID AS previousId FROM user_resolution WHERE TIMESTAMP >= {{last_sync_time}}',
    alias(),
    { type: 'alias', userId: '1', previousId: 'anon-9' },
  ],
];

describe('the documented queries, through the official driver', () => {
  let snowflake: EmbeddedSnowflake;
  let source: SnowflakeSource;

  beforeAll(async () => {
    snowflake = await startSnowflake({ seedSql: SEED });
    source = new SnowflakeSource(snowflake.connection());
  });

  afterAll(async () => {
    await source.close();
    await snowflake.close();
  });

  it.each(documented)('%s', async (_name, query, mapper, message) => {
    const result = await source.execute(new QueryTemplate(query).render({ lastSyncTime: 0 }));
    const map = mapper.bind(result.columns);
    const messages: unknown[] = [];
    for await (const { firstRow, rows } of result.read()) {
      for (const [index, row] of rows.entries()) messages.push(map(row, { row: firstRow + index }));
    }
    expect(messages).toStrictEqual([message]);
  });

  it('shows the position of the syntax error in the track query as it is printed', async () => {
    const printed =
      'SELECT id AS USERID As userId, EVENT_NAME AS event, PRODUCTS AS products, TOTAL_PRICE AS value\nFROM events\nWHERE TIMESTAMP > {{last_sync_time}}';
    await expect(source.execute(new QueryTemplate(printed).render({ lastSyncTime: 0 }))).rejects.toMatchObject({
      code: 'SOURCE_SQL',
      message: expect.stringMatching(/syntax error line 1 at position 20 unexpected 'As'/i),
    });
  });
});

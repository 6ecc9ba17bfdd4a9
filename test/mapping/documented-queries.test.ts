import { describe, expect, it } from 'vitest';
import { alias, group, identify, page, screen, track, type Column, type ColumnType, type Message } from 'snowmelt';
import type { RowMapper } from 'snowmelt';

interface Documented {
  readonly name: string;
  readonly query: string;
  readonly mapper: RowMapper;
  /** Name as Snowflake returns it, type, wire text. */
  readonly row: readonly (readonly [name: string, type: ColumnType, wire: string | null])[];
  readonly message: Message;
}

const documented: readonly Documented[] = [
  {
    name: 'identify',
    query: 'SELECT ID AS userId, EMAIL AS email, MSISDN AS phone, FNAME AS first_name, LNAME AS last_name FROM users',
    mapper: identify(),
    row: [
      ['USERID', 'fixed', '42'],
      ['EMAIL', 'text', 'ada@example.com'],
      ['PHONE', 'text', null],
      ['FIRST_NAME', 'text', 'Ada'],
      ['LAST_NAME', 'text', 'Łovelace'],
    ],
    message: {
      type: 'identify',
      userId: '42',
      traits: { EMAIL: 'ada@example.com', PHONE: null, FIRST_NAME: 'Ada', LAST_NAME: 'Łovelace' },
    },
  },
  {
    name: 'identify, columns converted from capitals by columnCase',
    query: 'SELECT ID AS userId, EMAIL AS email, FNAME AS first_name FROM users',
    mapper: identify({ columnCase: 'snake' }),
    row: [
      ['USERID', 'fixed', '42'],
      ['EMAIL', 'text', 'ada@example.com'],
      ['FIRST_NAME', 'text', 'Ada'],
    ],
    message: { type: 'identify', userId: '42', traits: { email: 'ada@example.com', first_name: 'Ada' } },
  },
  {
    name: 'identify with IFF booleans',
    query: `SELECT ID AS "userId", IFF(IS_ACTIVE, 'true', 'false') AS "is_active" FROM users`,
    mapper: identify(),
    row: [
      ['userId', 'fixed', '42'],
      ['is_active', 'text', 'true'],
    ],
    message: { type: 'identify', userId: '42', traits: { is_active: 'true' } },
  },
  ...[
    'COALESCE(CAST(USER_ID AS VARCHAR), EMAIL)',
    'CASE WHEN USER_ID IS NOT NULL THEN CAST(USER_ID AS VARCHAR) ELSE EMAIL END',
  ].map((expression): Documented => ({
    name: `identify by id or e-mail: ${expression.slice(0, 8)}`,
    query: `SELECT ${expression} AS "userId", EMAIL AS "email", FIRST_NAME AS "first_name", LAST_NAME AS "last_name" FROM users`,
    mapper: identify(),
    row: [
      ['userId', 'text', 'lead@example.com'],
      ['email', 'text', 'lead@example.com'],
      ['first_name', 'text', 'Grace'],
      ['last_name', 'text', 'Hopper'],
    ],
    message: {
      type: 'identify',
      userId: 'lead@example.com',
      traits: { email: 'lead@example.com', first_name: 'Grace', last_name: 'Hopper' },
    },
  })),
  {
    name: 'track',
    query: 'SELECT ID AS userId, EVENT_NAME AS event, PRODUCTS AS products, TOTAL_PRICE AS value FROM events',
    mapper: track(),
    row: [
      ['USERID', 'fixed', '42'],
      ['EVENT', 'text', 'Item Purchased'],
      ['PRODUCTS', 'variant', '[{"sku":"A-1","price":19.99}]'],
      ['VALUE', 'fixed', '19.90'],
    ],
    message: {
      type: 'track',
      userId: '42',
      event: 'Item Purchased',
      properties: { PRODUCTS: [{ sku: 'A-1', price: 19.99 }], VALUE: 19.9 },
    },
  },
  {
    name: 'group',
    query:
      'SELECT COMPANYID AS groupId, OBJECT_TYPE_ID AS objectTypeId, COMPANYNAME as company_name, EMPLOYEES AS employees, PERSONID AS userId FROM companies',
    mapper: group(),
    row: [
      ['GROUPID', 'fixed', '7'],
      ['OBJECTTYPEID', 'fixed', '2'],
      ['COMPANY_NAME', 'text', 'Acme'],
      ['EMPLOYEES', 'fixed', '120'],
      ['USERID', 'fixed', '42'],
    ],
    message: {
      type: 'group',
      userId: '42',
      groupId: '7',
      objectTypeId: '2',
      traits: { COMPANY_NAME: 'Acme', EMPLOYEES: 120 },
    },
  },
  {
    name: 'group with relationship attributes',
    query: `SELECT COMPANYID AS "groupId", OBJECTTYPEID AS "objectTypeId", COMPANYNAME AS "companyname", EMPLOYEES AS "employees",
      PERSONID AS "userId", OBJECT_CONSTRUCT('is_manager', IS_MANAGER, 'role', ROLE, 'start_date', START_DATE) AS "relationshipAttributes"
      FROM companies`,
    mapper: group(),
    row: [
      ['groupId', 'fixed', '7'],
      ['objectTypeId', 'fixed', '2'],
      ['companyname', 'text', 'Acme'],
      ['employees', 'fixed', '120'],
      ['userId', 'fixed', '42'],
      ['relationshipAttributes', 'object', '{"is_manager":true,"role":"CTO","start_date":"2020-01-01"}'],
    ],
    message: {
      type: 'group',
      userId: '42',
      groupId: '7',
      objectTypeId: '2',
      relationshipAttributes: { is_manager: true, role: 'CTO', start_date: '2020-01-01' },
      traits: { companyname: 'Acme', employees: 120 },
    },
  },
  {
    name: 'page',
    query: 'SELECT ID AS userId, METATITLE AS name, URL AS url, TIME_ON_PAGE AS time_on_page FROM pages',
    mapper: page(),
    row: [
      ['USERID', 'fixed', '42'],
      ['NAME', 'text', 'Home'],
      ['URL', 'text', 'https://example.com/'],
      ['TIME_ON_PAGE', 'real', '3.25'],
    ],
    message: {
      type: 'page',
      userId: '42',
      name: 'Home',
      properties: { URL: 'https://example.com/', TIME_ON_PAGE: 3.25 },
    },
  },
  {
    name: 'screen',
    query: 'SELECT ID AS userId, SCREEN_NAME AS name, SESSION_STARTED AS session_started FROM screens',
    mapper: screen(),
    row: [
      ['USERID', 'fixed', '42'],
      ['NAME', 'text', 'Settings'],
      ['SESSION_STARTED', 'timestamp_ntz', '1709213820.120000000'],
    ],
    message: {
      type: 'screen',
      userId: '42',
      name: 'Settings',
      properties: { SESSION_STARTED: '2024-02-29T13:37:00.12Z' },
    },
  },
  {
    name: 'alias',
    query: 'SELECT ID AS userId, OLD_ID AS previousId FROM user_resolution',
    mapper: alias(),
    row: [
      ['USERID', 'fixed', '42'],
      ['PREVIOUSID', 'text', 'anon-9'],
    ],
    message: { type: 'alias', userId: '42', previousId: 'anon-9' },
  },
];

describe('the documented queries', () => {
  it.each(documented)('$name', ({ mapper, row, message }) => {
    const columns = row.map(([name, type]): Column => ({ name, type, nullable: true }));
    expect(
      mapper.bind(columns)(
        row.map(([, , wire]) => wire),
        { row: 0 },
      ),
    ).toStrictEqual(message);
  });
});

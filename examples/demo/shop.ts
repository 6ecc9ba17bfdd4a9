import { Random } from './random.js';
import { companyNames, eventNames, firstNames, lastNames, pageTitles, products, screenNames } from './shop-values.js';

/** Rows per table: sixteen thousand together. */
const sizes = { PEOPLE: 5000, EVENTS: 6000, COMPANIES: 800, PAGES: 2400, SCREENS: 1400, USER_RESOLUTION: 400 };

/** A table of the shop. */
export type Table = keyof typeof sizes;

// More than a double can hold exactly, as the ids of many shops are.
const FIRST_ID = 9_007_199_254_740_993n;

/** The statements that make the shop, with the same rows for the same seed but for their times, all before now. */
export function shopSql(seed = 20_240_229): string[] {
  const random = new Random(seed);
  /** SQL for an integer from 0 to `below - 1` that looks random from row to row: two steps of a congruential generator. */
  const roll = (below: number): string =>
    `MOD(MOD(MOD(N * 48271 + ${random.integer(1, 1_000_000)}, 2147483647) * 69621, 2147483647), ${below})`;
  const pick = (values: readonly string[]): string =>
    `CASE ${roll(values.length)} ${values.map((value, index) => `WHEN ${index} THEN ${text(value)}`).join(' ')} END`;
  const mostly = (sql: string, missing: number): string => `CASE WHEN ${roll(100)} >= ${missing} THEN ${sql} END`;
  const person = `${FIRST_ID} + ${roll(sizes.PEOPLE)} + 1`;
  const before = (now: string): string =>
    `DATEADD('millisecond', -${roll(1_000_000_000)}, DATEADD('hour', -12 - ${roll(16_000)}, ${now}))`;
  const past = before('SYSDATE()');
  const withOffset = (time: string, offset: string): string =>
    `(TO_VARCHAR(${time}, 'YYYY-MM-DD HH24:MI:SS.FF3') || ' ' || ${offset})::TIMESTAMP_TZ`;

  return [
    table('PEOPLE', {
      ID: ['NUMBER(38,0)', `${FIRST_ID} + N`],
      EMAIL: ['VARCHAR', `'person-' || N || '@shop.example'`],
      MSISDN: ['VARCHAR', mostly(`'+4930' || LPAD(${roll(10_000_000)}, 7, '0')`, 30)],
      FNAME: ['VARCHAR', pick(firstNames)],
      LNAME: ['VARCHAR', mostly(pick(lastNames), 5)],
      IS_ACTIVE: ['BOOLEAN', `${roll(5)} > 0`],
      LIFETIME_VALUE: ['NUMBER(12,2)', `${roll(10_000_000)} / 100`],
      SCORE: ['FLOAT', mostly(`${roll(1_000_000)}::FLOAT / 1024`, 10)],
      PREFERENCES: ['VARIANT', mostly(`PARSE_JSON(${preferences(pick)})`, 10)],
      BORN: ['DATE', mostly(`DATEADD('day', ${roll(24_000)}, '1940-01-01'::DATE)`, 20)],
      LAST_UPDATED: ['TIMESTAMP_NTZ', past],
    }),
    table('EVENTS', {
      EVENT_ID: ['NUMBER(38,0)', 'N'],
      ID: ['NUMBER(38,0)', person],
      EVENT_NAME: ['VARCHAR', pick(eventNames)],
      PRODUCTS: [
        'VARIANT',
        `PARSE_JSON('[{"name":"' || ${pick(products)} || '","price":19.99,"quantity":' || ${roll(9)} || '}]')`,
      ],
      TOTAL_PRICE: ['NUMBER(10,2)', mostly(`${roll(100_000)} / 100`, 10)],
      TIMESTAMP: ['TIMESTAMP_TZ', withOffset(past, pick(['+00:00', '+05:45', '-08:00', '+02:00']))],
    }),
    table('COMPANIES', {
      COMPANYID: ['VARCHAR', `'company-' || CEIL(N / 4)`],
      OBJECT_TYPE_ID: ['NUMBER(4,0)', '1'],
      COMPANYNAME: ['VARCHAR', pick(companyNames)],
      EMPLOYEES: ['NUMBER(9,0)', mostly(roll(50_000), 10)],
      PERSONID: ['NUMBER(38,0)', `${FIRST_ID} + N`],
      IS_MANAGER: ['BOOLEAN', `${roll(4)} = 0`],
      ROLE: ['VARCHAR', pick(['buyer', 'owner', 'chef de cuisine'])],
      LAST_UPDATED: ['TIMESTAMP_LTZ', before('CURRENT_TIMESTAMP()')],
    }),
    table('PAGES', {
      VIEW_ID: ['NUMBER(38,0)', 'N'],
      ID: ['NUMBER(38,0)', person],
      METATITLE: ['VARCHAR', pick(pageTitles)],
      URL: ['VARCHAR', `'https://shop.example/?view=' || N`],
      TIME_ON_PAGE: ['NUMBER(9,3)', `${roll(300_000)} / 1000`],
      TIMESTAMP: ['TIMESTAMP_NTZ', past],
    }),
    table('SCREENS', {
      VIEW_ID: ['NUMBER(38,0)', 'N'],
      ID: ['NUMBER(38,0)', person],
      SCREEN_NAME: ['VARCHAR', pick(screenNames)],
      SESSION_STARTED: ['TIMESTAMP_TZ', mostly(withOffset(past, `'-03:30'`), 10)],
      TIMESTAMP: ['TIMESTAMP_LTZ', before('CURRENT_TIMESTAMP()')],
    }),
    table('USER_RESOLUTION', {
      ID: ['NUMBER(38,0)', `${FIRST_ID} + N`],
      OLD_ID: ['VARCHAR', `'visitor-' || N`],
      TIMESTAMP: ['TIMESTAMP_NTZ', past],
    }),
  ].flat();
}

/** The statements with which the shop's own application changes one row in a hundred. */
export function changesSql(): string[] {
  return [
    `UPDATE PEOPLE SET LIFETIME_VALUE = LIFETIME_VALUE + 10.01, LAST_UPDATED = SYSDATE() WHERE MOD(ID, 100) = 7`,
    `INSERT INTO EVENTS SELECT EVENT_ID + 1000000, ID, EVENT_NAME, PRODUCTS, TOTAL_PRICE, CURRENT_TIMESTAMP()
      FROM EVENTS WHERE MOD(EVENT_ID, 100) = 7`,
    `UPDATE COMPANIES SET EMPLOYEES = 7, LAST_UPDATED = CURRENT_TIMESTAMP() WHERE MOD(PERSONID, 100) = 7`,
    `INSERT INTO PAGES SELECT VIEW_ID + 1000000, ID, METATITLE, URL, TIME_ON_PAGE, SYSDATE()
      FROM PAGES WHERE MOD(VIEW_ID, 100) = 7`,
    `INSERT INTO SCREENS SELECT VIEW_ID + 1000000, ID, SCREEN_NAME, SESSION_STARTED, CURRENT_TIMESTAMP()
      FROM SCREENS WHERE MOD(VIEW_ID, 100) = 7`,
    `UPDATE USER_RESOLUTION SET TIMESTAMP = SYSDATE() WHERE MOD(ID, 100) = 7`,
  ];
}

function preferences(pick: (values: readonly string[]) => string): string {
  return [
    `'{"plan":"' || ${pick(['free', 'plus', 'pro'])}`,
    `'","newsletter":{"weekly":' || ${pick(['true', 'false'])}`,
    `',"topics":' || ${pick(['[]', '["tea"]', '["tea","コーヒー"]', 'null'])}`,
    `'}}'`,
  ].join(' || ');
}

/** A table and its rows, from each column's type and its value in row N. */
function table(name: Table, columns: Readonly<Record<string, readonly [type: string, value: string]>>): string[] {
  const types = Object.entries(columns).map(([column, [type]]) => `${column} ${type}`);
  const values = Object.values(columns).map(([, value]) => value);
  return [
    `CREATE TABLE ${name} (${types.join(', ')})`,
    `INSERT INTO ${name} SELECT ${values.join(',\n  ')}
      FROM (SELECT SEQ4() + 1 AS N FROM TABLE(GENERATOR(ROWCOUNT => ${sizes[name]})))`,
  ];
}

function text(value: string): string {
  return `'${value.replaceAll('\\', '\\\\').replaceAll("'", "''")}'`;
}

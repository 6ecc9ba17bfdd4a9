import { afterAll, beforeAll, expect, it } from 'vitest';
import { SqlSession } from '../sql/sql-session.js';

let session: SqlSession;
beforeAll(async () => {
  session = await SqlSession.open();
  await session.run('CREATE TABLE WEEK_EXAMPLES (D DATE)');
  await session.run(`INSERT INTO WEEK_EXAMPLES VALUES ('2016-12-30'), ('2016-12-31'), ('2017-01-01'), ('2017-01-02'),
    ('2017-01-03'), ('2017-01-04'), ('2017-01-05'), ('2017-12-30'), ('2017-12-31')`);
});
afterAll(() => session.engine.close());

const rows = async (sql: string): Promise<string[]> =>
  (await session.run(sql)).rows.map((row) => row.map((value) => value ?? 'NULL').join(' '));

// The tables of the documentation's "Calendar weeks and weekdays": day of the week, first and last day of the week, weeks
// since 2017-01-01.
it.each([
  [
    0,
    ['5 2016-12-26 2017-01-01 0', '6 2016-12-26 2017-01-01 0', '0 2016-12-26 2017-01-01 0'],
    [
      '1 2017-01-02 2017-01-08 1',
      '2 2017-01-02 2017-01-08 1',
      '3 2017-01-02 2017-01-08 1',
      '4 2017-01-02 2017-01-08 1',
    ],
    ['6 2017-12-25 2017-12-31 52', '0 2017-12-25 2017-12-31 52'],
  ],
  [
    1,
    ['5 2016-12-26 2017-01-01 0', '6 2016-12-26 2017-01-01 0', '7 2016-12-26 2017-01-01 0'],
    [
      '1 2017-01-02 2017-01-08 1',
      '2 2017-01-02 2017-01-08 1',
      '3 2017-01-02 2017-01-08 1',
      '4 2017-01-02 2017-01-08 1',
    ],
    ['6 2017-12-25 2017-12-31 52', '7 2017-12-25 2017-12-31 52'],
  ],
  [
    3,
    ['3 2016-12-28 2017-01-03 0', '4 2016-12-28 2017-01-03 0', '5 2016-12-28 2017-01-03 0'],
    [
      '6 2016-12-28 2017-01-03 0',
      '7 2016-12-28 2017-01-03 0',
      '1 2017-01-04 2017-01-10 1',
      '2 2017-01-04 2017-01-10 1',
    ],
    ['4 2017-12-27 2018-01-02 52', '5 2017-12-27 2018-01-02 52'],
  ],
])('WEEK_START = %i gives the days and weeks of the documentation', async (start, ...parts) => {
  await session.run(`ALTER SESSION SET WEEK_START = ${start}`);
  expect(
    await rows(`SELECT DAYOFWEEK(D), DATE_TRUNC('week', D)::VARCHAR, LAST_DAY(D, 'week')::VARCHAR,
      DATEDIFF('week', '2017-01-01', D) FROM WEEK_EXAMPLES ORDER BY D`),
  ).toEqual(parts.flat());
});

// The same page: WEEK, WEEKISO, YEAROFWEEK, YEAROFWEEKISO.
const ISO = ['52', '52', '52', '1', '1', '1', '1', '52', '52'];
const ISO_YEAR = ['2016', '2016', '2016', '2017', '2017', '2017', '2017', '2017', '2017'];
it.each([
  [0, 0, ISO, ISO_YEAR],
  [
    0,
    3,
    ['53', '53', '53', '53', '53', '1', '1', '52', '52'],
    ['2016', '2016', '2016', '2016', '2016', '2017', '2017', '2017', '2017'],
  ],
  [
    1,
    1,
    ['53', '53', '1', '2', '2', '2', '2', '53', '53'],
    ['2016', '2016', '2017', '2017', '2017', '2017', '2017', '2017', '2017'],
  ],
  [
    1,
    3,
    ['53', '53', '1', '1', '1', '2', '2', '53', '53'],
    ['2016', '2016', '2017', '2017', '2017', '2017', '2017', '2017', '2017'],
  ],
])(
  'WEEK_OF_YEAR_POLICY = %i, WEEK_START = %i gives the weeks of the documentation',
  async (policy, start, weeks, years) => {
    await session.run(`ALTER SESSION SET WEEK_OF_YEAR_POLICY = ${policy}, WEEK_START = ${start}`);
    expect(
      await rows('SELECT WEEK(D), WEEKISO(D), YEAROFWEEK(D), YEAROFWEEKISO(D) FROM WEEK_EXAMPLES ORDER BY D'),
    ).toEqual(weeks.map((week, i) => `${week} ${ISO[i]} ${years[i]} ${ISO_YEAR[i]}`));
  },
);

it('values beyond 7, and other policies, are refused', async () => {
  await expect(session.run('ALTER SESSION SET WEEK_START = 8')).rejects.toThrow('WEEK_START');
  await expect(session.run('ALTER SESSION SET WEEK_OF_YEAR_POLICY = 2')).rejects.toThrow('WEEK_OF_YEAR_POLICY');
});

// "TIME_SLICE": slices of weeks are aligned with the week that January 1, 1970 is in.
it('slices of weeks start on the first day of the week', async () => {
  const slices = [];
  for (const start of [0, 1, 4, 7]) {
    await session.run(`ALTER SESSION SET WEEK_START = ${start}`);
    slices.push(
      ...(await rows(
        `SELECT TIME_SLICE('2017-01-05'::DATE, 1, 'week')::VARCHAR, TIME_SLICE('1970-01-01'::DATE, 2, 'week')::VARCHAR`,
      )),
    );
  }
  expect(slices).toEqual([
    '2017-01-02 1969-12-29',
    '2017-01-02 1969-12-29',
    '2017-01-05 1970-01-01',
    '2017-01-01 1969-12-28',
  ]);
});

const DAY = 86_400_000;
/** Counted day by day, without any formula of weeks. */
function model(time: number, start: number, policy: number): string {
  const first = start === 0 ? 1 : start;
  const weekday = (at: number): number => ((new Date(at).getUTCDay() + 6) % 7) + 1;
  const begin = (at: number): number => {
    let day = at;
    while (weekday(day) !== first) day -= DAY;
    return day;
  };
  const year = (at: number): number => new Date(at).getUTCFullYear();
  const monday = begin(time);
  const days = Array.from({ length: 7 }, (_, i) => monday + i * DAY);
  const own = (at: number): number => days.filter((day) => year(day) === at).length;
  const owner = policy === 1 ? year(time) : own(year(monday)) >= 4 ? year(monday) : year(monday) + 1;
  let week = 0;
  for (let at = begin(Date.UTC(owner, 0, policy === 1 ? 1 : 4)); at <= monday; at += 7 * DAY) week += 1;
  const dow = start === 0 ? weekday(time) % 7 : (time - monday) / DAY + 1;
  const iso = (at: number): string => new Date(at).toISOString().slice(0, 10);
  return `${dow} ${week} ${owner} ${iso(monday)} ${iso(monday)} ${iso(monday + 6 * DAY)}`;
}

it('agrees with a count of days around New Year, for every start and policy, of dates and of timestamps', async () => {
  await session.run(`CREATE TABLE DAYS AS SELECT D, (D::VARCHAR || ' 23:59:59.999')::TIMESTAMP_NTZ AS T
    FROM (SELECT DATEADD('day', SEQ4(), '1955-12-20'::DATE) AS D FROM TABLE(GENERATOR(ROWCOUNT => 10957)))
    WHERE DAYOFYEAR(D) < 12 OR DAYOFYEAR(D) > 354`);
  const days = (await rows(`SELECT DATE_PART('epoch_second', D) FROM DAYS ORDER BY D`)).map(
    (seconds) => Number(seconds) * 1000,
  );
  expect(days.length).toBeGreaterThan(600);
  for (const policy of [0, 1])
    for (let start = 0; start <= 7; start += 1) {
      await session.run(`ALTER SESSION SET WEEK_OF_YEAR_POLICY = ${policy}, WEEK_START = ${start}`);
      const found =
        await rows(`SELECT DAYOFWEEK(D), WEEKOFYEAR(T), DATE_PART('yearofweek', D), DATE_TRUNC('week', D)::VARCHAR,
        DATE_TRUNC('week', T)::DATE::VARCHAR, LAST_DAY(T, 'week')::VARCHAR FROM DAYS ORDER BY D`);
      expect(found).toEqual(days.map((day) => model(day, start, policy)));
    }
});

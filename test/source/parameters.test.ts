import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import {
  diagnose,
  identify,
  MemoryStateStore,
  QueryTemplate,
  SnowflakeSource,
  SqlApiSource,
  Sync,
  type Source,
} from 'snowmelt';
import { recordingSink, startSnowflake, type EmbeddedSnowflake } from 'snowmelt/testing';

let server: EmbeddedSnowflake;

beforeAll(async () => {
  server = await startSnowflake();
});

afterAll(async () => {
  await server.close();
});

/** Of the others the embedded Snowflake takes no value but the default. */
const SETTINGS: readonly (readonly [name: string, value: string, sql: string])[] = [
  ['ROWS_PER_RESULTSET', '10', 'SELECT SEQ4() AS N FROM TABLE(GENERATOR(ROWCOUNT => 25))'],
  ['DATE_INPUT_FORMAT', "'MM/DD/YYYY'", "SELECT TO_DATE('2024-02-01')"],
  ['TIMESTAMP_INPUT_FORMAT', "'MM/DD/YYYY HH24:MI'", "SELECT TO_TIMESTAMP_NTZ('1700000000')"],
  ['TIME_INPUT_FORMAT', "'HH12:MI AM'", "SELECT TO_TIME('13:37:00')"],
  ['WEEK_START', '7', "SELECT DATE_TRUNC('WEEK', '2024-02-29'::DATE)"],
  ['WEEK_OF_YEAR_POLICY', '1', "SELECT WEEK('2021-01-01'::DATE)"],
  ['TWO_DIGIT_CENTURY_START', '2000', "SELECT TO_DATE('75', 'YY')"],
];

afterEach(async () => {
  const names = SETTINGS.map(([name]) => name).join(', ');
  await server.query(`ALTER USER SNOWMELT UNSET ${names}; ALTER ACCOUNT UNSET ${names}`);
});

async function answer(source: Source, sql: string): Promise<unknown> {
  const result = await source.execute({ sql, binds: [] });
  const rows: unknown[] = [];
  for await (const batch of result.read()) rows.push(...batch.rows);
  return { types: result.columns.map(({ type }) => type), rows };
}

async function anew<T>(
  Kind: typeof SnowflakeSource | typeof SqlApiSource,
  use: (source: Source) => Promise<T>,
): Promise<T> {
  const source = new Kind(server.connection());
  try {
    return await use(source);
  } finally {
    await source.close();
  }
}

describe.each(['USER SNOWMELT', 'ACCOUNT'])('what ALTER %s has set', (whose) => {
  it.each(SETTINGS)('of %s = %s changes nothing in what the driver source reads', async (name, value, sql) => {
    const before = await anew(SnowflakeSource, (source) => answer(source, sql));
    await server.query(`ALTER ${whose} SET ${name} = ${value}`);
    expect(await anew(SnowflakeSource, (source) => answer(source, sql))).toEqual(before);
  });

  it.each(SETTINGS)('of %s = %s is right with the SQL API source, or said before a row', async (name, value, sql) => {
    const before = await anew(SqlApiSource, (source) => answer(source, sql));
    await server.query(`ALTER ${whose} SET ${name} = ${value}`);
    if (name !== 'ROWS_PER_RESULTSET') {
      const error: unknown = await anew(SqlApiSource, (source) => answer(source, sql)).catch(
        (caught: unknown) => caught,
      );
      expect(error).toMatchObject({ code: 'CONFIG_INVALID', details: { parameters: [name] } });
      // What it says to type repairs it.
      const [repair = ''] = (error as { hint?: string }).hint?.split(';') ?? [];
      expect(repair).toMatch(/^ALTER USER SNOWMELT SET /);
      await server.query(repair);
    }
    expect(await anew(SqlApiSource, (source) => answer(source, sql))).toEqual(before);
  });

  it.each([SnowflakeSource, SqlApiSource])('cuts no run short: $name', async (Kind) => {
    await server.query(`ALTER ${whose} SET ROWS_PER_RESULTSET = 10`);
    await anew(Kind, async (source) => {
      const sink = recordingSink();
      const query = new QueryTemplate('SELECT SEQ4() AS "userId" FROM TABLE(GENERATOR(ROWCOUNT => 25))');
      const sync = new Sync({ name: 'people', source, query, mapper: identify(), sink, state: new MemoryStateStore() });
      expect(await sync.run()).toMatchObject({ status: 'completed', rowsDelivered: 25 });
      expect(sink.messages).toHaveLength(25);
    });
  });

  it('is told by diagnose', async () => {
    await server.query(`ALTER ${whose} SET WEEK_START = 7`);
    const { checks } = await anew(SqlApiSource, (source) => diagnose({ source }));
    expect(checks.find(({ name }) => name === 'parameters')).toMatchObject({
      result: 'failed',
      repair: expect.stringContaining('WEEK_START = 0') as string,
    });
  });
});

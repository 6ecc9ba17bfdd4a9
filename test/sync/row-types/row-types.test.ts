import { startSnowflake, type EmbeddedSnowflake } from 'snowmelt/testing';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  defineMapper,
  fromAsyncIterable,
  identify,
  QueryTemplate,
  rowTypes,
  type Column,
  type RowMapper,
  type Source,
} from 'snowmelt';
import { ArraySource, testMapper } from '../plug-ins.js';
import { sources, syncOf } from './set-up.js';

let snowflake: EmbeddedSnowflake;

beforeAll(async () => {
  snowflake = await startSnowflake({
    databases: ['SHOP'],
    seedSql: `
      CREATE TABLE PEOPLE (ID NUMBER(38,0) NOT NULL, "first name" VARCHAR(80), AGE NUMBER(3,0), SCORE FLOAT NOT NULL,
        ACTIVE BOOLEAN, PROFILE OBJECT, ANY_OF VARIANT NOT NULL, TAGS ARRAY, HASH BINARY, BORN DATE, WAKES TIME(3),
        SEEN_AT TIMESTAMP_TZ(9) NOT NULL, AT GEOGRAPHY, EMBEDDING VECTOR(FLOAT, 3), SETTINGS MAP(VARCHAR, NUMBER));
      CREATE TABLE ORDERS (ID NUMBER(10,0) NOT NULL, TOTAL NUMBER(12,2) NOT NULL, CHANGED TIMESTAMP_NTZ NOT NULL);`,
  });
});
afterAll(async () => {
  await snowflake.close();
});

const row = defineMapper((each) => each, { checkMessages: false });
const changed = 'SELECT * FROM orders WHERE CHANGED BETWEEN {{last_sync_time}} AND {{sync_time}};  -- all of them';

describe.each(Object.entries(sources))('the row types of %s', (_name, open) => {
  const one = (query: string, mapper: RowMapper<unknown> = row) =>
    rowTypes(syncOf('p', open(snowflake), query, mapper));

  it('are written as a file', async () => {
    const source = open(snowflake);
    const orders = defineMapper(() => undefined, { columnCase: 'camel', rename: { TOTAL: 'total */' } });
    const types = await rowTypes([
      syncOf('people', source, 'SELECT * FROM people', row),
      syncOf('new-orders', source, changed, orders),
    ]);
    await expect(String(types)).toMatchFileSnapshot('./expected-rows.txt');
    expect(types.differences(String(types))).toEqual([]);
  });

  it('are those of the query, of whichever it is made', async () => {
    const types = await one(`
      WITH recent AS (SELECT * FROM orders WHERE CHANGED >= {{last_sync_time:timestamp_ntz}})
      SELECT p.ID AS "userId", COUNT(*) AS N, p."first name" || '!' AS NAME, MAX(o.TOTAL) AS MOST
      FROM people p LEFT JOIN recent o ON o.ID = p.ID GROUP BY ALL`);
    const fields = types.types[0]?.fields.map(({ name, type }) => [name, type]);
    expect(fields).toEqual([
      ['userId', 'number | string'],
      ['N', 'number | string'],
      ['NAME', 'string'],
      ['MOST', 'number'],
    ]);
  });

  it('run nothing but the description, without a look at the state', async () => {
    const source = open(snowflake);
    const asked: string[] = [];
    const watched: Source = {
      ...source,
      snowflakeSql: true,
      execute: async ({ sql, binds }, options) => {
        asked.push(sql);
        const result = await source.execute({ sql, binds }, options);
        return { ...result, columns: result.columns, read: () => expect.fail('a row is read') };
      },
      now: () => expect.fail('the clock is asked'),
    };
    const state = {
      get: () => expect.fail('the state is read'),
      compareAndSet: () => expect.fail('the state is written'),
      delete: () => expect.fail('the state is deleted'),
    };
    await rowTypes(syncOf('p', watched, changed, row, { state }));
    expect(asked).toHaveLength(1);
    expect(asked[0]).toMatch(/^SELECT \* FROM \([^]*\) LIMIT 0$/);
  });

  it('of a mapper without a function are the columns as they are', async () => {
    const types = await one('SELECT ID AS "userId", AGE AS "age" FROM people', identify({ numbers: 'string' }));
    expect(String(types)).toContain(
      'readonly userId: number | string;\n  /** NUMBER(3,0) */ readonly age: number | null;',
    );
  });

  it.each<[string, string, RowMapper<unknown>, object]>([
    [
      'a column that is not there',
      'SELECT NOPE FROM people',
      row,
      { code: 'SOURCE_SQL', message: expect.stringMatching(/^Sync "p": .*NOPE/) },
    ],
    [
      'two columns of one name',
      'SELECT ID AS A, AGE AS A FROM people',
      row,
      { message: expect.stringMatching(/^Sync "p": .*\bA\b/) },
    ],
    [
      'what cannot stand in FROM',
      'SHOW TABLES',
      row,
      {
        code: 'CONFIG_INVALID',
        message: 'Sync "p": the query cannot be described without running it.',
        hint: expect.stringContaining('Write one SELECT'),
      },
    ],
    [
      'options that no row fits',
      'SELECT ID FROM people',
      defineMapper(() => undefined, { omit: ['EMAIL'] }),
      { code: 'MAPPING_COLUMNS', message: expect.stringMatching(/^Sync "p": Option `omit` names column EMAIL/) },
    ],
  ])('are refused for %s', async (_what, query, mapper, fault) => {
    await expect(one(query, mapper)).rejects.toThrow(expect.objectContaining(fault));
  });

  it('say what to do about a parameter without a value', async () => {
    const query = new QueryTemplate('SELECT ID FROM people WHERE AGE > {{least}}', { params: { least: undefined } });
    await expect(rowTypes(syncOf('p', open(snowflake), query, row))).rejects.toThrow(
      expect.objectContaining({
        code: 'QUERY_PARAM_MISSING',
        message: 'Sync "p": Query template: {{least}} has no value.',
        hint: expect.stringContaining('new QueryTemplate(text, { params: {'),
      }),
    );
    const given = new QueryTemplate('SELECT ID FROM people WHERE AGE > {{least}}', { params: { least: 18 } });
    expect((await rowTypes(syncOf('p', open(snowflake), given, row))).types[0]?.fields).toHaveLength(1);
  });

  it('have those of a disabled sync, and say of one that fails that it is disabled', async () => {
    const source = open(snowflake);
    const disabled = syncOf('off', source, 'SELECT ID FROM people', row, { enabled: false });
    expect((await rowTypes(disabled)).types[0]?.name).toBe('OffRow');
    const broken = syncOf('off', source, 'SELECT ID FROM nowhere', row, { enabled: false });
    await expect(rowTypes([broken])).rejects.toThrow(
      expect.objectContaining({
        message: expect.stringMatching(/^Sync "off", which is disabled: /),
        hint: expect.stringMatching(/To leave it out, name the others\.$/),
      }),
    );
  });

  it('end with the signal', async () => {
    const signal = AbortSignal.abort(new Error('enough'));
    await expect(rowTypes(syncOf('p', open(snowflake), 'SELECT ID FROM people', row), { signal })).rejects.toThrow(
      'enough',
    );
  });
});

describe('the row types of other sources', () => {
  it('are any JSON, and no row is asked for', async () => {
    const source = fromAsyncIterable(() => expect.fail('rows are asked for'), { columns: ['ID', 'a b'] });
    const types = await rowTypes(syncOf('p', source, undefined, row));
    expect(String(types)).toContain(
      `  /** native */ readonly ID: JsonValue;\n  /** native */ readonly 'a b': JsonValue;`,
    );
  });

  it('are not there for SQL that is not known to be that of Snowflake', async () => {
    const source = new ArraySource();
    await expect(rowTypes(syncOf('p', source, 'SELECT 1', testMapper()))).rejects.toThrow(
      expect.objectContaining({ code: 'CONFIG_INVALID', hint: expect.stringContaining('snowflakeSql: true') }),
    );
    expect(source.statements).toEqual([]);
  });

  it('are those of any source that takes it', async () => {
    const columns: readonly Column[] = [{ name: 'ID', type: 'fixed', nullable: false, precision: 9, scale: 0 }];
    const source: Source = Object.assign(new ArraySource(), {
      snowflakeSql: true,
      execute: async () => ({
        ref: { queryId: 'q', columnsHash: 'h' },
        columns,
        rowCount: 0,
        read: () => expect.fail(),
      }),
    });
    expect(String(await rowTypes(syncOf('p', source, 'SELECT 1', row)))).toContain(
      'NUMBER(9,0) NOT NULL */ readonly ID: number;',
    );
  });
});

describe('rowTypes()', () => {
  it.each<[string, () => Promise<unknown>, string]>([
    ['what is no sync', () => rowTypes({ name: 'p' } as never), 'rowTypes: what was passed is not a Sync.'],
    ['nothing', () => rowTypes(undefined as never), 'rowTypes: what was passed is not a Sync.'],
    ['a list with null', () => rowTypes([null] as never), 'rowTypes: what was passed is not a Sync.'],
    [
      'two syncs of one name',
      () => {
        const source = fromAsyncIterable(() => expect.fail(), { columns: ['ID'] });
        return rowTypes([syncOf('p', source, undefined, row), syncOf('p', source, undefined, row)]);
      },
      'rowTypes: there are two syncs with the name "p".',
    ],
  ])('refuses %s', async (_what, call, message) => {
    await expect(call()).rejects.toThrow(expect.objectContaining({ code: 'CONFIG_INVALID', message }));
  });

  it('has no types for no syncs', async () => {
    expect((await rowTypes([])).types).toEqual([]);
  });
});

import fc from 'fast-check';
import { startSnowflake, type EmbeddedSnowflake } from 'snowmelt/testing';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { defineMapper, rowTypes, type DecodedRow, type DefineMapperOptions, type RowTypes } from 'snowmelt';
import { misfits } from '../../mapping/fits-field.js';
import { compile } from './compile.js';
import { sources, syncOf } from './set-up.js';

let snowflake: EmbeddedSnowflake;
beforeAll(async () => {
  snowflake = await startSnowflake({ databases: ['SHOP'] });
});
afterAll(async () => {
  await snowflake.close();
});

interface TestColumn {
  readonly type: string;
  /** SQL of a value. */
  readonly value: fc.Arbitrary<string>;
}

const text = (value: string): string => `'${value.replaceAll('\\', '\\\\').replaceAll("'", "''")}'`;
const json = (value: fc.Arbitrary<unknown>): fc.Arbitrary<string> =>
  value.map((each) => `PARSE_JSON(${text(JSON.stringify(each))})`);
const plain: Readonly<Record<string, fc.Arbitrary<string>>> = {
  FLOAT: fc.oneof(
    fc.double({ noNaN: true, noDefaultInfinity: true, min: -1e300, max: 1e300 }).map(String),
    fc.constantFrom("'NaN'::FLOAT", "'inf'::FLOAT", "'-inf'::FLOAT", '0'),
  ),
  VARCHAR: fc.string({ unit: 'grapheme', maxLength: 12 }).map(text),
  BOOLEAN: fc.constantFrom('TRUE', 'FALSE'),
  DATE: fc.constantFrom("'1969-12-31'::DATE", "'2024-02-29'::DATE"),
  'TIME(3)': fc.constantFrom("'00:00:00'::TIME", "'13:37:00.123'::TIME"),
  'TIMESTAMP_NTZ(9)': fc.constant("'2024-02-29 13:37:00.123456789'::TIMESTAMP_NTZ"),
  'TIMESTAMP_LTZ(6)': fc.constant("'2024-02-29 13:37:00 +02:00'::TIMESTAMP_LTZ"),
  'TIMESTAMP_TZ(0)': fc.constant("'2024-02-29 13:37:00 +05:45'::TIMESTAMP_TZ"),
  VARIANT: json(fc.jsonValue({ maxDepth: 2 })),
  OBJECT: json(fc.dictionary(fc.string({ maxLength: 3 }), fc.jsonValue({ maxDepth: 1 }), { maxKeys: 3 })).map(
    (sql) => `${sql}::OBJECT`,
  ),
  ARRAY: json(fc.array(fc.jsonValue({ maxDepth: 1 }), { maxLength: 3 })).map((sql) => `${sql}::ARRAY`),
  BINARY: fc.constantFrom("X'00FF'::BINARY", "X''::BINARY"),
  GEOGRAPHY: fc.constant(`TO_GEOGRAPHY('{"type":"Point","coordinates":[1.5,2]}')`),
  'VECTOR(FLOAT, 2)': fc.constantFrom('[1.5, 2]::VECTOR(FLOAT, 2)', '[1e30, 0.1]::VECTOR(FLOAT, 2)'),
};
const number = fc
  .integer({ min: 1, max: 38 })
  .chain((precision) => fc.tuple(fc.constant(precision), fc.integer({ min: 0, max: precision })))
  .map(([precision, scale]): TestColumn => {
    const digits = fc.oneof(
      fc.stringMatching(new RegExp(`^[0-9]{${precision}}$`)),
      fc.stringMatching(new RegExp(`^[0-9]{1,${precision}}$`)),
    );
    const value = fc.tuple(fc.boolean(), digits).map(([negative, given]) => {
      const all = given.padStart(precision, '0');
      const point = precision - scale;
      return `'${negative ? '-' : ''}${all.slice(0, point)}.${all.slice(point)}0'::NUMBER(${precision},${scale})`;
    });
    return { type: `NUMBER(${precision},${scale})`, value };
  });
const column = fc.oneof(
  number,
  fc.constantFrom(...Object.entries(plain)).map(([type, value]): TestColumn => ({ type, value })),
);
const table = fc
  .array(fc.record({ column, notNull: fc.boolean() }), { minLength: 1, maxLength: 8 })
  .chain((columns) => {
    const cells = columns.map(({ column: { value }, notNull }) =>
      notNull ? value : fc.oneof({ weight: 3, arbitrary: value }, { weight: 1, arbitrary: fc.constant('NULL') }),
    );
    return fc.record({
      columns: fc.constant(columns.map(({ column: { type }, notNull }) => `${type}${notNull ? ' NOT NULL' : ''}`)),
      rows: fc.array(fc.tuple(...cells), { minLength: 1, maxLength: 5 }),
    });
  });
const options = fc.record<Partial<DefineMapperOptions<unknown>>>(
  {
    nulls: fc.constantFrom('keep', 'omit'),
    numbers: fc.constantFrom('auto', 'string'),
    booleans: fc.constantFrom('boolean', 'string'),
    columnCase: fc.constantFrom('preserve', 'camel'),
  },
  { requiredKeys: [] },
);

// What is null or text although the column is NOT NULL and a NUMBER.
const EDGE_ROWS = {
  columns: ['FLOAT NOT NULL', 'VARIANT NOT NULL', 'NUMBER(16,0) NOT NULL', 'NUMBER(15,15) NOT NULL'],
  rows: [["'NaN'::FLOAT", "PARSE_JSON('null')", '9007199254740993', '0.123456789012345']],
} satisfies { columns: string[]; rows: string[][] };
const EDGES: readonly Partial<DefineMapperOptions<unknown>>[] = [{}, { nulls: 'omit' }, { numbers: 'string' }];

async function fill(columns: readonly string[], rows: readonly (readonly string[])[]): Promise<void> {
  const definitions = columns.map((type, at) => `COLUMN_${at} ${type}`).join(', ');
  const selects = rows.map((cells) => `SELECT ${cells.join(', ')}`).join(' UNION ALL ');
  await snowflake.query(`CREATE OR REPLACE TABLE SHOP.PUBLIC.T (${definitions}); INSERT INTO SHOP.PUBLIC.T ${selects}`);
}

describe.each(Object.entries(sources))('rows of %s', (_name, open) => {
  it('are of the type that was written for them', { timeout: 300_000 }, async () => {
    const source = open(snowflake);
    const checked: { types: RowTypes; rows: readonly DecodedRow[] }[] = [];
    await fc.assert(
      fc.asyncProperty(table, options, async ({ columns, rows }, given) => {
        await fill(columns, rows);
        const seen: DecodedRow[] = [];
        const mapper = defineMapper((row) => {
          seen.push(row);
          return { n: seen.length };
        }, given);
        const sync = syncOf('people', source, 'SELECT * FROM T', mapper);
        const types = await rowTypes(sync);
        (await sync.run()).throwIfFailed();
        expect(seen).toHaveLength(rows.length);
        const fields = types.types[0]?.fields ?? [];
        for (const row of seen) {
          expect(misfits(fields, row)).toEqual([]);
          if (given.columnCase === 'camel') continue;
          // map() takes such a row, and gives the function one of the type again: the same, unless an option makes texts
          // of numbers and booleans, which it then does in JSON too, for it does not know the columns' types.
          mapper.map(row);
          const again = seen.pop()!;
          expect(misfits(fields, again)).toEqual([]);
          if (given.numbers !== 'string' && given.booleans !== 'string') expect(again).toEqual(row);
        }
        checked.push({ types, rows: [...seen] });
      }),
      { numRuns: 25, examples: EDGES.map((given) => [EDGE_ROWS, given]) },
    );
    const files = checked.slice(-8).flatMap(({ types, rows }, at) => [
      [`rows-${at}.d.ts`, String(types)],
      [
        `use-${at}.ts`,
        `import type { PeopleRow } from './rows-${at}.js';\nexport const rows: readonly PeopleRow[] = ${JSON.stringify(rows)};\n`,
      ],
    ]);
    expect(compile(Object.fromEntries(files) as Record<string, string>)).toEqual([]);
  });
});

describe('a type that was written', () => {
  it('is refused by the compiler for every wrong value, and for a column that is not there', async () => {
    await fill(
      ['NUMBER(9,0) NOT NULL', 'VARCHAR NOT NULL', 'BOOLEAN NOT NULL', 'OBJECT NOT NULL', 'ARRAY NOT NULL', 'VARIANT'],
      [['1', "'a'", 'TRUE', 'OBJECT_CONSTRUCT()', 'ARRAY_CONSTRUCT()', 'NULL']],
    );
    const source = Object.values(sources)[1]!(snowflake);
    const types = await rowTypes(
      syncOf(
        'p',
        source,
        'SELECT * FROM T',
        defineMapper(() => undefined),
      ),
    );
    const use = `import type { PRow } from './rows.js';
import { defineMapper } from 'snowmelt';
declare const row: PRow;
export const right: PRow = { ...row, COLUMN_0: 1, COLUMN_1: 'a', COLUMN_2: true, COLUMN_3: {}, COLUMN_4: [], COLUMN_5: null };
export const a: PRow = { ...row, COLUMN_0: '1' };
export const b: PRow = { ...row, COLUMN_1: null };
export const c: PRow = { ...row, COLUMN_2: 'true' };
export const d: PRow = { ...row, COLUMN_3: [] };
export const e: PRow = { ...row, COLUMN_4: {} };
export const f: PRow = { ...row, COLUMN_5: new Date() };
export const mapper = defineMapper<PRow>((each) => ({ type: 'identify', userId: each.COLUMN_6 }));
`;
    const faults = compile({ 'rows.d.ts': String(types), 'use.ts': use });
    expect(faults.map((fault) => fault.split(': ')[0])).toEqual(
      [5, 6, 7, 8, 9, 10, 11].map((line) => `use.ts:${line}`),
    );
  });

  it('stands in no way of another one, whatever the columns are named', async () => {
    const source = Object.values(sources)[1]!(snowflake);
    const names = ["it's", '*/ } evil', 'a"b', '\\', 'class', '1st', 'Größe', '\u202e', 'true', 'new\nline'];
    const query = `SELECT ${names.map((name, at) => `${at} AS "${name.replaceAll('"', '""')}"`).join(', ')}`;
    const plainRow = syncOf(
      'a-b',
      source,
      query,
      defineMapper(() => undefined),
    );
    const camelRow = syncOf(
      'a_b',
      source,
      query,
      defineMapper(() => undefined, { columnCase: (name) => `x ${name}` }),
    );
    const types = await rowTypes([plainRow, camelRow]);
    expect(types.types.map(({ name }) => name)).toEqual(['A$bRow', 'A_bRow']);
    const keys = (prefix: string): string => names.map((name) => JSON.stringify(`${prefix}${name}`)).join(' | ');
    const use = `import type { A$bRow, A_bRow } from './rows.js';
type Same<A, B> = [A] extends [B] ? ([B] extends [A] ? true : false) : false;
export const one: Same<keyof A$bRow, ${keys('')}> = true;
export const other: Same<keyof A_bRow, ${keys('x ')}> = true;
`;
    expect(compile({ 'rows.d.ts': String(types), 'use.ts': use })).toEqual([]);
    expect(types.differences(String(types))).toEqual([]);
  });
});

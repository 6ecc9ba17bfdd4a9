import type { ColumnType, Statement } from '../../../source/source.js';

/** What a column of the statement of types should be. */
export interface ExpectedColumn {
  readonly name: string;
  readonly type: ColumnType;
  readonly value: unknown;
  /** Brings a value to a form in which equal ones are the same, where the wire text may differ. */
  readonly same?: ((value: unknown) => unknown) | undefined;
}

interface Sample extends ExpectedColumn {
  readonly sql: string;
}

const number = (value: unknown): unknown => Number(value);
const json = (value: unknown): unknown => JSON.parse(String(value)) as unknown;
const boolean = (value: unknown): unknown => value === '1' || value === 'true';

const samples: readonly Sample[] = [
  { sql: '19.99::NUMBER(10,2)', name: 'price', type: 'fixed', value: '19.99' },
  { sql: '1.50::NUMBER(10,2)', name: 'keptScale', type: 'fixed', value: '1.50' },
  { sql: "'-0.07'::NUMBER(5,2)", name: 'small', type: 'fixed', value: '-0.07' },
  {
    sql: "'12345678901234567890123456789012345678'::NUMBER(38,0)",
    name: 'big',
    type: 'fixed',
    value: '12345678901234567890123456789012345678',
  },
  { sql: '1.5::FLOAT', name: 'real', type: 'real', value: '1.5', same: number },
  { sql: "'Zoë ☃ 💥 it''s \"x\" \\\\ 1'", name: 'text', type: 'text', value: 'Zoë ☃ 💥 it\'s "x" \\ 1' },
  { sql: "''", name: 'empty', type: 'text', value: '' },
  { sql: 'TRUE', name: 'yes', type: 'boolean', value: '1', same: boolean },
  { sql: 'FALSE', name: 'no', type: 'boolean', value: '0', same: boolean },
  { sql: "'2024-02-29'::DATE", name: 'day', type: 'date', value: '19782' },
  { sql: "'1969-12-31'::DATE", name: 'before1970', type: 'date', value: '-1' },
  { sql: "'13:37:00.123'::TIME", name: 'time', type: 'time', value: '49020.123000000' },
  {
    sql: "'2023-11-14 22:13:20.123456789'::TIMESTAMP_NTZ",
    name: 'ntz',
    type: 'timestamp_ntz',
    value: '1700000000.123456789',
  },
  {
    sql: "'1969-12-31 23:59:58.500'::TIMESTAMP_NTZ",
    name: 'ntzBefore1970',
    type: 'timestamp_ntz',
    value: '-1.500000000',
  },
  {
    sql: "'2023-11-14 14:13:20.5 -0800'::TIMESTAMP_LTZ",
    name: 'ltz',
    type: 'timestamp_ltz',
    value: '1700000000.500000000',
  },
  {
    sql: "'2023-11-15 03:58:20 +0545'::TIMESTAMP_TZ",
    name: 'tz',
    type: 'timestamp_tz',
    value: '1700000000.000000000 1785',
  },
  {
    sql: 'PARSE_JSON(\'{"a":[1,null,"x"]}\')',
    name: 'variant',
    type: 'variant',
    value: '{"a":[1,null,"x"]}',
    same: json,
  },
  { sql: 'ARRAY_CONSTRUCT(1, 2)', name: 'array', type: 'array', value: '[1,2]', same: json },
  { sql: "OBJECT_CONSTRUCT('k', 'v')", name: 'object', type: 'object', value: '{"k":"v"}', same: json },
  { sql: "{'k': 7}::MAP(VARCHAR, NUMBER)", name: 'map', type: 'map', value: '{"k":7}', same: json },
  { sql: '[1.5, 2]::VECTOR(FLOAT, 2)', name: 'vector', type: 'vector', value: '[1.5,2]', same: json },
  {
    sql: `TO_GEOGRAPHY('{"type":"Point","coordinates":[1,2]}')`,
    name: 'geography',
    type: 'geography',
    value: '{"type":"Point","coordinates":[1,2]}',
    same: json,
  },
  {
    sql: `TO_GEOMETRY('{"type":"Point","coordinates":[1,2]}')`,
    name: 'geometry',
    type: 'geometry',
    value: '{"type":"Point","coordinates":[1,2]}',
    same: json,
  },
  { sql: "TO_BINARY('DEADBEEF', 'HEX')", name: 'binary', type: 'binary', value: 'DEADBEEF' },
  { sql: "'NULL'", name: 'textNull', type: 'text', value: 'NULL' },
  { sql: 'NULL::NUMBER(5,0)', name: 'nullNumber', type: 'fixed', value: null },
  { sql: 'NULL::FLOAT', name: 'nullReal', type: 'real', value: null },
  { sql: 'NULL::VARCHAR', name: 'nullText', type: 'text', value: null },
  { sql: 'NULL::BOOLEAN', name: 'nullBoolean', type: 'boolean', value: null },
  { sql: 'NULL::DATE', name: 'nullDate', type: 'date', value: null },
  { sql: 'NULL::TIME', name: 'nullTime', type: 'time', value: null },
  { sql: 'NULL::TIMESTAMP_NTZ', name: 'nullNtz', type: 'timestamp_ntz', value: null },
  { sql: 'NULL::TIMESTAMP_LTZ', name: 'nullLtz', type: 'timestamp_ltz', value: null },
  { sql: 'NULL::TIMESTAMP_TZ', name: 'nullTz', type: 'timestamp_tz', value: null },
  { sql: 'NULL::VARIANT', name: 'nullVariant', type: 'variant', value: null },
  { sql: 'NULL::OBJECT', name: 'nullObject', type: 'object', value: null },
  { sql: 'NULL::ARRAY', name: 'nullArray', type: 'array', value: null },
  { sql: 'NULL::BINARY', name: 'nullBinary', type: 'binary', value: null },
  { sql: "'UNQUOTED'", name: 'UNQUOTED', type: 'text', value: 'UNQUOTED' },
];

/** One row with every type of Snowflake, and its wire text. */
export const snowflakeTypes: { readonly statement: Statement; readonly columns: readonly ExpectedColumn[] } = {
  statement: {
    sql: `SELECT ${samples.map(({ sql, name }) => `${sql} AS "${name}"`).join(',\n  ')}`,
    binds: [],
  },
  columns: samples,
};

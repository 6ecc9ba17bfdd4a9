import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  defineMapper,
  group,
  identify,
  page,
  reportContent,
  screen,
  SnowflakeSource,
  SqlApiSource,
  track,
  type ResultSet,
  type RowMapper,
  type SnowflakeSourceOptions,
  type Source,
} from 'snowmelt';
import { startSnowflake, type EmbeddedSnowflake } from 'snowmelt/testing';
import { messageHasher } from '../../../src/diff/canonical/message-hasher.js';
import { snowflakeTypes } from '../../../src/testing/contracts/source/snowflake-types.js';

let snowflake: EmbeddedSnowflake;
beforeAll(async () => {
  snowflake = await startSnowflake();
});
afterAll(() => snowflake.close());

const sources: Readonly<Record<string, (connection: SnowflakeSourceOptions) => Source>> = {
  driver: (connection) => new SnowflakeSource(connection),
  decoded: (connection) => new SnowflakeSource({ ...connection, rowAccess: 'driver' }),
  api: (connection) => new SqlApiSource(connection),
};

/** One row for each edge of a type; all of them in a column of that type. */
const edges: Readonly<Record<string, readonly string[]>> = {
  'NUMBER(38, 0)': ['0', '-1', '9007199254740992', '9007199254740993', '99999999999999999999999999999999999999'],
  'NUMBER(20, 5)': ['0', '1.5', '-0.00001', '19.99', '123456789012345.12345', '0.1'],
  FLOAT: ['0', '1.5', '1e300', '-1e-7', '0.1', '1e21', "'NaN'", "'inf'", "'-inf'", '9007199254740993'],
  VARCHAR: ["''", "'NULL'", "'1'", "'true'", "'é'", "'e\\u0301'", "'💥'", "'\\u0001\\t\"\\\\'", "' a '", "'[1]'"],
  BOOLEAN: ['TRUE', 'FALSE'],
  DATE: ["'1969-12-31'", "'2024-02-29'", "'0001-01-01'", "'9999-12-31'"],
  'TIME(9)': ["'00:00:00'", "'23:59:59.999999999'", "'13:37:00.1'"],
  'TIMESTAMP_NTZ(9)': ["'1969-12-31 23:59:58.5'", "'2024-02-29 13:37:00.123456789'", "'2024-02-29 13:37:00'"],
  'TIMESTAMP_LTZ(3)': ["'2024-02-29 13:37:00.120 +0100'", "'1900-01-01 00:00:00 +0000'"],
  'TIMESTAMP_TZ(6)': ["'2024-02-29 13:37:00.12 +0545'", "'2024-02-29 13:37:00 -0800'"],
  BINARY: ["TO_BINARY('DEADBEEF', 'HEX')", "TO_BINARY('', 'HEX')"],
  VARIANT: [
    'PARSE_JSON(\'{"z":1,"a":{"y":[1.50,-0.0,9007199254740993],"b":null},"é":"\\u00e9"}\')',
    "PARSE_JSON('null')",
    "PARSE_JSON('[]')",
    "TO_VARIANT('text')",
    'TO_VARIANT(1.5)',
    'TO_VARIANT(TRUE)',
  ],
  OBJECT: ["OBJECT_CONSTRUCT('b', 1, 'a', OBJECT_CONSTRUCT('d', 'x  y', 'c', 2))", 'OBJECT_CONSTRUCT()'],
  ARRAY: ['ARRAY_CONSTRUCT(1, NULL, ARRAY_CONSTRUCT())', "ARRAY_CONSTRUCT('a \" b')"],
};

const fields = `'u1' AS "userId", 'click' AS "actionType"`;

/** A value of a type by its SQL. */
function edgeSql(type: string, value: string): string {
  const cast = /^(?:VARIANT|OBJECT|ARRAY|BINARY)/.test(type) ? value : `${value}::${type}`;
  return `SELECT ${fields}, ${cast} AS "value"`;
}

const matrix: readonly (readonly [name: string, sql: string])[] = [
  ['one row of every type', snowflakeTypes.statement.sql.replace('SELECT', `SELECT ${fields},`)],
  ...Object.entries(edges).map(
    ([type, values]) =>
      [
        `edges of ${type}`,
        [...values.map((value) => edgeSql(type, value)), edgeSql(type, 'NULL')].join(' UNION ALL '),
      ] as const,
  ),
];

const hasher = messageHasher({ ignore: ['text'] });

interface RowHashes {
  readonly fromObjects: string;
  readonly row: string;
}

/** The hashes of a result: of each row's messages, on both paths, and of its values. */
async function hashesOf(result: ResultSet, mapper: RowMapper): Promise<readonly RowHashes[]> {
  const bound = mapper.bind(result.columns);
  const toJson = bound.toJson?.({ sync: 's', messageId: () => 'id', canonical: hasher.json });
  const hashes: RowHashes[] = [];
  let texts = 0;
  for await (const { firstRow, rows } of result.read()) {
    for (const [index, values] of rows.entries()) {
      const row = firstRow + index;
      const mapped = bound(values, { row, sync: 's' });
      const fromObjects = hasher.ofMessages(mapped === undefined ? [] : [mapped].flat(), row).toString('hex');
      const text = toJson?.(values, row)?.canonical;
      if (text !== undefined) {
        texts += 1;
        expect(hasher.ofText(text).toString('hex'), `row ${row}`).toBe(fromObjects);
      }
      hashes.push({ fromObjects, row: hasher.ofRow(result.columns, values).toString('hex') });
    }
  }
  // Rows that are warned of (NaN) go the longer way.
  if (toJson !== undefined) expect(texts).toBeGreaterThan(hashes.length / 2);
  return hashes;
}

const mappers: Readonly<Record<string, RowMapper>> = {
  identify: identify(),
  track: track({ event: 'Seen', nulls: 'omit' }),
  group: group({ rename: { userId: 'groupId' } }),
  page: page({ numbers: 'string' }),
  screen: screen({ booleans: 'string' }),
  'semantic event': reportContent(),
  'mapper of its own': defineMapper(({ userId, ...traits }) => [
    { type: 'identify', userId: userId as string, traits },
    { type: 'track', userId: userId as string, event: 'Seen', properties: { all: traits } },
  ]),
};

describe('a row has the same hash from SnowflakeSource, from rows that the driver decodes and from SqlApiSource', () => {
  it.each(matrix)('%s', async (_name, sql) => {
    const found: Record<string, Record<string, readonly RowHashes[]>> = {};
    for (const [name, make] of Object.entries(sources)) {
      const source = make(snowflake.connection());
      try {
        const result = await source.execute({ sql, binds: [] });
        const byMapper: Record<string, readonly RowHashes[]> = {};
        for (const [kind, mapper] of Object.entries(mappers)) {
          byMapper[kind] = await hashesOf(result, mapper);
        }
        found[name] = byMapper;
      } finally {
        await source.close();
      }
    }
    const rows = found['driver']!['identify']!.map(({ row }) => row);
    expect(new Set(rows).size, 'rows that differ').toBe(rows.length);
    expect(found['decoded']).toStrictEqual(found['driver']);
    expect(found['api']).toStrictEqual(found['driver']);
  });
});

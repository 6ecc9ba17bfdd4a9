import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { SqlSession } from '../sql/sql-session.js';

let session: SqlSession;
beforeAll(async () => {
  session = await SqlSession.open();
});
afterAll(() => session.engine.close());

/** The result as text: columns by ` | `, rows by ` ; `. */
const shown = async (sql: string): Promise<string> =>
  (await session.run(`SELECT ${sql}`)).rows.map((row) => row.map((value) => value ?? 'NULL').join(' | ')).join(' ; ');

describe('PARSE_JSON', () => {
  it('reads the values of the example of "PARSE_JSON"; undefined is null, as with STRICT_JSON_OUTPUT', async () => {
    const texts = ['null', null, 'true', '-17', '123.12', '1.912e2', '"Om ara pa ca na dhih"  '];
    texts.push('[-1, 12, 289, 2188, false,]', '{ "x" : "abc", "y" : false, "z": 10} ');
    const rows = texts.map((text, i) => `(${i + 1}, ${text === null ? 'NULL' : `'${text}'`})`).join(', ');
    await session.run('CREATE TABLE VARTAB (N NUMBER(2), V VARIANT)');
    await session.run(`INSERT INTO VARTAB SELECT COLUMN1, PARSE_JSON(COLUMN2) FROM VALUES ${rows}`);
    expect((await session.run('SELECT N, V, TYPEOF(V) FROM VARTAB ORDER BY N')).rows).toEqual([
      ['1', 'null', 'NULL_VALUE'],
      ['2', null, null],
      ['3', 'true', 'BOOLEAN'],
      ['4', '-17', 'INTEGER'],
      ['5', '123.12', 'DECIMAL'],
      ['6', '1.912000000000000e+02', 'DOUBLE'],
      ['7', '"Om ara pa ca na dhih"', 'VARCHAR'],
      ['8', '[-1,12,289,2188,false,null]', 'ARRAY'],
      ['9', '{"x":"abc","y":false,"z":10}', 'OBJECT'],
    ]);
  });

  it.each([
    // "TRY_PARSE_JSON": the same function, NULL for what it can't read.
    [
      `TRY_PARSE_JSON('[-1, 12, 289, 2188, false,]')[4], TRY_PARSE_JSON('{"bad":"json", "close_brace": 10 ')`,
      'false | NULL',
    ],
    [`ARRAY_SIZE(PARSE_JSON('[1,2,]')), ARRAY_SIZE(PARSE_JSON('[1,,2]')), ARRAY_SIZE(PARSE_JSON('[ ]'))`, '3 | 3 | 0'],
    [
      `PARSE_JSON('[1,2,]')[2] IS NULL, PARSE_JSON('[1,null]')[1] IS NULL, PARSE_JSON('[undefined]')[0] IS NULL`,
      '1 | 0 | 1',
    ],
    [`PARSE_JSON('{a:1, "b c":2, $d: [x1],}')`, '!100069'],
    [`PARSE_JSON('{b_1:1, "b c":{inner:2}, $d:3,}')`, '{"$d":3,"b c":{"inner":2},"b_1":1}'],
    [`PARSE_JSON('{''a'': ''it\\\\''s "so"''}'):a::VARCHAR`, `it's "so"`],
    [
      `PARSE_JSON('[NaN, Infinity, -Infinity]'), PARSE_JSON('-Infinity')::FLOAT < 0`,
      '["NaN","Infinity","-Infinity"] | 1',
    ],
    [`PARSE_JSON('{"a":1,"a":2}', 'd'), TRY_PARSE_JSON('{"a":1,"a":2}', 's')`, '{"a":2} | NULL'],
    [`TRY_PARSE_JSON('{"o":{"a":1,"a":2}}'), CHECK_JSON('{"a":1}'), CHECK_JSON('[1') IS NULL`, 'NULL | NULL | 0'],
    [`PARSE_JSON('  '), PARSE_JSON('')`, 'NULL | NULL'],
    [`PARSE_JSON('01')`, '!100069'],
    [`PARSE_JSON('[1 2]')`, '!100069'],
    [`PARSE_JSON('1e999')`, '!100069'],
  ])('%s', async (sql, expected) => {
    if (expected.startsWith('!')) await expect(shown(sql)).rejects.toMatchObject({ code: expected.slice(1) });
    else expect(await shown(sql)).toBe(expected);
  });

  it('refuses JSON that is too deep to read', async () => {
    await expect(shown(`PARSE_JSON('${'['.repeat(5000)}')`)).rejects.toMatchObject({ code: '100069' });
  });
});

describe('numbers in a VARIANT', () => {
  it.each([
    // "PARSE_JSON": decimals keep their exact digits, numbers with an exponent and those NUMBER can't hold are DOUBLE.
    [`PARSE_JSON('{"x":1234567890.123456789012}'):x::NUMBER(38,12)`, '1234567890.123456789012'],
    [
      `PARSE_JSON('[12345678901234567890.123456789012345678, 99999999999999999999999999999999999999]')`,
      '[12345678901234567890.123456789012345678,99999999999999999999999999999999999999]',
    ],
    [
      `TYPEOF(PARSE_JSON('1.2345e+02')), TYPEOF(PARSE_JSON('1.0')), TYPEOF(PARSE_JSON('0.${'0'.repeat(40)}1'))`,
      'DOUBLE | INTEGER | DOUBLE',
    ],
    [`TYPEOF(PARSE_JSON('${'9'.repeat(38)}')), TYPEOF(PARSE_JSON('1${'0'.repeat(38)}'))`, 'INTEGER | DOUBLE'],
    // "Semi-structured data types": FLOAT 1.23 put into a VARIANT.
    ['1.23::FLOAT::VARIANT, 1.23::FLOAT::VARIANT::FLOAT', '1.230000000000000e+00 | 1.23'],
    ['(0.1::FLOAT + 0.2)::VARIANT::FLOAT = 0.1::FLOAT + 0.2, (0.1::FLOAT + 0.2)::VARIANT::FLOAT = 0.3::FLOAT', '1 | 0'],
    [
      '1234567890.123456789012::VARIANT, TO_VARIANT(0.00000001), TYPEOF(0.00000001::VARIANT)',
      '1234567890.123456789012 | 0.00000001 | DECIMAL',
    ],
    [`OBJECT_CONSTRUCT('n', 12345678901.1234567890123)`, '{"n":12345678901.1234567890123}'],
    [
      `TO_JSON(ARRAY_CONSTRUCT(1.5::FLOAT, 12345678901.1234567890123))`,
      '[1.500000000000000e+00,12345678901.1234567890123]',
    ],
    [
      `ARRAY_AGG(COLUMN1::NUMBER(38,18)) FROM VALUES ('12345678901234567890.123456789012345678')`,
      '[12345678901234567890.123456789012345678]',
    ],
    [
      `F.VALUE, F.VALUE::NUMBER(38,13) FROM TABLE(FLATTEN(PARSE_JSON('[12345678901.1234567890123]'))) F`,
      '12345678901.1234567890123 | 12345678901.1234567890123',
    ],
    [
      `PARSE_JSON('[1234567890.12345678901]')::VARCHAR, PARSE_JSON('1234567890.12345678901') || ''`,
      '[1234567890.12345678901] | 1234567890.12345678901',
    ],
    [
      `OBJECT_INSERT(PARSE_JSON('{"b":1e0}'), 'a', 12345678901.1234567890123)`,
      '{"a":12345678901.1234567890123,"b":1.000000000000000e+00}',
    ],
    // "Semi-structured data types": beside a VARIANT a number is cast to VARIANT, not the VARIANT to the number's type.
    [`PARSE_JSON('1.1234567891') = 1.123456789, PARSE_JSON('1.50') = 1.5, PARSE_JSON('5e0') = 5`, '0 | 1 | 1'],
    [
      `PARSE_JSON('12345678901234567890.1') > 12345678901234567890.0, PARSE_JSON('1e20') = 100000000000000000000`,
      '1 | 1',
    ],
    [`PARSE_JSON('[9007199254740993]')[0] = 9007199254740992, PARSE_JSON('-0.5') < -0.25`, '0 | 1'],
    [
      `PARSE_JSON('0.1') = 0.1::FLOAT, PARSE_JSON('"x"') = 5, PARSE_JSON('2') IN (1, 2), PARSE_JSON('2') BETWEEN 1 AND 2.0`,
      '1 | 0 | 1 | 1',
    ],
    [
      `COUNT(*), COUNT(DISTINCT V) FROM (SELECT PARSE_JSON(COLUMN1) AS V FROM VALUES ('1.000000000000000000001'), ('1.000000000000000000002'), ('1'), ('1.0'))`,
      '4 | 3',
    ],
    [
      `MAX(V), MIN(V) FROM (SELECT PARSE_JSON(COLUMN1) AS V FROM VALUES ('1.000000000000000000001'), ('1.000000000000000000002'))`,
      '1.000000000000000000002 | 1.000000000000000000001',
    ],
    [
      `V FROM (SELECT PARSE_JSON(COLUMN1) AS V FROM VALUES ('-1.25'), ('-1.5'), ('0.5'), ('-0.5'), ('1e-5'), ('0'), ('2e0'), ('1.99')) ORDER BY V`,
      '-1.5 ; -1.25 ; -0.5 ; 0 ; 1.000000000000000e-05 ; 0.5 ; 1.99 ; 2.000000000000000e+00',
    ],
    // "AS_INTEGER", "AS_DECIMAL / AS_NUMBER", "IS_DECIMAL", "IS_DOUBLE / IS_REAL", "IS_INTEGER"
    [
      `AS_INTEGER(V), AS_NUMBER(V), AS_DOUBLE(V), IS_INTEGER(V), IS_DECIMAL(V), IS_DOUBLE(V) FROM (SELECT PARSE_JSON(COLUMN1) AS V FROM VALUES ('2'), ('2.5'), ('2.5e0'))`,
      '2 | 2 | 2 | 1 | 1 | 1 ; NULL | 3 | 2.5 | 0 | 1 | 1 ; NULL | NULL | 2.5 | 0 | 0 | 1',
    ],
    // SQL NULL in an array is not JSON null.
    ['ARRAY_CONSTRUCT(NULL)[0] IS NULL, [NULL, 1][0] IS NULL, ARRAY_SIZE(ARRAY_CONSTRUCT(NULL, 1))', '1 | 1 | 2'],
    [`F.INDEX, F.VALUE IS NULL FROM TABLE(FLATTEN(PARSE_JSON('[,null]'))) F`, '0 | 1 ; 1 | 0'],
    [`ARRAY_COMPACT(PARSE_JSON('[1,,null,2]')), ARRAY_TO_STRING(PARSE_JSON('[1.5e0,,2]'), ',')`, '[1,2] | 1.5,,2'],
  ])('%s', async (sql, expected) => {
    expect(await shown(sql)).toBe(expected);
  });
});

// "Semi-structured data types" and "PARSE_JSON": an object is an unordered set of pairs.
describe('objects that differ only in the order of their keys', () => {
  const A = `PARSE_JSON('{"b":[1.50,{"y":1,"x":2}],"a":1}')`;
  const B = `PARSE_JSON('{"a":1,"b":[1.5,{"x":2,"y":1}]}')`;
  const BOTH = `(SELECT ${A} AS V, 1 AS N UNION ALL SELECT ${B}, 2)`;
  it.each([
    ['=', `${A} = ${B}, ${A} <> ${B}, EQUAL_NULL(${A}, ${B}), ${A} IS DISTINCT FROM ${B}`, '1 | 0 | 1 | 0'],
    ['GROUP BY', `COUNT(*) FROM ${BOTH} GROUP BY V`, '2'],
    ['DISTINCT', `DISTINCT V FROM ${BOTH}`, '{"a":1,"b":[1.5,{"x":2,"y":1}]}'],
    ['COUNT(DISTINCT)', `COUNT(DISTINCT V), COUNT(DISTINCT V, 1) FROM ${BOTH}`, '1 | 1'],
    ['a join', `COUNT(*) FROM ${BOTH} L JOIN ${BOTH} R ON L.V = R.V`, '4'],
    ['USING', `COUNT(*) FROM ${BOTH} L JOIN ${BOTH} R USING (V)`, '4'],
    ['IN', `${A} IN (SELECT ${B}), ${A} IN (${B}, 1::VARIANT)`, '1 | 1'],
    ['UNION', `COUNT(*) FROM (SELECT ${A} AS V UNION SELECT ${B})`, '1'],
    [
      'INTERSECT and MINUS',
      `(SELECT COUNT(*) FROM (SELECT ${A} INTERSECT SELECT ${B})), (SELECT COUNT(*) FROM (SELECT ${A} MINUS SELECT ${B}))`,
      '1 | 0',
    ],
    ['PARTITION BY', `COUNT(*) OVER (PARTITION BY V) FROM ${BOTH}`, '2 ; 2'],
    ['ARRAY_AGG(DISTINCT)', `ARRAY_SIZE(ARRAY_AGG(DISTINCT V)), ARRAY_SIZE(ARRAY_UNIQUE_AGG(V)) FROM ${BOTH}`, '1 | 1'],
    [
      'ARRAY_CONTAINS',
      `ARRAY_CONTAINS(${A}, ARRAY_CONSTRUCT(${B})), ARRAY_POSITION(${A}, ARRAY_CONSTRUCT(0, ${B}))`,
      '1 | 1',
    ],
    ['ARRAY_DISTINCT', `ARRAY_SIZE(ARRAY_DISTINCT(ARRAY_CONSTRUCT(${A}, ${B})))`, '1'],
    ['CASE and DECODE', `CASE ${A} WHEN ${B} THEN 1 END, DECODE(${A}, ${B}, 1, 0), NULLIF(${A}, ${B})`, '1 | 1 | NULL'],
    ['HASH', `HASH(${A}) = HASH(${B})`, '1'],
    ['OBJECT_CONSTRUCT', `OBJECT_CONSTRUCT('b', 1, 'a', 2) = OBJECT_CONSTRUCT('a', 2, 'b', 1)`, '1'],
    [
      'computed keys',
      `COUNT(DISTINCT OBJECT_CONSTRUCT(COLUMN1, 1, COLUMN2, 1)) FROM VALUES ('a', 'b'), ('b', 'a')`,
      '1',
    ],
    [
      'OBJECT_AGG',
      `OBJECT_AGG(COLUMN1, 1) = PARSE_JSON('{"😀":1,"a":1,"b":1,"～":1}') FROM VALUES ('b'), ('a'), ('～'), ('😀')`,
      '1',
    ],
    ['OBJECT_INSERT', `OBJECT_INSERT(OBJECT_CONSTRUCT('b', 1), 'a', 2) = PARSE_JSON('{"b":1,"a":2}')`, '1'],
    ['a stored result', `COUNT(DISTINCT V) FROM (SELECT OBJECT_CONSTRUCT('z', N - N, 'y', V) AS V FROM ${BOTH})`, '1'],
  ])('are one value to %s', async (_, sql, expected) => {
    expect(await shown(sql)).toBe(expected);
  });
});

it('a text with a code point that is no character never becomes something else in a VARIANT', async () => {
  await expect(shown(`ARRAY_CONSTRUCT('\uFDD01.5')`)).rejects.toMatchObject({ code: '100069' });
  await expect(shown(`PARSE_JSON('"\uFDD01.5"')`)).rejects.toMatchObject({ code: '100069' });
});

// "Semi-structured data types", OBJECT constants: keys are texts, values any expressions.
describe('an OBJECT constant', () => {
  it.each([
    [`{'a':1}`, '{"a":1}'],
    [`{'a' :1, 'b':-1, 'c':.5, 'd': 'x'}`, '{"a":1,"b":-1,"c":0.5,"d":"x"}'],
    [`{'b':[1,{'c':2}], 'a':{'x':{'y':[]}, 'e':{}}}`, '{"a":{"e":{},"x":{"y":[]}},"b":[1,{"c":2}]}'],
    [`{'a':NULL, 'b':TRUE}`, '{"a":null,"b":true}'],
    [
      `{'a':N + 1, 'b':V:x, 'c':CASE WHEN N > 1 THEN 'y' END, 'd':N::VARCHAR, 'e':(SELECT 5)} FROM (SELECT 2 AS N, {'x':7} AS V)`,
      '{"a":3,"b":7,"c":"y","d":"2","e":5}',
    ],
    [`{'a':{'b':[5,6]}}:a.b[1], {'k':1}['k'], {'a':1,'b':2} = {'b':2,'a':1.0}`, '6 | 1 | 1'],
    [`{*} FROM (SELECT 1 AS A, 2 AS B)`, '{"A":1,"B":2}'],
    [`{* EXCLUDE A} FROM (SELECT 1 AS A, 2 AS B)`, '{"B":2}'],
    [`V:a FROM (SELECT {'a':1} AS V) WHERE V:a=1 GROUP BY V:a HAVING MAX({'a':1}):a = 1`, '1'],
    [`ARRAY_AGG({'n':COLUMN1}) WITHIN GROUP (ORDER BY COLUMN1) FROM VALUES (2), (1)`, '[{"n":1},{"n":2}]'],
  ])('SELECT %s', async (sql, expected) => {
    expect(await shown(sql)).toBe(expected);
  });

  it('takes binds as values', async () => {
    const { rows } = await session.run(`SELECT {'a':?, 'b':[?]}`, [
      { type: 'TEXT', value: 'x' },
      { type: 'FIXED', value: '2' },
    ]);
    expect(rows).toEqual([['{"a":"x","b":[2]}']]);
  });
});

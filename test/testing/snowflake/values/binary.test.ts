import fc from 'fast-check';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { SqlSession } from '../sql/sql-session.js';

let session: SqlSession;
beforeAll(async () => {
  session = await SqlSession.open();
});
afterAll(() => session.engine.close());

const shown = async (sql: string): Promise<string> =>
  (await session.run(`SELECT ${sql}`)).rows.map((row) => row.map((value) => value ?? 'NULL').join(' | ')).join(' ; ');

// By the page of each function: those that take a BINARY work on its bytes.
it.each([
  [
    'SUBSTR',
    `SUBSTR(X'ABCDEF', 2, 1), SUBSTRING(X'ABCDEF', -2), SUBSTR(X'ABCDEF', 0, 1), SUBSTR(X'ABCDEF', 9)`,
    'CD | CDEF | AB | ',
  ],
  [
    'LEFT and RIGHT',
    `LEFT(X'ABCDEF', 2), RIGHT(X'ABCDEF', 2), LEFT(X'ABCDEF', -1), RIGHT(X'AB', 5)`,
    'ABCD | CDEF |  | AB',
  ],
  ['REVERSE', `REVERSE(X'ABCDEF')`, 'EFCDAB'],
  ['POSITION', `POSITION(X'EF', X'ABCDEF'), POSITION(X'BC', X'ABCD'), CHARINDEX(X'AB', X'AB00AB', 2)`, '3 | 0 | 3'],
  ['CONTAINS', `CONTAINS(X'ABCDEF', X'BCDE'), CONTAINS(X'ABCDEF', X'CD'), CONTAINS(X'AB', X'')`, '0 | 1 | 1'],
  [
    'STARTSWITH and ENDSWITH',
    `STARTSWITH(X'ABCD', X'AB'), STARTSWITH(X'ABCD', X'CD'), ENDSWITH(X'ABCD', X'CD')`,
    '1 | 0 | 1',
  ],
  ['INSERT', `INSERT(X'ABCDEF', 2, 1, X'0102'), INSERT(X'ABCD', 1, 0, X'00')`, 'AB0102EF | 00ABCD'],
  [
    'LENGTH',
    `LENGTH(X'ABCDEF'), LEN(X''), OCTET_LENGTH(X'ABCD'), OCTET_LENGTH('é'), BIT_LENGTH('é')`,
    '3 | 0 | 2 | 2 | 16',
  ],
  ['CONCAT', `X'AB' || X'CD', CONCAT(X'AB', X'CD', X'EF'), X'AB' || NULL`, 'ABCD | ABCDEF | NULL'],
  ['comparison', `X'FF' > X'0FFF', X'AB' = 'ab', X'AB' < X'AB00', GREATEST(X'01', X'0100')`, '1 | 1 | 1 | 0100'],
  [
    'MIN, MAX and GROUP BY',
    `MIN(B), MAX(B), COUNT(DISTINCT B) FROM (SELECT TO_BINARY(COLUMN1) AS B FROM VALUES ('ff'), ('0fff'), ('FF'))`,
    '0FFF | FF | 2',
  ],
  [
    'digests',
    `MD5(X'61') = MD5('a'), SHA1(X'61') = SHA1('a'), SHA2(X'61') = SHA2('a'), MD5_BINARY(X'61') = MD5_BINARY('a')`,
    '1 | 1 | 1 | 1',
  ],
  [
    'NULL',
    `SUBSTR(NULL::BINARY, 1), LPAD(X'AB', 3, NULL), POSITION(NULL::BINARY, X'AB'), REVERSE(NULL::BINARY)`,
    'NULL | NULL | NULL | NULL',
  ],
  [
    'TRY_TO_BINARY',
    `TRY_TO_BINARY('4x'), TRY_TO_BINARY('!', 'BASE64'), TRY_CAST('ABCD' AS BINARY(1))`,
    'NULL | NULL | NULL',
  ],
])('%s of BINARY counts bytes', async (_, sql, expected) => {
  expect(await shown(sql)).toBe(expected);
});

it('LPAD and RPAD fill with bytes (the examples of "LPAD" and "RPAD")', async () => {
  await session.run('CREATE TABLE PADDING_EXAMPLE (V VARCHAR, B BINARY)');
  for (const text of ['Hi', '-123.00', 'Twelve Dollars'])
    await session.run(`INSERT INTO PADDING_EXAMPLE (V, B) SELECT '${text}', TO_BINARY(HEX_ENCODE('${text}'), 'HEX')`);
  const blank = `TO_BINARY(HEX_ENCODE(' '))`;
  expect(
    await shown(`LPAD(B, 10, ${blank}), RPAD(B, 10, TO_BINARY(HEX_ENCODE('$'))) FROM PADDING_EXAMPLE ORDER BY V`),
  ).toBe(
    '2020202D3132332E3030 | 2D3132332E3030242424 ; 20202020202020204869 | 48692424242424242424 ; 5477656C766520446F6C | 5477656C766520446F6C',
  );
});

it.each([
  ['BINARY beside text', `X'AB' || 'cd'`, '001044'],
  ['CONCAT of both', `CONCAT('a', X'AB')`, '001044'],
  ['a search for text', `CONTAINS(X'AB', 'A')`, '001044'],
  ['filling with text', `LPAD(X'AB', 3, ' ')`, '001044'],
  ['a function of text', `UPPER(X'AB')`, '001044'],
  ['another one', `SPLIT(X'AB', 'A')`, '001044'],
  ['LIKE', `X'AB' LIKE 'A%'`, '001044'],
  ['more bytes than the type has', `X'ABCD'::BINARY(1)`, '100078'],
  ['half a byte', `X'ABC'`, '100115'],
])('%s is refused', async (_, sql, code) => {
  await expect(shown(sql)).rejects.toMatchObject({ code });
});

it('agrees with a model of bytes', async () => {
  const bytes = fc.uint8Array({ maxLength: 5 }).map((array) => Buffer.from(array));
  const few = fc.array(fc.constantFrom(0, 0xab, 0xba, 0xaa), { maxLength: 6 }).map((array) => Buffer.from(array));
  const one = fc.record({
    a: fc.oneof(bytes, few),
    b: fc.oneof(bytes, few),
    from: fc.integer({ min: -7, max: 7 }),
    count: fc.integer({ min: -1, max: 7 }),
  });
  const hex = (buffer: Buffer): string => buffer.toString('hex').toUpperCase();
  const flag = (value: boolean): string => (value ? '1' : '0');
  const model = ({ a, b, from, count }: { a: Buffer; b: Buffer; from: number; count: number }): string[] => {
    const n = Math.max(count, 0);
    const start = from === 0 ? 1 : from < 0 ? a.length + from + 1 : from;
    const fill = (missing: number): Buffer => Buffer.concat(Array.from({ length: 8 }, () => b)).subarray(0, missing);
    const padded = (buffer: Buffer, left: boolean): Buffer => {
      const more = fill(Math.max(0, n - a.length));
      return Buffer.concat(left ? [more, buffer] : [buffer, more]).subarray(0, n);
    };
    const at = Math.max(from, 1);
    return [
      hex(start < 1 ? Buffer.alloc(0) : a.subarray(start - 1, start - 1 + n)),
      hex(a.subarray(0, n)),
      hex(n >= a.length ? a : a.subarray(a.length - n)),
      hex(Buffer.from(a).reverse()),
      hex(n < a.length ? a.subarray(0, n) : padded(a, true)),
      hex(n < a.length ? a.subarray(0, n) : padded(a, false)),
      flag(a.includes(b)),
      flag(a.subarray(0, b.length).equals(b)),
      flag(b.length <= a.length && a.subarray(a.length - b.length).equals(b)),
      String(a.indexOf(b) + 1),
      hex(Buffer.concat([a.subarray(0, at - 1), b, a.subarray(at - 1 + n)])),
      hex(Buffer.concat([a, b])),
      flag(Buffer.compare(a, b) < 0),
      String(a.length),
    ];
  };
  await fc.assert(
    fc.asyncProperty(fc.array(one, { minLength: 60, maxLength: 60 }), async (cases) => {
      const values = cases.map(({ a, b, from, count }, i) => `(${i}, '${hex(a)}', '${hex(b)}', ${from}, ${count})`);
      const { rows } = await session.run(`SELECT SUBSTR(A, F, N), LEFT(A, N), RIGHT(A, N), REVERSE(A), LPAD(A, N, B),
        RPAD(A, N, B), CONTAINS(A, B), STARTSWITH(A, B), ENDSWITH(A, B), POSITION(B, A),
        INSERT(A, GREATEST(F, 1), GREATEST(N, 0), B), A || B, A < B, LENGTH(A)
        FROM (SELECT COLUMN1 AS I, TO_BINARY(COLUMN2) AS A, TO_BINARY(COLUMN3) AS B, COLUMN4 AS F, COLUMN5 AS N
        FROM VALUES ${values.join(', ')}) ORDER BY I`);
      expect(rows).toEqual(cases.map(model));
    }),
    { numRuns: 8 },
  );
});

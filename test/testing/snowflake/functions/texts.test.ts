import { describe, expect, it } from 'vitest';
import { asked } from './asked.js';

const { rows, row, refusal } = asked(`CREATE TABLE MANY AS SELECT SEQ4() AS N FROM TABLE(GENERATOR(ROWCOUNT => 1000));
  CREATE VIEW SEEN AS SELECT N FROM MANY`);
const value = async (sql: string): Promise<unknown> => (JSON.parse(await rows(`SELECT ${sql}`)) as unknown[][])[0]?.[0];
const RAVEN = `'It was the best of times, it was the worst of times.'`;

// "REGEXP_SUBSTR_ALL", "REGEXP_REPLACE"
describe('regular expressions', () => {
  it.each([
    [`REGEXP_SUBSTR_ALL('a1_a2a3_a4A5a6', 'a[[:digit:]]')`, ['a1', 'a2', 'a3', 'a4', 'a6']],
    [`REGEXP_SUBSTR_ALL('a1_a2a3_a4A5a6', 'a[[:digit:]]', 2)`, ['a2', 'a3', 'a4', 'a6']],
    [`REGEXP_SUBSTR_ALL('a1_a2a3_a4A5a6', 'a[[:digit:]]', 1, 3)`, ['a3', 'a4', 'a6']],
    [`REGEXP_SUBSTR_ALL('a1_a2a3_a4A5a6', 'a[[:digit:]]', 1, 1, 'i')`, ['a1', 'a2', 'a3', 'a4', 'A5', 'a6']],
    [`REGEXP_SUBSTR_ALL('a1_a2a3_a4A5a6', '(a)([[:digit:]])', 1, 1, 'ie', 2)`, ['1', '2', '3', '4', '5', '6']],
    [`REGEXP_SUBSTR_ALL('abc', 'x')`, []],
    [`REGEXP_SUBSTR_ALL(NULL, 'x')`, null],
    [`REGEXP_REPLACE('It was the best of times', '( ){1,}', '')`, 'Itwasthebestoftimes'],
    [`REGEXP_REPLACE(${RAVEN}, 'times', 'days', 1, 2)`, 'It was the best of times, it was the worst of days.'],
    [`REGEXP_REPLACE(${RAVEN}, 'times', 'days', 30)`, 'It was the best of times, it was the worst of days.'],
    [`REGEXP_REPLACE('aAaA', 'a', 'x', 2, 2, 'i')`, 'aAxA'],
    [
      `REGEXP_REPLACE('firstname middlename lastname', '(.*) (.*) (.*)', '\\\\3, \\\\1 \\\\2')`,
      'lastname, firstname middlename',
    ],
    [`REGEXP_REPLACE('a-b-c', '(b)-', '<\\\\1>', 1, 1)`, 'a-<b>c'],
    [`REGEXP_REPLACE('abc', 'b', 'x', 1, 5)`, 'abc'],
    [`REGEXP_REPLACE('abc', 'b', 'x', 1, 0, 'e')`, 'axc'],
  ])('%s', async (sql, expected) => {
    expect(await value(sql)).toEqual(expected);
  });
});

// "PARSE_IP"
describe('PARSE_IP', () => {
  it('takes addresses apart', async () => {
    expect(await value(`PARSE_IP('192.168.242.188/24', 'INET')`)).toEqual({
      family: 4,
      host: '192.168.242.188',
      ip_fields: [3232297660, 0, 0, 0],
      ip_type: 'inet',
      ipv4: 3232297660,
      ipv4_range_end: ((3232297660 & ~255) >>> 0) + 255,
      ipv4_range_start: (3232297660 & ~255) >>> 0,
      netmask_prefix_length: 24,
      snowflake$type: 'ip_address',
    });
    expect(await value(`PARSE_IP('fe80::20c:29ff:fe2c:429/64', 'inet')`)).toMatchObject({
      family: 6,
      hex_ipv6: 'FE80000000000000020C29FFFE2C0429',
      hex_ipv6_range_end: 'FE80000000000000FFFFFFFFFFFFFFFF',
      hex_ipv6_range_start: 'FE800000000000000000000000000000',
      ip_fields: [4269801472, 0, 34351615, 4264297513],
    });
    expect(await value(`PARSE_IP('10.0.0.1', 'INET'):ipv4 + PARSE_IP('::ffff:1.2.3.4', 'INET'):ip_fields[3]`)).toBe(
      167772161 + 16909060,
    );
    expect(await value(`PARSE_IP(NULL, 'INET')`)).toBeNull();
  });

  it('fails for what is none, or tells so', async () => {
    expect(await refusal(`SELECT PARSE_IP('192.168.242.288', 'INET')`)).toContain('Invalid INET string');
    expect(await value(`PARSE_IP('192.168.242.288', 'INET', 1):error IS NOT NULL`)).toBe(true);
  });
});

// "UUID_STRING"
describe('UUID_STRING', () => {
  it('gives one text for one name in one namespace', async () => {
    // The namespace of host names of RFC 4122, and what its errata give for www.example.com.
    expect(await value(`UUID_STRING('6ba7b810-9dad-11d1-80b4-00c04fd430c8', 'www.example.com')`)).toBe(
      '2ed6657d-e927-568b-95e1-2665a8aea6a2',
    );
    expect(await value(`UUID_STRING('fe971b24-9572-4005-b22f-351e9c09274d', NULL)`)).toBeNull();
    expect(await refusal(`SELECT UUID_STRING('nothing', 'x')`)).toContain('Invalid UUID');
  });
});

// "Binary input and output"
describe('hexadecimal literals', () => {
  it('are BINARY', async () => {
    expect(await rows(`SELECT TO_CHAR(X'4a4B'), TO_CHAR(x'00ff'), LENGTH(X''), X'61' = TO_BINARY('61')`)).toBe(
      '[["4A4B","00FF",0,true]]',
    );
    expect(await refusal(`SELECT X'ABC'`)).toContain('hex');
  });

  it('may stand in texts that are tried', async () => {
    expect(
      await rows(
        `SELECT TRY_BASE64_DECODE_STRING('YWI='), TRY_BASE64_DECODE_STRING('!'), TRY_HEX_DECODE_STRING('4A'), TRY_HEX_DECODE_STRING('4')`,
      ),
    ).toBe('[["ab",null,"J",null]]');
  });
});

// "SAMPLE / TABLESAMPLE"
describe('SAMPLE with a seed', () => {
  const kept = (seed: number): string => `SELECT COUNT(*) AS C, SUM(N) AS S FROM MANY SAMPLE (20) SEED (${seed})`;
  it('takes the same rows each time, and others with another seed', async () => {
    const first = await row(kept(82));
    expect(await row(kept(82))).toEqual(first);
    expect(await row(kept(83))).not.toEqual(first);
    expect(Number(first['C'])).toBeGreaterThan(100);
    expect(Number(first['C'])).toBeLessThan(300);
    expect(await rows('SELECT COUNT(*) FROM MANY TABLESAMPLE BERNOULLI (100) REPEATABLE (1)')).toBe('[[1000]]');
    expect(await rows('SELECT COUNT(*) FROM MANY SAMPLE (0) SEED (1)')).toBe('[[0]]');
  });

  it('is refused of views, queries and a number of rows; without it queries have samples too', async () => {
    expect(await refusal('SELECT * FROM SEEN SAMPLE (10) SEED (1)')).toContain('SEED of a view');
    expect(await refusal('SELECT * FROM (SELECT N FROM MANY) SAMPLE (10) SEED (1)')).toContain('SEED of a query');
    expect(await refusal('SELECT * FROM MANY SAMPLE (10 ROWS) SEED (1)')).toContain('with a SEED');
    expect(await rows('SELECT COUNT(*) FROM (SELECT N FROM MANY) SAMPLE (10 ROWS)')).toBe('[[10]]');
  });
});

import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { SqlSession } from '../sql/sql-session.js';

let session: SqlSession;
beforeAll(async () => {
  session = await SqlSession.open();
});
afterAll(() => session.engine.close());

const shown = async (sql: string): Promise<string> =>
  (await session.run(`SELECT ${sql}`)).rows.map((row) => row.map((value) => value ?? 'NULL').join(' | ')).join(' ; ');

const MOST = '9'.repeat(38);
const CENTS = `${'9'.repeat(36)}.99`;

// "Numeric data types": a NUMBER has 38 digits at most; whatever would have more fails.
describe('more than 38 digits are refused', () => {
  it.each([
    ['+', `${MOST} + 1`],
    ['-', `-${MOST} - 1`],
    ['*', `9999999999999999999 * 99999999999999999999`],
    ['* of decimals', `${CENTS} * 1.5`],
    ['/', `${MOST} / 0.1`],
    ['/ by its six digits', `${MOST} / 3`],
    ['+ of a column', `COLUMN1 + COLUMN1 FROM VALUES (${MOST})`],
    ['+ of decimals', `${CENTS} + 0.01`],
    ['SUM', `SUM(COLUMN1) FROM VALUES (${MOST}), (1)`],
    ['SUM of decimals', `SUM(COLUMN1) FROM VALUES (${CENTS}), (0.01)`],
    ['SUM over a window', `SUM(COLUMN1) OVER () FROM VALUES (${MOST}), (1)`],
    ['SUM far beyond', `SUM(COLUMN1) FROM VALUES (${MOST}), (${MOST}), (${MOST})`],
    ['SUM far beyond, of distinct values', `SUM(DISTINCT COLUMN1) FROM VALUES (${MOST}), (${MOST} - 1), (${MOST} - 2)`],
    [
      'SUM far beyond, of decimals over a window',
      `SUM(COLUMN1) OVER () FROM VALUES (${CENTS}), (${CENTS}), (${CENTS})`,
    ],
    ['AVG', `AVG(COLUMN1) FROM VALUES (${MOST}), (${MOST})`],
    ['ROUND', `ROUND(${MOST}, -1)`],
    ['CEIL', `CEIL(${'9'.repeat(37)}.5 * 10)`],
    ['a cast', `1000::NUMBER(2,0)`],
    ['a cast of a sum', `(COLUMN1 + 1)::NUMBER(2,0) FROM VALUES (99)`],
    ['a cast of FLOAT', `1e38::NUMBER`],
    ['rounding up', `99.5::NUMBER(2,0)`],
    ['a VARIANT', `PARSE_JSON('100')::NUMBER(2,0)`],
  ])('%s', async (_, sql) => {
    await expect(shown(sql)).rejects.toMatchObject({ code: expect.stringMatching(/^(100046|100071)$/) });
  });

  it('by casts of text, with its own error', async () => {
    await expect(shown(`'1000'::NUMBER(2,0)`)).rejects.toMatchObject({ code: '100039' });
    await expect(shown(`'1${'0'.repeat(38)}'::NUMBER`)).rejects.toMatchObject({ code: '100039' });
    expect(await shown(`TRY_TO_NUMBER('1000', 2, 0), TRY_CAST('1${'0'.repeat(38)}' AS NUMBER)`)).toBe('NULL | NULL');
  });

  it('but 38 are taken', async () => {
    expect(
      await shown(`${MOST} - 1 + 1, -${MOST}, ABS(-${MOST}), MOD(${MOST}, 10), ${MOST} * 1, ROUND(${MOST}, 0)`),
    ).toBe([MOST, `-${MOST}`, MOST, '9', MOST, MOST].join(' | '));
    expect(await shown(`SUM(COLUMN1), MAX(COLUMN1) FROM VALUES (${CENTS}), (0.01), (-0.01)`)).toBe(
      `${CENTS} | ${CENTS}`,
    );
  });
});

it('a NUMBER of many digits becomes the FLOAT next to it', async () => {
  expect(
    await shown(
      "1.1::NUMBER(38,20)::FLOAT = '1.1'::FLOAT, 12345678901234567890.123456789::FLOAT = 12345678901234567890.123456789e0",
    ),
  ).toBe('1 | 1');
});

it('reckons exactly where DuckDB would take doubles or run out of digits', async () => {
  expect(await shown('MOD(12345678901234567890.12, 7.123), MOD(-7.5, 2.123), 7.5 % 2')).toBe('0.574 | -1.131 | 1.5');
  expect(await shown('1000000000000000000000000000000 / 3.0000000001')).toBe('333333333322222222222592592592.580247');
  expect(await shown('1.00000000000000000001::NUMBER(38,20) * 3.00000000000000000001::NUMBER(38,20)')).toBe(
    '3.00000000000000000004',
  );
});

/** A NUMBER of the model: digits as a whole number, and how many of them stand behind the point. */
interface Decimal {
  readonly digits: bigint;
  readonly scale: number;
}

const LIMIT = 10n ** 38n;
const ten = (n: number): bigint => 10n ** BigInt(n);
const half = (a: bigint, b: bigint): bigint => {
  const [n, d] = [a < 0n ? -a : a, b < 0n ? -b : b];
  const size = (2n * n + d) / (2n * d);
  return a < 0n === b < 0n ? size : -size;
};
const at = ({ digits, scale }: Decimal, to: number): bigint =>
  to >= scale ? digits * ten(to - scale) : half(digits, ten(scale - to));
const text = ({ digits, scale }: Decimal): string => {
  const size = (digits < 0n ? -digits : digits).toString().padStart(scale + 1, '0');
  const whole = `${digits < 0n ? '-' : ''}${size.slice(0, size.length - scale)}`;
  return scale === 0 ? whole : `${whole}.${size.slice(size.length - scale)}`;
};

/** By "Arithmetic operators"; undefined where the result has no room. */
function model(op: string, a: Decimal, b: Decimal): Decimal | 'zero' | undefined {
  const widest = Math.max(a.scale, b.scale);
  const result = (digits: bigint, scale: number): Decimal | undefined =>
    digits < LIMIT && digits > -LIMIT ? { digits, scale } : undefined;
  switch (op) {
    case '+':
      return result(at(a, widest) + at(b, widest), widest);
    case '-':
      return result(at(a, widest) - at(b, widest), widest);
    case '*': {
      const scale = Math.min(a.scale + b.scale, Math.max(widest, 12));
      return result(half(a.digits * b.digits, ten(a.scale + b.scale - scale)), scale);
    }
    case '/': {
      if (b.digits === 0n) return 'zero';
      const scale = Math.max(a.scale, Math.min(a.scale + 6, 12));
      return result(half(a.digits * ten(scale - a.scale + b.scale), b.digits), scale);
    }
    default: {
      if (b.digits === 0n) return 'zero';
      return result(at(a, widest) % at(b, widest), widest);
    }
  }
}

const decimals = fc
  .record({ length: fc.integer({ min: 1, max: 38 }), scale: fc.integer({ min: 0, max: 20 }) })
  .chain(({ length, scale }) =>
    fc
      .bigInt({ min: -ten(length) + 1n, max: ten(length) - 1n })
      .map((digits): Decimal => ({ digits, scale: Math.min(scale, 37) })),
  );

it('agrees with a model of whole numbers in + - * / %', async () => {
  const one = fc.record({ op: fc.constantFrom('+', '-', '*', '/', '%'), a: decimals, b: decimals });
  let refused = 0;
  let compared = 0;
  await fc.assert(
    fc.asyncProperty(fc.array(one, { minLength: 40, maxLength: 40 }), async (cases) => {
      // Those that fail run alone, the others in one statement.
      const outcomes = cases.map(({ op, a, b }) => model(op, a, b));
      const sides = cases.map(
        ({ op, a, b }) => `'${text(a)}'::NUMBER(38,${a.scale}) ${op} '${text(b)}'::NUMBER(38,${b.scale})`,
      );
      const good = outcomes.flatMap((outcome, i) => (outcome === undefined || outcome === 'zero' ? [] : [i]));
      const { rows } = await session.run(`SELECT ${good.map((i) => sides[i]).join(', ')}`);
      expect(rows[0]).toEqual(good.map((i) => text(outcomes[i] as Decimal)));
      compared += good.length;
      const [bad] = outcomes.flatMap((outcome, i) => (outcome === undefined || outcome === 'zero' ? [i] : []));
      if (bad === undefined) return;
      refused += 1;
      const code = outcomes[bad] === 'zero' ? '100051' : '100046';
      await expect(shown(sides[bad] ?? '')).rejects.toMatchObject({ code });
    }),
    { numRuns: 8 },
  );
  expect(compared).toBeGreaterThan(100);
  expect(refused).toBeGreaterThan(0);
});

it('agrees with a model of whole numbers in ROUND, TRUNC, CEIL, FLOOR and casts', async () => {
  const names = ['ROUND', 'TRUNC', 'CEIL', 'FLOOR', 'CAST'] as const;
  const one = fc.record({ name: fc.constantFrom(...names), a: decimals, to: fc.integer({ min: -4, max: 14 }) });
  const cut = (name: string, digits: bigint, unit: bigint): bigint => {
    if (name === 'ROUND' || name === 'CAST') return half(digits, unit);
    const whole = digits / unit;
    if (name === 'FLOOR' && digits % unit < 0n) return whole - 1n;
    return name === 'CEIL' && digits % unit > 0n ? whole + 1n : whole;
  };
  await fc.assert(
    fc.asyncProperty(fc.array(one, { minLength: 40, maxLength: 40 }), async (cases) => {
      const wanted = cases.map(({ name, a, to }) => {
        const scale = name === 'CAST' ? Math.max(to, 0) : Math.min(to, a.scale);
        const digits = scale >= a.scale ? at(a, scale) : cut(name, a.digits, ten(a.scale - scale));
        return scale < 0 ? { digits: digits * ten(-scale), scale: 0 } : { digits, scale };
      });
      const good = wanted.flatMap(({ digits }, i) => (digits < LIMIT && digits > -LIMIT ? [i] : []));
      const calls = cases.map(({ name, a, to }) => {
        const value = `'${text(a)}'::NUMBER(38,${a.scale})`;
        return name === 'CAST' ? `${value}::NUMBER(38,${Math.max(to, 0)})` : `${name}(${value}, ${to})`;
      });
      const { rows } = await session.run(`SELECT ${good.map((i) => calls[i]).join(', ')}`);
      expect(rows[0]).toEqual(good.map((i) => text(wanted[i] as Decimal)));
    }),
    { numRuns: 8 },
  );
});

it('agrees with a model of whole numbers in SUM, AVG, comparisons and ORDER BY', async () => {
  const column = fc.integer({ min: 0, max: 12 }).chain((scale) =>
    fc.array(
      fc.bigInt({ min: -ten(25), max: ten(25) }).map((digits): Decimal => ({ digits, scale })),
      { minLength: 1, maxLength: 30 },
    ),
  );
  await fc.assert(
    fc.asyncProperty(column, async (values) => {
      const scale = values[0]?.scale ?? 0;
      const from = `(SELECT COLUMN1::NUMBER(38,${scale}) AS N FROM VALUES ${values.map((value) => `('${text(value)}')`).join(', ')})`;
      const total = values.reduce((sum, { digits }) => sum + digits, 0n);
      const more = Math.max(scale, Math.min(scale + 6, 12));
      const sorted = values.map(({ digits }) => digits).sort((a, b) => (a < b ? -1 : a > b ? 1 : 0));
      const above = values.filter(({ digits }) => digits > (values[0]?.digits ?? 0n)).length;
      expect(
        await shown(
          `SUM(N), AVG(N), MIN(N), COUNT_IF(N > '${text(values[0] as Decimal)}'::NUMBER(38,${scale})) FROM ${from}`,
        ),
      ).toBe(
        [
          text({ digits: total, scale }),
          text({ digits: half(total * ten(more - scale), BigInt(values.length)), scale: more }),
          text({ digits: sorted[0] ?? 0n, scale }),
          String(above),
        ].join(' | '),
      );
      expect(await shown(`N FROM ${from} ORDER BY N`)).toBe(
        sorted.map((digits) => text({ digits, scale })).join(' ; '),
      );
    }),
    { numRuns: 8 },
  );
});

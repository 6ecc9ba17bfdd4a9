import fc from 'fast-check';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { SqlSession } from '../sql/sql-session.js';

let session: SqlSession;
beforeAll(async () => {
  session = await SqlSession.open();
});
afterAll(() => session.engine.close());

/** A value of the model. Numbers are texts: their digits are what is at stake. */
type Value =
  | { readonly kind: 'word'; readonly text: 'null' | 'true' | 'false' | 'undefined' }
  | { readonly kind: 'exact' | 'real'; readonly text: string }
  | { readonly kind: 'text'; readonly text: string }
  | { readonly kind: 'array'; readonly items: readonly Value[] }
  | { readonly kind: 'object'; readonly pairs: readonly (readonly [string, Value])[] };

const digits = (most: number): fc.Arbitrary<string> => fc.stringMatching(new RegExp(`^[1-9][0-9]{0,${most - 1}}$`));
const exact = fc
  .record({ sign: fc.constantFrom('', '-'), whole: digits(20), fraction: fc.stringMatching(/^[0-9]{0,18}$/) })
  .map(({ sign, whole, fraction }): Value => ({
    kind: 'exact',
    text: `${sign}${whole}${fraction === '' ? '' : `.${fraction}`}`,
  }));
const tiny = fc.stringMatching(/^0\.0{0,12}[1-9]{1,5}$/).map((text): Value => ({ kind: 'exact', text }));
const real = fc
  .record({ mantissa: fc.stringMatching(/^-?[1-9](\.[0-9]{1,12})?$/), exponent: fc.integer({ min: -300, max: 300 }) })
  .map(({ mantissa, exponent }): Value => ({ kind: 'real', text: `${mantissa}e${exponent}` }));
const word = fc.constantFrom('null', 'true', 'false').map((text): Value => ({ kind: 'word', text }));
const texts = fc.oneof(
  fc.string({ maxLength: 6 }),
  fc.string({ unit: 'grapheme', maxLength: 4 }),
  fc.constantFrom('1.5', 'null', '1e3', '[1]'),
);
const text = texts.map((value): Value => ({ kind: 'text', text: value }));
const { value: anything } = fc.letrec<{ value: Value }>((tie) => ({
  value: fc.oneof(
    { depthSize: 'small', withCrossShrink: true },
    fc.oneof(exact, exact, tiny, real, word, text),
    fc
      .array(
        fc.oneof(
          { weight: 6, arbitrary: tie('value') },
          { weight: 1, arbitrary: fc.constant<Value>({ kind: 'word', text: 'undefined' }) },
        ),
        { maxLength: 4 },
      )
      .map((items): Value => ({ kind: 'array', items })),
    fc
      .uniqueArray(fc.tuple(texts, tie('value')), { maxLength: 4, selector: ([key]) => key })
      .map((pairs): Value => ({ kind: 'object', pairs })),
  ),
}));

/** JSON as someone may write it: keys in any order, white space, an undefined element left out. */
function written(value: Value, reversed: boolean): string {
  switch (value.kind) {
    case 'text':
      return JSON.stringify(value.text);
    case 'array': {
      const items = value.items.map((item) =>
        reversed && item.kind === 'word' && item.text === 'undefined' ? '' : written(item, reversed),
      );
      return `[${items.join(reversed ? ' ,' : ',')}]`;
    }
    case 'object': {
      const pairs = value.pairs.map(
        ([key, item]) => `${JSON.stringify(key)}${reversed ? ' : ' : ':'}${written(item, reversed)}`,
      );
      return `{${(reversed ? pairs.reverse() : pairs).join(', ')}}`;
    }
    default:
      return value.text;
  }
}

/** As Snowflake shows it with STRICT_JSON_OUTPUT: keys in the order of their bytes, numbers by what they are. */
function shownAs(value: Value): string {
  switch (value.kind) {
    case 'word':
      return value.text === 'undefined' ? 'null' : value.text;
    case 'exact':
      return value.text.includes('.') ? value.text.replace(/\.?0+$/, '') : value.text;
    case 'real':
      return Number(value.text)
        .toExponential(15)
        .replace(/e([+-])(\d)$/, 'e$10$2');
    case 'text':
      return escaped(value.text);
    case 'array':
      return `[${value.items.map(shownAs).join(',')}]`;
    case 'object': {
      const sorted = [...value.pairs].sort(([a], [b]) => Buffer.compare(Buffer.from(a), Buffer.from(b)));
      return `{${sorted.map(([key, item]) => `${escaped(key)}:${shownAs(item)}`).join(',')}}`;
    }
  }
}
const escaped = (value: string): string =>
  JSON.stringify(value).replaceAll(/\\u00(..)/g, (_, hex: string) => `\\u00${hex.toUpperCase()}`);

const quote = (value: string): string => `'${value.replaceAll('\\', '\\\\').replaceAll("'", "''")}'`;
const emptyArray = (value: Value): boolean =>
  (value.kind === 'array' && (value.items.length === 1 || value.items.some(emptyArray))) ||
  (value.kind === 'object' && value.pairs.some(([, item]) => emptyArray(item)));

it('what PARSE_JSON reads, it gives back, however it was written', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(anything, { minLength: 30, maxLength: 30 }), async (values) => {
      // `[]` has no element, so an array of one left out element can only be written as such.
      const rows = values.map(
        (value, i) => `(${i}, ${quote(written(value, false))}, ${quote(written(value, !emptyArray(value)))})`,
      );
      await session.run(
        `CREATE OR REPLACE TABLE J AS SELECT COLUMN1 AS I, PARSE_JSON(COLUMN2) AS A, PARSE_JSON(COLUMN3) AS B FROM VALUES ${rows.join(', ')}`,
      );
      const found = await session.run(
        `SELECT A, TO_JSON(B), COALESCE(A = B, TRUE), ARRAY_CONSTRUCT(A, NULL, OBJECT_CONSTRUCT('k', A)) FROM J ORDER BY I`,
      );
      expect(found.rows).toEqual(
        values.map((value) => {
          const shown = shownAs(value);
          return [shown, shown, '1', `[${shown},null,{"k":${shown}}]`];
        }),
      );
      const groups = await session.run('SELECT COUNT(DISTINCT A), COUNT(DISTINCT B) FROM J');
      const different = String(new Set(values.map(stored)).size);
      expect(groups.rows).toEqual([[different, different]]);
    }),
    { numRuns: 15 },
  );
});

/** Two values that show alike are one, but for undefined, which shows as null. */
function stored(value: Value): string {
  if (value.kind === 'array') return `[${value.items.map(stored).join(',')}]`;
  if (value.kind !== 'object') return value.kind === 'word' ? value.text : shownAs(value);
  const sorted = [...value.pairs].sort(([a], [b]) => Buffer.compare(Buffer.from(a), Buffer.from(b)));
  return `{${sorted.map(([key, item]) => `${escaped(key)}:${stored(item)}`).join(',')}}`;
}

it('numbers in VARIANTs compare, sort and convert by their digits', async () => {
  const numbers = fc.array(
    fc.record({ digits: fc.bigInt({ min: -(10n ** 24n), max: 10n ** 24n }), scale: fc.integer({ min: 0, max: 12 }) }),
    { minLength: 25, maxLength: 25 },
  );
  await fc.assert(
    fc.asyncProperty(numbers, async (values) => {
      const texts = values.map(({ digits: value, scale }) => {
        const size = (value < 0n ? -value : value).toString().padStart(scale + 1, '0');
        const whole = `${value < 0n ? '-' : ''}${size.slice(0, size.length - scale)}`;
        return scale === 0 ? whole : `${whole}.${size.slice(size.length - scale)}`;
      });
      const common = values.map(({ digits: value, scale }) => value * 10n ** BigInt(12 - scale));
      const pivot = common[0] ?? 0n;
      const rows = texts.map((value, i) => `(${i}, '${value}')`).join(', ');
      await session.run(
        `CREATE OR REPLACE TABLE N AS SELECT COLUMN1 AS I, PARSE_JSON(COLUMN2) AS V, COLUMN2::NUMBER(38,12) AS N FROM VALUES ${rows}`,
      );
      const found = await session.run(`SELECT V::NUMBER(38,12) = N, N::VARIANT = V, V = N,
        V < (SELECT V FROM N WHERE I = 0), V >= (SELECT N FROM N WHERE I = 0) FROM N ORDER BY I`);
      expect(found.rows).toEqual(
        common.map((value) => ['1', '1', '1', value < pivot ? '1' : '0', value >= pivot ? '1' : '0']),
      );
      const order = (await session.run('SELECT N FROM N ORDER BY V, I')).rows.flat();
      const sorted = (await session.run('SELECT N FROM N ORDER BY N, I')).rows.flat();
      expect(order).toEqual(sorted);
      const model = [...common].sort((a, b) => (a < b ? -1 : a > b ? 1 : 0));
      expect(sorted.map((value) => BigInt((value ?? '').replace('.', '')))).toEqual(model);
    }),
    { numRuns: 10 },
  );
});

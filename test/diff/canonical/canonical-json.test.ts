import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { canonicalJson } from '../../../src/diff/canonical/canonical-json.js';
import { sortedJson } from '../../../src/mapping/values/sorted-json.js';

class Money {
  readonly #cents: number;
  readonly currency = 'EUR';
  constructor(cents: number) {
    this.#cents = cents;
  }
  get cents(): number {
    return this.#cents;
  }
  toJSON(key: string): unknown {
    return { cents: this.cents, key };
  }
}
class Point {
  readonly y = 1;
  readonly x = 2;
}
const hidden = Object.defineProperties(
  { b: 1, [Symbol('s')]: 2 },
  { a: { value: 1 }, c: { get: () => 3, enumerable: true } },
);
// eslint-disable-next-line no-sparse-arrays -- holes are what is tested
const sparse = [1, , 2];

/** Everything that a mapper's author may put into a message. */
const leaf = fc.oneof(
  fc.jsonValue(),
  fc.double(),
  fc.string({ unit: 'binary' }),
  fc.constantFrom<unknown>(
    undefined,
    () => 1,
    Symbol('s'),
    new Date(0),
    new Date(NaN),
    new Map([[1, 2]]),
    new Set([1]),
  ),
  fc.constantFrom<unknown>(Uint8Array.of(1, 2), Buffer.from('ab'), new Float64Array([-0, NaN]), /x/, new Error('x')),
  fc.constantFrom<unknown>(Object(1), Object('x'), Object(false), Object(Symbol('s')), new Money(5), new Point()),
  fc.constantFrom<unknown>(hidden, sparse, Object.create({ inherited: 1 }), Object.create(null), new URL('http://a/')),
  fc.constantFrom<unknown>(
    Object.assign(() => 1, { toJSON: () => 'f' }),
    new Proxy([2, 1], {}),
    new Proxy({ b: 1, a: 2 }, {}),
  ),
);
const anything = fc.letrec<{ value: unknown }>((tie) => ({
  value: fc.oneof(
    { depthSize: 'small', withCrossShrink: true },
    leaf,
    fc.array(tie('value'), { maxLength: 4 }),
    fc.dictionary(fc.oneof(fc.string({ unit: 'binary' }), fc.nat({ max: 20 }).map(String)), tie('value'), {
      maxKeys: 5,
    }),
  ),
})).value;

describe('canonical JSON', () => {
  it('means what JSON.stringify means, whatever a message holds', () => {
    fc.assert(
      fc.property(anything, (value) => {
        const text = canonicalJson(value);
        const json = JSON.stringify(value) as string | undefined;
        if (json === undefined) {
          expect(text).toBeUndefined();
          return;
        }
        expect(JSON.parse(text!)).toStrictEqual(JSON.parse(json));
      }),
      { numRuns: 1_000 },
    );
  });

  it('is one text for what is one value to a receiver', () => {
    fc.assert(
      fc.property(anything, (value) => {
        const json = JSON.stringify(value) as string | undefined;
        if (json !== undefined) expect(canonicalJson(value)).toBe(canonicalJson(JSON.parse(json)));
      }),
      { numRuns: 1_000 },
    );
  });

  it('sorts the keys of objects of any size', () => {
    const sortedCopy = (keys: readonly string[]): string =>
      `{${[...keys]
        .sort()
        .map((key) => `${JSON.stringify(key)}:1`)
        .join(',')}}`;
    const keys = fc.uniqueArray(fc.string({ unit: 'binary' }), { maxLength: 60, size: 'max' });
    fc.assert(
      fc.property(keys, (names) => {
        expect(canonicalJson(Object.fromEntries(names.map((name) => [name, 1])))).toBe(sortedCopy(names));
      }),
      { numRuns: 200 },
    );
  });

  it('fails where JSON.stringify fails, and only there', () => {
    const circle: Record<string, unknown> = {};
    circle['again'] = { circle };
    for (const value of [1n, [1n], Object(1n), { a: Object(1n) as unknown }, circle]) {
      expect(() => JSON.stringify(value)).toThrow(TypeError);
      expect(() => canonicalJson(value)).toThrow();
    }
  });

  it('takes as many levels as a column may have and the message around it', () => {
    let value: unknown = 1;
    for (let level = 0; level < 1_900; level += 1) value = [value];
    expect(canonicalJson(value)).toBe(`${'['.repeat(1_900)}1${']'.repeat(1_900)}`);
  });
});

describe('the text of a column that is sorted already', () => {
  const spaces = fc.constantFrom('', ' ', '\n', '\t\r\n ');
  it('is the canonical one of what it means, or is left to the parser', () => {
    let seen = 0;
    fc.assert(
      fc.property(fc.json({ maxDepth: 4 }), spaces, fc.nat({ max: 4 }), (json, space, indent) => {
        const value: unknown = JSON.parse(json);
        for (const text of [json, canonicalJson(value)!, JSON.stringify(value, undefined, indent)]) {
          const sorted = sortedJson(space + text + space);
          if (sorted === undefined) continue;
          seen += 1;
          expect(sorted).toBe(canonicalJson(JSON.parse(text)));
        }
      }),
      { numRuns: 500 },
    );
    expect(seen).toBeGreaterThan(300);
  });

  it.each([
    ['{\n  "a": 1,\n  "b": [\n    true,\n    null\n  ]\n}', '{"a":1,"b":[true,null]}'],
    [' [ ] ', '[]'],
    ['{ }', '{}'],
    ['"a b"', '"a b"'],
    ['{"a":"x  y","b":false}', '{"a":"x  y","b":false}'],
    ['[-1.5, 0, 12.25]', '[-1.5,0,12.25]'],
  ])('%j is %j', (text, sorted) => {
    expect(sortedJson(text)).toBe(sorted);
  });

  it.each([
    '{"b":1,"a":2}',
    '{"a":1,"a":2}',
    '{"a":1,"b":{"d":1,"c":1}}',
    '{"a":-0}',
    '[1.50]',
    '[1e5]',
    '[01]',
    '[9007199254740993]',
    '["\\u0041"]',
    '["\ud83d\ude00"]',
    '["\u0001"]',
    '[1,]',
    '{"a":1,}',
    '{"a" 1}',
    '{a:1}',
    '[1 2]',
    '[1',
    '"x',
    '',
    ' ',
    '1 2',
    'nul',
    'undefined',
    '[NaN]',
    '['.repeat(200) + ']'.repeat(200),
  ])('%j is left to the parser', (text) => {
    expect(sortedJson(text)).toBeUndefined();
  });
});

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { identify, type Column, type ColumnType, type JsonValue, type MappingOptions } from 'snowmelt';
import { sameDecimal } from './decimal-oracle.js';

interface Decoded {
  readonly value: JsonValue | undefined;
  readonly warnings: readonly string[];
}

function decode(type: ColumnType, wire: unknown, options: MappingOptions = {}): Decoded {
  const warnings: string[] = [];
  const columns: Column[] = [
    { name: 'userId', type: 'text', nullable: false },
    { name: 'value', type, nullable: true },
  ];
  const warn = (code: string, column: string): void => void warnings.push(`${code} ${column}`);
  const message = identify(options).bind(columns)(['u', wire], { row: 0, warn });
  // Through JSON, as the destination sees it.
  const sent = JSON.parse(JSON.stringify(message)) as { traits: Record<string, JsonValue> };
  expect(sent).toStrictEqual(message);
  return { value: sent.traits['value'], warnings };
}

const DAY = 86_400n;

describe('the value table', () => {
  it.each<[type: ColumnType, wire: string | null, value: JsonValue]>([
    ['fixed', '0', 0],
    ['fixed', '-0', 0],
    ['fixed', '-0.00', 0],
    ['fixed', '19.99', 19.99],
    ['fixed', '1.50', 1.5],
    ['fixed', '9007199254740992', 9007199254740992],
    ['fixed', '9007199254740993', '9007199254740993'],
    ['fixed', '-9007199254740993', '-9007199254740993'],
    ['fixed', '99999999999999999999999999999999999999', '99999999999999999999999999999999999999'],
    ['fixed', '3.1415926535897932384626433832795028842', '3.1415926535897932384626433832795028842'],
    ['fixed', '0.1000000000000000000000000000000000000', 0.1],
    ['fixed', '0.0000000000000000000000000000000000001', 1e-37],
    ['fixed', '1234567890123456.10', '1234567890123456.1'],
    ['decfloat', '1.23E+100', 1.23e100],
    ['decfloat', '1.2345678901234567890123456789012345678E-200', '1.2345678901234567890123456789012345678e-200'],
    ['real', '1.5', 1.5],
    ['real', '1e300', 1e300],
    ['real', '1.7976931348623157e308', Number.MAX_VALUE],
    ['real', '5e-324', 5e-324],
    ['real', '-0', 0],
    ['real', '0.30000000000000004', 0.30000000000000004],
    ['text', '', ''],
    ['text', 'a\u0000b', 'a\u0000b'],
    ['text', '\ud800 lone', '\ud800 lone'],
    ['text', '😀 "quoted" \\ ', '😀 "quoted" \\ '],
    ['boolean', '1', true],
    ['boolean', '0', false],
    ['boolean', 'true', true],
    ['boolean', 'false', false],
    ['boolean', 'TRUE', true],
    ['date', '0', '1970-01-01'],
    ['date', '19782', '2024-02-29'],
    ['date', '-1', '1969-12-31'],
    ['date', '-719162', '0001-01-01'],
    ['date', '2932896', '9999-12-31'],
    ['date', '2932897', '+010000-01-01'],
    ['time', '49020.123000000', '13:37:00.123'],
    ['time', '0', '00:00:00'],
    ['time', '86399.999999999', '23:59:59.999999999'],
    ['timestamp_ntz', '1700000000', '2023-11-14T22:13:20Z'],
    ['timestamp_ntz', '1700000000.000000000', '2023-11-14T22:13:20Z'],
    ['timestamp_ntz', '1700000000.100', '2023-11-14T22:13:20.1Z'],
    ['timestamp_ltz', '1700000000.123456789', '2023-11-14T22:13:20.123456789Z'],
    ['timestamp_ltz', '-1.500000000', '1969-12-31T23:59:58.5Z'],
    ['timestamp_ltz', '-0.000000001', '1969-12-31T23:59:59.999999999Z'],
    ['timestamp_ntz', '253402300800.000', '+010000-01-01T00:00:00Z'],
    ['timestamp_ntz', '-62135596800.000', '0001-01-01T00:00:00Z'],
    ['timestamp_tz', '1700000000.000000000 1785', '2023-11-15T03:58:20+05:45'],
    ['timestamp_tz', '1700000000.5 1410', '2023-11-14T21:43:20.5-00:30'],
    ['timestamp_tz', '-1.500000000 1440', '1969-12-31T23:59:58.5+00:00'],
    ['variant', '{"a":[1,"x",true,null,{"b":1.5}]}', { a: [1, 'x', true, null, { b: 1.5 }] }],
    ['variant', '"text"', 'text'],
    ['variant', '12', 12],
    ['variant', 'true', true],
    ['variant', 'null', null],
    ['variant', null, null],
    ['variant', '{"id":9007199254740993,"f":1.000000000000000e+01}', { id: '9007199254740993', f: 10 }],
    ['variant', '[9007199254740991,-9007199254740993]', [9007199254740991, '-9007199254740993']],
    ['variant', '0.1234567890123456789', '0.1234567890123456789'],
    ['variant', '[-0,-0.0,"-0"]', [0, 0, '-0']],
    ['object', '{"k":{}}', { k: {} }],
    ['array', '[]', []],
    ['map', '{"1":"a"}', { '1': 'a' }],
    ['geography', '{"coordinates":[1,2],"type":"Point"}', { coordinates: [1, 2], type: 'Point' }],
    ['vector', '[1.5,-2]', [1.5, -2]],
    ['binary', 'DEADBEEF', 'DEADBEEF'],
    ['fixed', null, null],
  ])('%s %s', (type, wire, value) => {
    expect(decode(type, wire)).toStrictEqual({ value, warnings: [] });
  });

  it.each<[ColumnType, string, JsonValue]>([
    ['real', 'NaN', null],
    ['real', 'inf', null],
    ['real', '-inf', null],
    ['real', '1e400', null],
    ['variant', '{"a":NaN,"b":1}', { a: null, b: 1 }],
    ['variant', '[undefined]', [null]],
    ['variant', '-Infinity', null],
    ['variant', '[1e400]', [null]],
  ])('turns %s %s into null with a warning', (type, wire, value) => {
    expect(decode(type, wire)).toStrictEqual({ value, warnings: ['NUMBER_NOT_FINITE value'] });
  });

  it.each<[ColumnType, string]>([
    ['fixed', ''],
    ['fixed', 'abc'],
    ['fixed', '0x10'],
    ['fixed', '1.2.3'],
    ['real', ''],
    ['real', ' 1'],
    ['boolean', 'yes'],
    ['date', '2024-02-29'],
    ['time', '86400'],
    ['timestamp_ntz', '2024-02-29 00:00:00'],
    ['timestamp_ntz', '1.0000000001'],
    ['timestamp_tz', '1700000000.0'],
    ['variant', 'not json'],
    ['variant', ''],
    ['variant', '{"a":1,}'],
    ['variant', '{"a" 1}'],
    ['variant', '[1'],
    ['variant', '"unclosed'],
    ['variant', 'process.exit(1)'],
    ['variant', `${'['.repeat(5000)}9007199254740993`],
  ])('refuses %s %s as a row error that holds no value', (type, wire) => {
    let caught: unknown;
    try {
      decode(type, wire);
    } catch (error) {
      caught = error;
    }
    expect(caught).toMatchObject({ code: 'MAPPING_ROW', details: { row: 0, column: 'value' } });
    const { message, hint = '' } = caught as { message: string; hint?: string };
    if (wire.length > 3) expect(message + hint).not.toContain(wire);
  });

  it('keeps a __proto__ key as a key, in columns and in JSON', () => {
    const columns: Column[] = [
      { name: 'userId', type: 'text', nullable: false },
      { name: '__proto__', type: 'text', nullable: true },
      { name: 'json', type: 'variant', nullable: true },
    ];
    const message = identify().bind(columns)(['u', 'x', '{"__proto__":{"polluted":9007199254740993}}'], { row: 0 });
    expect(JSON.stringify(message)).toBe(
      '{"type":"identify","userId":"u","traits":{"__proto__":"x","json":{"__proto__":{"polluted":"9007199254740993"}}}}',
    );
    expect(({} as { polluted?: unknown }).polluted).toBeUndefined();
  });

  it('takes a text of 16 MB, also inside a VARIANT', () => {
    const text = 'ä"\\'.repeat(4 * 1024 * 1024);
    expect(decode('text', text).value).toBe(text);
    expect(decode('variant', `{"n":9007199254740993,"t":${JSON.stringify(text)}}`).value).toStrictEqual({
      n: '9007199254740993',
      t: text,
    });
  });
});

describe('number and boolean options', () => {
  it('writes canonical decimals as text where asked', () => {
    expect(decode('fixed', '001.50', { numbers: 'string' }).value).toBe('1.5');
    expect(decode('fixed', '-0.0', { numbers: { columns: ['VALUE'] } }).value).toBe('0');
    expect(decode('real', '1e21', { numbers: 'string' }).value).toBe('1000000000000000000000');
  });

  it('writes booleans as text, and 0 and 1 as booleans, where asked', () => {
    expect(decode('boolean', '1', { booleans: 'string' }).value).toBe('true');
    expect(decode('fixed', '1.0', { booleans: { columns: ['value'] } }).value).toBe(true);
    expect(decode('fixed', '0', { booleans: { columns: ['value'], as: 'string' } }).value).toBe('false');
    expect(() => decode('fixed', '2', { booleans: { columns: ['value'] } })).toThrow(
      expect.objectContaining({ code: 'MAPPING_ROW' }),
    );
    expect(() => decode('text', '1', { booleans: { columns: ['value'] } })).toThrow(
      expect.objectContaining({ code: 'MAPPING_COLUMNS' }),
    );
  });
});

describe('no value is changed in silence', () => {
  it.each<[string, unknown]>([
    ['a promise that nobody awaited', Promise.resolve('gold')],
    ['an ArrayBuffer', new ArrayBuffer(2)],
    ['an error', new Error('x')],
    ['a Map', new Map([['a', 1]])],
    ['a promise inside', { plan: [Promise.resolve('gold')] }],
    [
      'an object of private fields',
      new (class Money {
        readonly #cents = 5;
        get cents(): number {
          return this.#cents;
        }
      })(),
    ],
  ])('refuses %s, which JSON would make an empty object', (_what, value) => {
    expect(() => identify().map({ userId: 'u', value })).toThrow(/column value: expected a value that JSON can hold/);
  });

  it('takes the value out of an object that stands for one', () => {
    const row = { userId: 'u', text: new String('abc'), number: new Number(1.5), yes: new Boolean(true), none: {} };
    expect(identify().map(row)).toMatchObject({ traits: { text: 'abc', number: 1.5, yes: true, none: {} } });
  });

  it('makes an array of a typed array', () => {
    const row = { userId: 'u', vector: new Float32Array([1.5, -2]), ids: new BigInt64Array([9007199254740993n]) };
    expect(identify().map(row)).toMatchObject({ traits: { vector: [1.5, -2], ids: ['9007199254740993'] } });
  });

  const digits = (max: number) => fc.stringMatching(new RegExp(`^[0-9]{1,${max}}$`));
  const decimal = fc
    .tuple(fc.boolean(), digits(38), fc.option(digits(37)))
    .map(([minus, whole, fraction]) => `${minus ? '-' : ''}${whole}${fraction === null ? '' : `.${fraction}`}`);

  it('keeps every NUMBER: the JSON text is the same decimal', () => {
    fc.assert(
      fc.property(decimal, (wire) => {
        const { value } = decode('fixed', wire);
        const exact = typeof value === 'string' ? value : JSON.stringify(value);
        expect(sameDecimal(exact, wire)).toBe(true);
        if (typeof value === 'string') expect(sameDecimal(String(Number(wire)), wire)).toBe(false);
      }),
      { numRuns: 1000 },
    );
  });

  it('keeps every double in a FLOAT', () => {
    fc.assert(
      fc.property(fc.double({ noNaN: true, noDefaultInfinity: true }), (value) => {
        expect(decode('real', String(value)).value).toBe(value + 0);
        expect(decode('real', value.toExponential()).value).toBe(value + 0);
      }),
      { numRuns: 500 },
    );
  });

  it('keeps every date and every nanosecond, counted by BigInt', () => {
    const seconds = fc.bigInt({ min: -62_135_596_800n, max: 253_402_300_799n });
    const nanos = fc.bigInt({ min: 0n, max: 999_999_999n });
    fc.assert(
      fc.property(seconds, nanos, fc.integer({ min: -1439, max: 1439 }), (whole, fraction, offset) => {
        const total = whole * 1_000_000_000n + fraction;
        const size = total < 0n ? -total : total;
        const wire = `${total < 0n ? '-' : ''}${size / 1_000_000_000n}.${String(size % 1_000_000_000n).padStart(9, '0')}`;
        const local = whole + BigInt(offset) * 60n;
        const zone = offset < 0 ? -offset : offset;
        const sign = `${offset < 0 ? '-' : '+'}${String(Math.floor(zone / 60)).padStart(2, '0')}:${String(zone % 60).padStart(2, '0')}`;
        const part = fraction === 0n ? '' : `.${String(fraction).padStart(9, '0').replace(/0+$/, '')}`;
        const iso = (at: bigint) => new Date(Number(at) * 1000).toISOString().replace('.000Z', '');
        expect(decode('timestamp_ntz', wire).value).toBe(`${iso(whole)}${part}Z`);
        expect(decode('timestamp_tz', `${wire} ${offset + 1440}`).value).toBe(`${iso(local)}${part}${sign}`);
        const day = whole / DAY - (whole % DAY < 0n ? 1n : 0n);
        expect(decode('date', String(day)).value).toBe(iso(day * DAY).slice(0, -9));
      }),
      { numRuns: 1000 },
    );
  });

  it('keeps every JSON value', () => {
    fc.assert(
      fc.property(fc.jsonValue(), fc.bigInt(), (value, big) => {
        const plain = JSON.parse(JSON.stringify(value), (_key, inner: unknown) =>
          typeof inner === 'number' && Math.abs(inner) > 2 ** 53 && !String(inner).includes('e')
            ? String(inner)
            : inner,
        ) as JsonValue;
        expect(decode('variant', JSON.stringify(value)).value).toStrictEqual(plain);
        const { value: exact } = decode('variant', `{"a":[${big}],"v":${JSON.stringify(value)}}`);
        const safe = big <= 2n ** 53n && big >= -(2n ** 53n);
        expect((exact as { a: JsonValue[] }).a[0]).toBe(safe ? Number(big) : big.toString());
      }),
      { numRuns: 500 },
    );
  });

  it('keeps every text', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (text) => {
        expect(decode('text', text).value).toBe(text);
      }),
    );
  });
});

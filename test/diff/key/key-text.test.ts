import fc from 'fast-check';
import { expect, it } from 'vitest';
import { semanticEvents } from 'snowmelt';
import { checkKey, type Key } from '../../../src/diff/key/check-key.js';
import { decodeKeyText, encodeKeyText } from '../../../src/diff/key/key-text.js';
import type { Column, ColumnType } from '../../../src/source/source.js';

const typed = (name: string, type: ColumnType): Column => ({ name, type, nullable: true });

function back(type: ColumnType, wire: string): unknown {
  const key = checkKey([typed('K', type)], ['k']);
  const text = encodeKeyText(key, [wire]);
  return text === undefined ? 'NULL' : decodeKeyText(['k'], text)?.['k'];
}

it.each<readonly [ColumnType, string, unknown]>([
  ['text', 'alice', 'alice'],
  ['text', '', ''],
  ['text', 'a\0b"\\😀', 'a\0b"\\😀'],
  ['text', '1', '1'],
  ['boolean', '1', true],
  ['boolean', 'false', false],
  ['fixed', '42', 42],
  ['fixed', '-7.50', -7.5],
  ['fixed', '0.00', 0],
  ['fixed', '9007199254740991', 9007199254740991],
  // An id of more digits than a double holds, or would write, stays as it is.
  ['fixed', '9007199254740993', '9007199254740993'],
  ['fixed', '100000000000000000000', '100000000000000000000'],
  ['fixed', '-99999999999999999999999999999999999999', '-99999999999999999999999999999999999999'],
  ['fixed', '0.1000000000000000055511151231257827021', '0.1000000000000000055511151231257827021'],
  ['date', '19782', '2024-02-29'],
  ['time', '49020.123000000', '13:37:00.123'],
  ['timestamp_ntz', '1700000000.500000000', '2023-11-14T22:13:20.5Z'],
  ['timestamp_ltz', '1700000000.000000001', '2023-11-14T22:13:20.000000001Z'],
  ['timestamp_tz', '1700000000.000000000 1785', '2023-11-15T03:58:20+05:45'],
  ['binary', 'DEADBEEF', 'DEADBEEF'],
])('a value of type %s comes back as a mapper gets it: %j', (type, wire, expected) => {
  expect(back(type, wire)).toBe(expected);
});

const names = ['userId', '__proto__'];
const two: Key = checkKey([typed('userId', 'text'), typed('N', 'fixed'), typed('__proto__', 'text')], names);

it('keeps the values of several columns under the names of the option', () => {
  const text = encodeKeyText(two, ['a', '5', 'b']) ?? '';
  const found = decodeKeyText(names, text);
  expect(Object.entries(found ?? {})).toEqual([
    ['userId', 'a'],
    ['__proto__', 'b'],
  ]);
});

it('has no text where a part is NULL, and needs no other column', () => {
  expect(encodeKeyText(two, ['a', '5', null])).toBeUndefined();
  expect(encodeKeyText(two, [undefined, '5', 'b'])).toBeUndefined();
  expect(encodeKeyText(two, ['a', null, 'b'])).toBe('["a","b"]');
});

it.each(['', '[', '{}', '["a"]', '["a",null]', '["a","b","c"]', '[["a"],"b"]', 'null'])(
  'knows what is no text of a key: %j',
  (text) => {
    expect(decodeKeyText(names, text)).toBeUndefined();
  },
);

it('comes back from any text', () => {
  const any = fc.string({ unit: 'binary', maxLength: 200 });
  fc.assert(
    fc.property(any, any, (a, b) => {
      const text = encodeKeyText(two, [a, '1', b]) ?? '';
      expect(Object.values(decodeKeyText(names, text) ?? {})).toEqual([a, b]);
    }),
  );
});

it('names a person for a deletion, whichever type the id has', () => {
  for (const [type, wire, id] of [
    ['text', '007', '007'],
    ['fixed', '7', '7'],
    ['fixed', '100000000000000000000', '100000000000000000000'],
  ] as const) {
    const key = checkKey([typed('USERID', type)], ['userId']);
    const { userId } = decodeKeyText(['userId'], encodeKeyText(key, [wire]) ?? '') ?? {};
    expect(semanticEvents.deletePerson({ userId: userId as string })).toMatchObject({ userId: id });
  }
});

it.each<readonly [ColumnType, unknown]>([
  ['fixed', 'secret'],
  ['date', 'secret'],
  ['timestamp_tz', 'secret'],
  ['boolean', 'secret'],
  ['text', { secret: 1 }],
])('refuses a value that is no %s, without showing it', (type, wire) => {
  const key = checkKey([typed('K', type)], ['K']);
  expect(() => encodeKeyText(key, [wire], 7)).toThrow(/Row 7, column K/);
  expect(() => encodeKeyText(key, [wire])).not.toThrow(/secret/);
});

import { describe, expect, it } from 'vitest';
import { checkKey, type Key } from '../../../src/diff/key/check-key.js';
import { keyHash } from '../../../src/diff/key/key-hash.js';
import type { Column, ColumnType } from '../../../src/source/source.js';

type Part = readonly [type: ColumnType, wire: unknown];

function keyOf(parts: readonly Part[]): Key {
  const columns = parts.map(([type], at): Column => ({ name: `C${at}`, type, nullable: true }));
  return checkKey(
    columns,
    columns.map(({ name }) => name),
  );
}

const hashOf = (parts: readonly Part[]): string | undefined =>
  keyHash(
    keyOf(parts),
    parts.map(([, wire]) => wire),
  )?.toString('hex');

// Made with sha256sum of the text in front. Snapshots hold these hashes: another value here is another key there.
const VECTORS: readonly (readonly [text: string, hash: string, parts: readonly Part[]])[] = [
  ['t5:alice', '240ce517968f4f011d5f040815bc80a3', [['text', 'alice']]],
  [
    't5:alicen2:42',
    '624df54e2c4cad37e6ff2b97b175f3e5',
    [
      ['text', 'alice'],
      ['fixed', '42'],
    ],
  ],
  [
    't5:alicen2:42',
    '624df54e2c4cad37e6ff2b97b175f3e5',
    [
      ['text', 'alice'],
      ['fixed', '42.000'],
    ],
  ],
  ['t0:', 'ffeda7e7c096bf7806f5496df76defbd', [['text', '']]],
  ['t7:é😀x', '6ed4df2b789629529a95e133a2141252', [['text', 'é😀x']]],
  ['n6:-19.99', 'cf6d5c8f1b9e64ba1b7d712e5e89fc50', [['fixed', '-19.990']]],
  ['b4:true', 'f60120ca989cbfcd14e5547f67b7dd51', [['boolean', '1']]],
  ['b4:true', 'f60120ca989cbfcd14e5547f67b7dd51', [['boolean', 'true']]],
  ['d10:2024-02-29', 'ef6fd7e487eb8de2ad4dc0218de34910', [['date', '19782']]],
  ['h18:13:37:00.123000000', 'efeb60f47483c586a81531f22d64b7a2', [['time', '49020.123']]],
  ['w29:2023-11-14T22:13:20.500000000', '299c1a6ba22f24cdceb9e4fe110de91f', [['timestamp_ntz', '1700000000.500']]],
  ['i29:2023-11-14T22:13:20.000000000', 'b9c62cee74914f8ce3cb829558e09c1b', [['timestamp_ltz', '1700000000']]],
  [
    'i29:2023-11-14T22:13:20.000000000',
    'b9c62cee74914f8ce3cb829558e09c1b',
    [['timestamp_tz', '1700000000.000000000 1785']],
  ],
  ['x8:DEADBEEF', '67a5e4952a5424a16f55681c1daede7c', [['binary', 'DEADBEEF']]],
];

describe('the hash of a key', () => {
  it.each(VECTORS)('of %s is %s', (_, hash, parts) => {
    expect(hashOf(parts)).toBe(hash);
  });

  it('keeps apart what reads alike', () => {
    const alike: Part[][] = [
      [['text', '1']],
      [['fixed', '1']],
      [['text', 'true']],
      [['boolean', '1']],
      [['text', '2024-02-29']],
      [['date', '19782']],
      [['timestamp_ntz', '0']],
      [['timestamp_ltz', '0']],
      [
        ['text', 'ab'],
        ['text', 'c'],
      ],
      [
        ['text', 'a'],
        ['text', 'bc'],
      ],
      [
        ['text', 'abc'],
        ['text', ''],
      ],
      [['text', 'at1:b']],
      [
        ['text', 'a'],
        ['text', 'b'],
      ],
      [
        ['text', 'b'],
        ['text', 'a'],
      ],
      [['text', 'é']],
      [['text', 'e\u0301']],
      [['text', 'a ']],
      [['text', 'A']],
    ];
    expect(new Set(alike.map(hashOf)).size).toBe(alike.length);
  });

  it('is none where a part is NULL', () => {
    expect(
      hashOf([
        ['text', 'a'],
        ['fixed', null],
      ]),
    ).toBeUndefined();
    expect(hashOf([['text', null]])).toBeUndefined();
  });

  it.each<Part>([
    ['fixed', 'secret'],
    ['boolean', 'secret'],
    ['date', 'secret'],
    ['time', '99999999'],
    ['timestamp_ntz', 'secret'],
    ['timestamp_tz', 'secret 1440'],
    ['binary', 'secret'],
    ['text', 5],
    ['text', { secret: true }],
  ])('is refused for a %s of %j, without showing it', (type, wire) => {
    const key = keyOf([[type, wire]]);
    expect(() => keyHash(key, [wire], 3)).toThrow(
      expect.objectContaining({ name: 'MappingError', code: 'MAPPING_ROW' }),
    );
    expect(() => keyHash(key, [wire], 3)).toThrow(/^Row 3, column C0: (?!.*secret)/);
  });
});

import { describe, expect, it } from 'vitest';
import { difference } from '../../src/testing/contracts/difference.js';

describe('the place where two values part', () => {
  it.each<readonly [what: string, actual: unknown, expected: unknown, words: string]>([
    ['a number', 1, 2, ' 1 instead of 2'],
    ['another kind', '1', 1, " '1' instead of 1"],
    ['something deep', { a: [{ b: 1, c: 2 }] }, { a: [{ b: 1, c: 3 }] }, ', at a[0].c, 2 instead of 3'],
    ['a key too few and one too many', { a: 1, c: 1 }, { a: 1, b: 1 }, ' an object without `b` that has `c` besides'],
    [
      'a list that ends early',
      [1, 2],
      [1, 2, 3],
      ' 2 entries instead of 3; the first that differs is [2], nothing instead of 3',
    ],
    [
      'a list with one in between',
      [1, 9, 2],
      [1, 2],
      ' 3 entries instead of 2; the first that differs is [1], 9 instead of 2',
    ],
    ['a list instead of an object', [], {}, ' [] instead of {}'],
    ['a long text', 'a'.repeat(500) + 'b', 'a'.repeat(500), ` '… ${'a'.repeat(20)}b' instead of '… ${'a'.repeat(20)}'`],
    ['dates', new Date(0), new Date(1), ' 1970-01-01T00:00:00.000Z instead of 1970-01-01T00:00:00.001Z'],
  ])('is told of %s', (_what, actual, expected, words) => {
    expect(difference(actual, expected)).toBe(words);
  });

  it('is told in few words, however large they are', () => {
    const large = Array.from({ length: 10_000 }, (_, index) => ({ index, text: 'x'.repeat(1_000) }));
    expect(difference(large, large.slice(0, -1)).length).toBeLessThan(700);
  });
});

import fc from 'fast-check';
import { expect, test } from 'vitest';
import { cutChunks } from '../../../../src/testing/snowflake/results/cut-chunks.js';

test('covers every row once, in order, in chunks that grow up to the largest', () => {
  const counts = fc.integer({ min: 0, max: 20_000 });
  const sizes = fc.record({ inlineRows: fc.nat(5000), largestRows: fc.integer({ min: 1, max: 5000 }) });
  fc.assert(
    fc.property(counts, sizes, (rowCount, size) => {
      const [inline, ...chunks] = cutChunks(rowCount, size);
      expect(inline).toEqual({ from: 0, to: Math.min(rowCount, size.inlineRows) });
      let at = inline?.to ?? 0;
      let last = 0;
      chunks.forEach(({ from, to }, index) => {
        expect(from).toBe(at);
        expect(to - from).toBeGreaterThan(0);
        expect(to - from).toBeLessThanOrEqual(size.largestRows);
        if (index < chunks.length - 1) expect(to - from).toBeGreaterThanOrEqual(last);
        last = to - from;
        at = to;
      });
      expect(at).toBe(rowCount);
    }),
  );
});

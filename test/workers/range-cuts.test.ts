import { describe, expect, it } from 'vitest';
import { probeRange, rangeAt, rangesFrom, rowsForAMinute } from '../../src/workers/jobs/range-cuts.js';
import type { RunHandle } from '../../src/sync/ranges/run-handle.js';

const cuts = { origin: 30, rowsPerJob: 20, rowCount: 95 };
const handle = (firstRow: number, rowCount: number): RunHandle => ({
  version: 1,
  sync: 'people',
  runId: 'r1',
  fencingToken: 1,
  ref: { queryId: 'q', columnsHash: 'c' },
  rowCount,
  firstRow,
});

describe('the ranges of a run', () => {
  it('lie side by side from the first row to the last', () => {
    expect([0, 1, 2, 3, 4].map((at) => rangeAt(cuts, at))).toEqual([
      { at: 0, from: 30, to: 50 },
      { at: 1, from: 50, to: 70 },
      { at: 2, from: 70, to: 90 },
      { at: 3, from: 90, to: 95 },
      undefined,
    ]);
  });

  it('are the same whichever row of one they are looked up by, and no more than wanted', () => {
    expect(rangesFrom(cuts, 50, 2).map(({ from }) => from)).toEqual([50, 70]);
    expect(rangesFrom(cuts, 69, 2).map(({ from }) => from)).toEqual([50, 70]);
    expect(rangesFrom(cuts, 70, 9).map(({ at }) => at)).toEqual([2, 3]);
  });

  it('begin with a probe where there are enough rows', () => {
    expect(probeRange(handle(10, 5_010))).toBeUndefined();
    expect(probeRange(handle(10, 5_011))).toEqual({ at: 0, from: 10, to: 5_010 });
  });

  it.each([
    ['a billion rows at 20,000 a second last a minute each', { rows: 5_000, ms: 250 }, 1e9, 1_200_000],
    ['what takes minutes is cut for several workers', { rows: 5_000, ms: 1_000 }, 1_600_000, 100_000],
    ['but not into jobs of a moment', { rows: 5_000, ms: 250 }, 500_000, 300_000],
    ['a slow destination gets small ones', { rows: 5_000, ms: 250_000 }, 1e6, 1_200],
    ['none is smaller than a thousand rows', { rows: 5_000, ms: 5_000_000 }, 1e6, 1_000],
    ['without a speed it is a guess', { rows: 0, ms: 0 }, 1e6, 5_000],
  ])('%s', (_, probe, left, rows) => {
    expect(rowsForAMinute(probe, left)).toBe(rows);
  });
});

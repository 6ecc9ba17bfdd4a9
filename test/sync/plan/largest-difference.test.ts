import { describe, expect, it } from 'vitest';
import type { RunSummary } from '../../../src/state/sync-state.js';
import { largestDifference } from '../../../src/sync/plan/largest-difference.js';

/** A completed run that read so many rows and sent each as one message. */
function completed(read: number, more: Partial<NonNullable<RunSummary['counts']>> = {}): RunSummary {
  const counts = { read, delivered: read, rejected: 0, skipped: 0, messages: read, ...more };
  return { runId: `r${read}`, startedAt: 1, status: 'completed', counts };
}

describe('what differs most from the runs before', () => {
  it('is nothing without a completed run', () => {
    expect(largestDifference({ read: 1 }, [])).toBeUndefined();
    expect(largestDifference({ read: 1 }, [{ ...completed(5), status: 'failed' }])).toBeUndefined();
  });

  it('is measured against the median, more and less alike', () => {
    const history = [completed(10), completed(1000), completed(12)];
    expect(largestDifference({ read: 48, messages: 12 }, history)).toEqual({
      of: 'read',
      planned: 48,
      usual: 12,
      runs: 3,
    });
    expect(largestDifference({ read: 12, messages: 2 }, history)).toMatchObject({ of: 'messages', usual: 12 });
    expect(largestDifference({ read: 12, messages: 12 }, history)).toMatchObject({ planned: 12, usual: 12 });
  });

  it('is rather a loss that grew than anything else', () => {
    const history = [completed(100, { removed: 3, held: 0 })];
    const planned = { read: 1, messages: 0, rejected: 0, removed: 7, held: 0 };
    expect(largestDifference(planned, history)).toMatchObject({ of: 'removed', planned: 7, usual: 3 });
    expect(largestDifference({ ...planned, removed: 6 }, history)).toMatchObject({ of: 'messages' });
    expect(largestDifference({ ...planned, removed: 0 }, history)).toMatchObject({ of: 'messages' });
    expect(largestDifference({ ...planned, rejected: 1, removed: 3 }, history)).toMatchObject({ of: 'rejected' });
  });
});

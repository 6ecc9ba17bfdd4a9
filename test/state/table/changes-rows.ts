import { deliveredRows, exampleRemovals, level, sendingLevel } from '../shapes.js';
import type { TruthTable } from '../truth-table.js';

/** What happens to the snapshot of a sync with `changes`, and to the removals of its run. */
export const changesRows: Pick<
  TruthTable,
  'levelWritten' | 'removalsHeld' | 'removalsJudged' | 'removalsSettled' | 'snapshotGrown' | 'snapshotLeft'
> = {
  levelWritten: [
    {
      when: 'behind the last row',
      given: () => [{ ...level(5), closed: true }],
      cells: {
        idle: 'unchanged',
        taken: 'unchanged',
        // A run of an older record, or of a sync without changes, has no level.
        resultless: 'unchanged',
        open: { is: 'open', written: '+5' },
        interrupted: { is: 'interrupted', written: '+5' },
        claimed: { is: 'claimed', written: '+5' },
        shared: { is: 'shared', written: '+5' },
        failed: { is: 'failed', written: '+5' },
        removing: { is: 'removing', written: '+5' },
        range: { is: 'range', written: '+5' },
      },
    },
    {
      when: 'before rows are sent',
      given: () => [sendingLevel(4, 3)],
      cells: {
        idle: 'unchanged',
        taken: 'unchanged',
        resultless: 'unchanged',
        open: { is: 'open', written: '+4 and 3 on their way' },
        interrupted: { is: 'interrupted', written: '+4 and 3 on their way' },
        claimed: { is: 'claimed', written: '+4 and 3 on their way' },
        shared: { is: 'shared', written: '+4 and 3 on their way' },
        failed: { is: 'failed', written: '+4 and 3 on their way' },
        removing: { is: 'removing', written: '+4 and 3 on their way' },
        range: { is: 'range', written: '+4 and 3 on their way' },
      },
    },
  ],
  removalsHeld: [
    {
      when: 'before the run, which finds what it finds',
      given: () => [{ count: 0, reason: 'state-older', since: 1900 }],
      cells: {
        idle: { is: 'idle', snapshot: 's1/6-a +3 state-older' },
        taken: { is: 'taken', snapshot: 's1/6-a +3 state-older' },
        resultless: { is: 'resultless', snapshot: 's1/6-a +3 state-older' },
        open: { is: 'open', snapshot: 's1/6-a +3 state-older' },
        interrupted: { is: 'interrupted', snapshot: 's1/6-a +3 state-older' },
        claimed: { is: 'claimed', snapshot: 's1/6-a +3 state-older' },
        shared: { is: 'shared', snapshot: 's1/6-a +3 state-older' },
        failed: { is: 'failed', snapshot: 's1/6-a +3 state-older' },
        removing: { is: 'removing', snapshot: 's1/6-a +3 state-older' },
        // The snapshot is in the record of the sync.
        range: 'unchanged',
      },
    },
  ],
  removalsJudged: [
    {
      when: 'and all of them are held',
      given: () => [{ ...exampleRemovals, allowed: 0, held: 'no-rows' }],
      cells: {
        idle: 'unchanged',
        taken: 'unchanged',
        resultless: 'unchanged',
        open: { is: 'removing', removals: '0/0/2 +0 no-rows' },
        interrupted: { is: 'removing', removals: '0/0/2 +0 no-rows' },
        claimed: { is: 'removing', removals: '0/0/2 +0 no-rows' },
        shared: { is: 'removing', removals: '0/0/2 +0 no-rows' },
        failed: { is: 'failed', removals: '0/0/2 +0 no-rows' },
        removing: { is: 'removing', removals: '0/0/2 +0 no-rows' },
        range: { is: 'range', removals: '0/0/2 +0 no-rows' },
      },
    },
  ],
  removalsSettled: [
    {
      when: 'behind the rows of the run',
      given: () => [{ done: 1, counts: deliveredRows(1), level: level(1) }],
      cells: {
        idle: 'unchanged',
        taken: 'unchanged',
        resultless: 'unchanged',
        open: 'unchanged',
        interrupted: 'unchanged',
        claimed: 'unchanged',
        shared: 'unchanged',
        failed: 'unchanged',
        removing: { is: 'removing', removals: '1/1/2 +1 more-than-approved' },
        range: 'unchanged',
      },
    },
  ],
  snapshotGrown: [
    {
      when: 'by a backfill that has ended',
      given: () => [[level(6)]],
      cells: {
        idle: { is: 'idle', snapshot: 's1/6-a +3 +6' },
        taken: { is: 'taken', snapshot: 's1/6-a +3 +6' },
        resultless: { is: 'resultless', snapshot: 's1/6-a +3 +6' },
        open: { is: 'open', snapshot: 's1/6-a +3 +6' },
        interrupted: { is: 'interrupted', snapshot: 's1/6-a +3 +6' },
        claimed: { is: 'claimed', snapshot: 's1/6-a +3 +6' },
        shared: { is: 'shared', snapshot: 's1/6-a +3 +6' },
        failed: { is: 'failed', snapshot: 's1/6-a +3 +6' },
        removing: { is: 'removing', snapshot: 's1/6-a +3 +6' },
        // It has no snapshot of its own.
        range: 'unchanged',
      },
    },
  ],
  snapshotLeft: [
    {
      when: 'by a backfill that died',
      given: () => [{ level: sendingLevel(6, 2) }],
      cells: {
        idle: { is: 'idle', snapshot: 's1/6-a +3 +6 and 2 on their way given up' },
        taken: { is: 'taken', snapshot: 's1/6-a +3 +6 and 2 on their way given up' },
        resultless: { is: 'resultless', snapshot: 's1/6-a +3 +6 and 2 on their way given up' },
        open: { is: 'open', snapshot: 's1/6-a +3 +6 and 2 on their way given up' },
        interrupted: { is: 'interrupted', snapshot: 's1/6-a +3 +6 and 2 on their way given up' },
        claimed: { is: 'claimed', snapshot: 's1/6-a +3 +6 and 2 on their way given up' },
        shared: { is: 'shared', snapshot: 's1/6-a +3 +6 and 2 on their way given up' },
        failed: { is: 'failed', snapshot: 's1/6-a +3 +6 and 2 on their way given up' },
        removing: { is: 'removing', snapshot: 's1/6-a +3 +6 and 2 on their way given up' },
        // It has no snapshot of its own.
        range: 'unchanged',
      },
    },
  ],
};

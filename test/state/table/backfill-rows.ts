import type { TruthTable } from '../truth-table.js';

/** The notes of backfills, which have nothing to do with the run or the lease. */
export const backfillRows: Pick<TruthTable, 'backfillNoted' | 'backfillForgotten'> = {
  backfillNoted: [
    {
      when: 'for the first time',
      given: () => [{ runId: 'b2', from: 1, to: 9 }],
      cells: {
        idle: { is: 'idle', backfills: 'b1 b2' },
        taken: { is: 'taken', backfills: 'b1 b2' },
        resultless: { is: 'resultless', backfills: 'b1 b2' },
        open: { is: 'open', backfills: 'b1 b2' },
        interrupted: { is: 'interrupted', backfills: 'b1 b2' },
        claimed: { is: 'claimed', backfills: 'b1 b2' },
        shared: { is: 'shared', backfills: 'b1 b2' },
        failed: { is: 'failed', backfills: 'b1 b2' },
        range: { is: 'range', backfills: 'b1 b2' },
      },
    },
    {
      when: 'and known already',
      given: () => [{ runId: 'b1', from: 0 }],
      cells: {
        idle: 'unchanged',
        taken: 'unchanged',
        resultless: 'unchanged',
        open: 'unchanged',
        interrupted: 'unchanged',
        claimed: 'unchanged',
        shared: 'unchanged',
        failed: 'unchanged',
        range: 'unchanged',
      },
    },
  ],
  backfillForgotten: [
    {
      when: 'when it has ended',
      given: () => ['b1'],
      cells: {
        idle: { is: 'idle', backfills: '' },
        taken: { is: 'taken', backfills: '' },
        resultless: { is: 'resultless', backfills: '' },
        open: { is: 'open', backfills: '' },
        interrupted: { is: 'interrupted', backfills: '' },
        claimed: { is: 'claimed', backfills: '' },
        shared: { is: 'shared', backfills: '' },
        failed: { is: 'failed', backfills: '' },
        range: { is: 'range', backfills: '' },
      },
    },
    {
      when: 'and forgotten already',
      given: () => ['b9'],
      cells: {
        idle: 'unchanged',
        taken: 'unchanged',
        resultless: 'unchanged',
        open: 'unchanged',
        interrupted: 'unchanged',
        claimed: 'unchanged',
        shared: 'unchanged',
        failed: 'unchanged',
        range: 'unchanged',
      },
    },
  ],
};

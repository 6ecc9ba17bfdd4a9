import type { TruthTable } from '../truth-table.js';

/** The notes of backfills, which have nothing to do with the run or the lease. */
export const backfillRows: Pick<TruthTable, 'backfillNoted' | 'backfillForgotten'> = {
  backfillNoted: [
    {
      when: 'for the first time',
      given: () => [{ runId: 'b2', from: 1, to: 9, notedAt: 1600 }],
      cells: {
        idle: { is: 'idle', backfills: 'b1 b2', lastToken: 10 },
        taken: { is: 'taken', backfills: 'b1 b2', lastToken: 10 },
        resultless: { is: 'resultless', backfills: 'b1 b2', lastToken: 10 },
        open: { is: 'open', backfills: 'b1 b2', lastToken: 10 },
        interrupted: { is: 'interrupted', backfills: 'b1 b2', lastToken: 10 },
        claimed: { is: 'claimed', backfills: 'b1 b2', lastToken: 10 },
        shared: { is: 'shared', backfills: 'b1 b2', lastToken: 10 },
        failed: { is: 'failed', backfills: 'b1 b2', lastToken: 10 },
        removing: { is: 'removing', lastToken: 10, backfills: 'b1 b2' },
        range: { is: 'range', backfills: 'b1 b2', lastToken: 10 },
      },
    },
    {
      when: 'once more, as it goes on',
      given: () => [{ runId: 'b1', from: 0, notedAt: 1600 }],
      cells: {
        idle: { is: 'idle', lastToken: 10 },
        taken: { is: 'taken', lastToken: 10 },
        resultless: { is: 'resultless', lastToken: 10 },
        open: { is: 'open', lastToken: 10 },
        interrupted: { is: 'interrupted', lastToken: 10 },
        claimed: { is: 'claimed', lastToken: 10 },
        shared: { is: 'shared', lastToken: 10 },
        failed: { is: 'failed', lastToken: 10 },
        removing: { is: 'removing', lastToken: 10 },
        range: { is: 'range', lastToken: 10 },
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
        removing: { is: 'removing', backfills: '' },
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
        removing: 'unchanged',
        range: 'unchanged',
      },
    },
  ],
};

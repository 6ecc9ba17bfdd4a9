import { delivered, exampleRun, examples, level } from '../shapes.js';
import type { TruthTable } from '../truth-table.js';

const newRun = {
  ...exampleRun,
  runId: 'r2',
  startedAt: 3000,
  settled: [],
  ref: { queryId: 'query 2', columnsHash: 'c' },
};
const stored = examples.idle.snapshot!;
const rolledUp = { ...stored, present: { id: 's1', manifest: 's1/8-b' } };
/** Nothing of the run before. */
const gone = {
  run: '',
  range: '',
  settled: '',
  claimed: '',
  check: undefined,
  failure: undefined,
  written: '',
  removals: '',
};
const fresh = { ...gone, run: 'r2', written: '+4' };
/** What happens to a run that one process works on, from its query on. */
export const beginRows: Pick<TruthTable, 'begun' | 'planApplied' | 'checkpointed'> = {
  begun: [
    {
      when: 'with a new result',
      given: () => [newRun],
      cells: {
        idle: { is: 'interrupted', ...fresh },
        taken: { is: 'open', ...fresh },
        resultless: { is: 'open', ...fresh },
        // Whoever begins a run has abandoned these before: nothing of them is remembered.
        open: { is: 'open', ...fresh },
        interrupted: { is: 'interrupted', ...fresh },
        claimed: { is: 'open', ...fresh },
        shared: { is: 'shared', ...fresh },
        failed: { is: 'open', ...fresh },
        removing: { is: 'open', run: 'r2', settled: '', check: undefined, removals: '' },
        range: { is: 'open', ...fresh },
      },
    },
    {
      when: 'with its first snapshot',
      given: () => [newRun, { before: undefined, after: { ...stored, present: { id: 's2' } } }],
      cells: {
        idle: { is: 'interrupted', ...fresh, snapshot: 's2' },
        taken: { is: 'open', ...fresh, snapshot: 's2' },
        resultless: { is: 'open', ...fresh, snapshot: 's2' },
        open: { is: 'open', ...fresh, snapshot: 's2' },
        interrupted: { is: 'interrupted', ...fresh, snapshot: 's2' },
        claimed: { is: 'open', ...fresh, snapshot: 's2' },
        shared: { is: 'shared', ...fresh, snapshot: 's2' },
        failed: { is: 'open', ...fresh, snapshot: 's2' },
        removing: { is: 'open', ...fresh, snapshot: 's2' },
        range: { is: 'open', ...fresh, snapshot: 's2' },
      },
    },
    {
      when: 'with a snapshot that a backfill added to meanwhile',
      given: () => [newRun, { before: { id: 's1', manifest: 's1/6-a' }, after: rolledUp }],
      cells: {
        idle: { is: 'interrupted', ...fresh, snapshot: 's1/8-b +3' },
        taken: { is: 'open', ...fresh, snapshot: 's1/8-b +3' },
        resultless: { is: 'open', ...fresh, snapshot: 's1/8-b +3' },
        open: { is: 'open', ...fresh, snapshot: 's1/8-b +3' },
        interrupted: { is: 'interrupted', ...fresh, snapshot: 's1/8-b +3' },
        claimed: { is: 'open', ...fresh, snapshot: 's1/8-b +3' },
        shared: { is: 'shared', ...fresh, snapshot: 's1/8-b +3' },
        failed: { is: 'open', ...fresh, snapshot: 's1/8-b +3' },
        removing: { is: 'open', ...fresh, snapshot: 's1/8-b +3' },
        range: { is: 'open', ...fresh, snapshot: 's1/8-b' },
      },
    },
  ],
  planApplied: [
    {
      when: 'with the result that was reviewed',
      given: () => [
        { ...newRun, plan: { removals: 2 } },
        { before: stored.present, after: rolledUp },
      ],
      cells: {
        idle: { is: 'interrupted', ...fresh, snapshot: 's1/8-b', plan: 'up to 2 removals' },
        taken: { is: 'open', ...fresh, snapshot: 's1/8-b', plan: 'up to 2 removals' },
        // A plan takes no run's place.
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
  checkpointed: [
    {
      when: 'with a row to compare',
      given: ({ run }) => [
        { before: run?.settled ?? [], done: delivered({ from: 4, to: 7 }), check: { row: 6, hash: 'h6' } },
      ],
      cells: {
        idle: 'unchanged',
        taken: 'unchanged',
        resultless: { is: 'resultless', settled: '4-7' },
        open: { is: 'open', settled: '0-7', check: 6 },
        interrupted: { is: 'interrupted', settled: '0-7', check: 6 },
        claimed: { is: 'claimed', settled: '0-7', check: 6 },
        shared: { is: 'shared', settled: '0-7', check: 6 },
        failed: { is: 'failed', settled: '0-7', check: 6 },
        removing: { is: 'removing', check: 6 },
        range: { is: 'range', settled: '2-7', check: 6 },
      },
    },
    {
      when: 'without one, behind rows that are not settled',
      given: ({ run }) => [{ before: run?.settled ?? [], done: delivered({ from: 6, to: 8 }) }],
      cells: {
        idle: 'unchanged',
        taken: 'unchanged',
        resultless: { is: 'resultless', settled: '6-8' },
        open: { is: 'open', settled: '0-4 6-8' },
        interrupted: { is: 'interrupted', settled: '0-4 6-8' },
        claimed: { is: 'claimed', settled: '0-4 6-8' },
        shared: { is: 'shared', settled: '0-4 6-8' },
        failed: { is: 'failed', settled: '0-4 6-8' },
        removing: 'unchanged',
        range: { is: 'range', settled: '2-4 6-8' },
      },
    },
    {
      when: 'with what it wrote of the snapshot',
      given: ({ run }) => [{ before: run?.settled ?? [], done: delivered({ from: 4, to: 7 }), level: level(6) }],
      cells: {
        idle: 'unchanged',
        taken: 'unchanged',
        resultless: { is: 'resultless', settled: '4-7' },
        open: { is: 'open', settled: '0-7', written: '+6' },
        interrupted: { is: 'interrupted', settled: '0-7', written: '+6' },
        claimed: { is: 'claimed', settled: '0-7', written: '+6' },
        shared: { is: 'shared', settled: '0-7', written: '+6' },
        failed: { is: 'failed', settled: '0-7', written: '+6' },
        removing: { is: 'removing', written: '+6' },
        range: { is: 'range', settled: '2-7', written: '+6' },
      },
    },
  ],
};

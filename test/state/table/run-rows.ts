import { delivered, exampleRun } from '../shapes.js';
import type { TruthTable } from '../truth-table.js';

const newRun = {
  ...exampleRun,
  runId: 'r2',
  startedAt: 3000,
  settled: [],
  ref: { queryId: 'query 2', columnsHash: 'c' },
};
/** Nothing of a run. */
const gone = { run: '', range: '', settled: '', claimed: '', check: undefined, failure: undefined };
const fresh = { ...gone, run: 'r2' };
/** What a completed run of the sync itself moves. */
const moved = { lastSyncTime: 2000, prints: 'q1 m1' };
/** What a reset sets. */
const back = { lastSyncTime: 5, backfills: '' };
const withoutResult = { runId: 'r9', startedAt: 3000 };
const r0 = 'r0 completed 5';

/** By what the handle of a completed run is given again. */
const j0 = 'by j0 from 4 of query 1 token 7';

/** What happens to a run that one process works on, from its query to its end. */
export const runRows: Pick<TruthTable, 'begun' | 'checkpointed' | 'abandoned' | 'committed' | 'failed' | 'reset'> = {
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
        range: { is: 'open', ...fresh },
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
        range: { is: 'range', settled: '2-4 6-8' },
      },
    },
  ],
  abandoned: [
    {
      when: 'for a new query',
      given: () => ['CHANGED'],
      cells: {
        idle: 'unchanged',
        taken: 'unchanged',
        resultless: { is: 'taken', ...gone, history: `${r0}, r1 abandoned CHANGED 0` },
        open: { is: 'taken', ...gone, history: `${r0}, r1 abandoned CHANGED 4` },
        interrupted: { is: 'idle', ...gone, history: `${r0}, r1 abandoned CHANGED 4` },
        claimed: { is: 'taken', ...gone, history: `${r0}, r1 abandoned CHANGED 4` },
        shared: { is: 'taken', ...gone, history: `${r0}, r1 abandoned CHANGED 4` },
        failed: { is: 'taken', ...gone, history: `${r0}, r1 abandoned CHANGED 4` },
        range: { is: 'taken', ...gone, history: `${r0}, r1 abandoned CHANGED 2` },
      },
    },
  ],
  committed: [
    {
      when: 'as a run of the sync itself',
      given: () => ['run'],
      cells: {
        idle: 'unchanged',
        taken: 'unchanged',
        resultless: { is: 'idle', ...gone, lease: '', ...moved, history: `${r0}, r1 completed 0` },
        open: { is: 'idle', ...gone, lease: '', ...moved, history: `${r0}, r1 completed 4` },
        interrupted: { is: 'idle', ...gone, lease: '', ...moved, history: `${r0}, r1 completed 4` },
        claimed: { is: 'idle', ...gone, lease: '', ...moved, history: `${r0}, r1 completed 4` },
        shared: { is: 'idle', ...gone, lease: '', ...moved, history: `${r0}, r1 completed 4 ${j0}` },
        failed: { is: 'idle', ...gone, lease: '', ...moved, history: `${r0}, r1 completed 4` },
        range: { is: 'idle', ...gone, lease: '', ...moved, history: `${r0}, r1 completed 2` },
      },
    },
    {
      when: 'as a backfill',
      given: () => ['backfill'],
      cells: {
        idle: 'unchanged',
        taken: 'unchanged',
        resultless: { is: 'idle', ...gone, lease: '', history: `${r0}, r1 completed 0` },
        open: { is: 'idle', ...gone, lease: '', history: `${r0}, r1 completed 4` },
        interrupted: { is: 'idle', ...gone, lease: '', history: `${r0}, r1 completed 4` },
        claimed: { is: 'idle', ...gone, lease: '', history: `${r0}, r1 completed 4` },
        shared: { is: 'idle', ...gone, lease: '', history: `${r0}, r1 completed 4 ${j0}` },
        failed: { is: 'idle', ...gone, lease: '', history: `${r0}, r1 completed 4` },
        range: { is: 'idle', ...gone, lease: '', history: `${r0}, r1 completed 2` },
      },
    },
  ],
  failed: [
    {
      when: 'and the next run resumes',
      given: () => [{ status: 'failed', code: 'SINK_FAILED', abandons: false, withoutResult: undefined }],
      cells: {
        idle: 'unchanged',
        taken: { is: 'idle', lease: '' },
        resultless: { is: 'resultless', lease: '', history: `${r0}, r1 failed SINK_FAILED 0` },
        open: { is: 'interrupted', lease: '', history: `${r0}, r1 failed SINK_FAILED 4` },
        interrupted: { is: 'interrupted', lease: '', history: `${r0}, r1 failed SINK_FAILED 4` },
        claimed: { is: 'claimed', lease: '', history: `${r0}, r1 failed SINK_FAILED 4` },
        shared: { is: 'claimed', lease: '', history: `${r0}, r1 failed SINK_FAILED 4` },
        failed: { is: 'failed', lease: '', history: `${r0}, r1 failed SINK_FAILED 4` },
        range: { is: 'range', lease: '', history: `${r0}, r1 failed SINK_FAILED 2` },
      },
    },
    {
      when: 'and the next run queries afresh',
      given: () => [{ status: 'failed', code: 'BREAKER_TRIPPED', abandons: true, withoutResult: undefined }],
      cells: {
        idle: 'unchanged',
        taken: { is: 'idle', lease: '' },
        resultless: { is: 'idle', ...gone, lease: '', history: `${r0}, r1 failed BREAKER_TRIPPED 0` },
        open: { is: 'idle', ...gone, lease: '', history: `${r0}, r1 failed BREAKER_TRIPPED 4` },
        interrupted: { is: 'idle', ...gone, lease: '', history: `${r0}, r1 failed BREAKER_TRIPPED 4` },
        claimed: { is: 'idle', ...gone, lease: '', history: `${r0}, r1 failed BREAKER_TRIPPED 4` },
        shared: { is: 'idle', ...gone, lease: '', history: `${r0}, r1 failed BREAKER_TRIPPED 4` },
        failed: { is: 'idle', ...gone, lease: '', history: `${r0}, r1 failed BREAKER_TRIPPED 4` },
        range: { is: 'idle', ...gone, lease: '', history: `${r0}, r1 failed BREAKER_TRIPPED 2` },
      },
    },
    {
      when: 'before it had a result',
      given: () => [{ status: 'aborted', code: 'ABORTED', abandons: false, withoutResult }],
      cells: {
        idle: { is: 'idle', history: `${r0}, r9 aborted ABORTED` },
        taken: { is: 'idle', lease: '', history: `${r0}, r9 aborted ABORTED` },
        // The run that it was to replace has not failed: it never had anything to go on with.
        resultless: { is: 'resultless', lease: '', history: `${r0}, r9 aborted ABORTED` },
        open: { is: 'interrupted', lease: '', history: `${r0}, r1 aborted ABORTED 4` },
        interrupted: { is: 'interrupted', lease: '', history: `${r0}, r1 aborted ABORTED 4` },
        claimed: { is: 'claimed', lease: '', history: `${r0}, r1 aborted ABORTED 4` },
        shared: { is: 'claimed', lease: '', history: `${r0}, r1 aborted ABORTED 4` },
        failed: { is: 'failed', lease: '', history: `${r0}, r1 aborted ABORTED 4` },
        range: { is: 'range', lease: '', history: `${r0}, r1 aborted ABORTED 2` },
      },
    },
  ],
  reset: [
    {
      when: 'to an earlier time',
      given: () => [5],
      cells: {
        idle: { is: 'idle', ...back },
        taken: { is: 'idle', lease: '', ...back },
        resultless: { is: 'idle', ...gone, lease: '', ...back, history: `${r0}, r1 abandoned RESET 0` },
        open: { is: 'idle', ...gone, lease: '', ...back, history: `${r0}, r1 abandoned RESET 4` },
        interrupted: { is: 'idle', ...gone, lease: '', ...back, history: `${r0}, r1 abandoned RESET 4` },
        claimed: { is: 'idle', ...gone, lease: '', ...back, history: `${r0}, r1 abandoned RESET 4` },
        shared: { is: 'idle', ...gone, lease: '', ...back, history: `${r0}, r1 abandoned RESET 4` },
        failed: { is: 'idle', ...gone, lease: '', ...back, history: `${r0}, r1 abandoned RESET 4` },
        range: { is: 'idle', ...gone, lease: '', ...back, history: `${r0}, r1 abandoned RESET 2` },
      },
    },
  ],
};

import { examples } from '../shapes.js';
import type { TruthTable } from '../truth-table.js';

const stored = examples.idle.snapshot!;
const grown = {
  ...stored,
  present: { id: 's1', manifest: 's1/8-c' },
  previous: stored.present,
  held: { count: 1, reason: 'too-many', since: 1900 },
};
/** Nothing of a run. */
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
/** What a run that is given up leaves in the snapshot. */
const left = 's1/6-a +3 +4 given up';
/** What a completed run of the sync itself moves. */
const moved = { lastSyncTime: 2000, prints: 'q1 m1' };
const completedRun = { ...gone, lease: '', ...moved };
const only = 's1/8-c after s1/6-a too-many';
const more = 's1/8-c +3 after s1/6-a too-many';
/** What a reset sets. */
const back = { lastSyncTime: 5, backfills: '', snapshot: '' };
const withoutResult = { runId: 'r9', startedAt: 3000 };
const r0 = 'r0 completed 5';
/** By what the handle of a completed run is given again. */
const j0 = 'by j0 from 4 of query 1 token 7';

/** How a run ends. */
export const endRows: Pick<TruthTable, 'abandoned' | 'committed' | 'failed' | 'reset'> = {
  abandoned: [
    {
      when: 'for a new query',
      given: () => ['CHANGED'],
      cells: {
        idle: 'unchanged',
        taken: 'unchanged',
        resultless: { is: 'taken', ...gone, history: `${r0}, r1 abandoned CHANGED 0` },
        open: { is: 'taken', ...gone, snapshot: left, history: `${r0}, r1 abandoned CHANGED 4` },
        interrupted: { is: 'idle', ...gone, snapshot: left, history: `${r0}, r1 abandoned CHANGED 4` },
        claimed: { is: 'taken', ...gone, snapshot: left, history: `${r0}, r1 abandoned CHANGED 4` },
        shared: { is: 'taken', ...gone, snapshot: left, history: `${r0}, r1 abandoned CHANGED 4` },
        failed: { is: 'taken', ...gone, snapshot: left, history: `${r0}, r1 abandoned CHANGED 4` },
        removing: {
          is: 'taken',
          run: '',
          settled: '',
          check: undefined,
          written: '',
          removals: '',
          snapshot: 's1/6-a +3 +4 given up',
          history: 'r0 completed 5, r1 abandoned CHANGED 10',
        },
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
        resultless: { is: 'idle', ...completedRun, history: `${r0}, r1 completed 0` },
        open: { is: 'idle', ...completedRun, history: `${r0}, r1 completed 4` },
        interrupted: { is: 'idle', ...completedRun, history: `${r0}, r1 completed 4` },
        claimed: { is: 'idle', ...completedRun, history: `${r0}, r1 completed 4` },
        shared: { is: 'idle', ...completedRun, history: `${r0}, r1 completed 4 ${j0}` },
        failed: { is: 'idle', ...completedRun, history: `${r0}, r1 completed 4` },
        removing: {
          is: 'idle',
          lease: '',
          lastSyncTime: 2000,
          prints: 'q1 m1',
          run: '',
          settled: '',
          check: undefined,
          written: '',
          removals: '',
          history: 'r0 completed 5, r1 completed 10',
        },
        range: { is: 'idle', ...completedRun, history: `${r0}, r1 completed 2` },
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
        removing: {
          is: 'idle',
          lease: '',
          run: '',
          settled: '',
          check: undefined,
          written: '',
          removals: '',
          history: 'r0 completed 5, r1 completed 10',
        },
        range: { is: 'idle', ...gone, lease: '', history: `${r0}, r1 completed 2` },
      },
    },
    {
      when: 'with the snapshot after it',
      given: () => ['run', { before: stored.present, after: grown }],
      cells: {
        idle: 'unchanged',
        taken: 'unchanged',
        resultless: { is: 'idle', ...completedRun, snapshot: only, history: `${r0}, r1 completed 0` },
        open: { is: 'idle', ...completedRun, snapshot: only, history: `${r0}, r1 completed 4` },
        interrupted: { is: 'idle', ...completedRun, snapshot: only, history: `${r0}, r1 completed 4` },
        claimed: { is: 'idle', ...completedRun, snapshot: only, history: `${r0}, r1 completed 4` },
        shared: { is: 'idle', ...completedRun, snapshot: only, history: `${r0}, r1 completed 4 ${j0}` },
        failed: { is: 'idle', ...completedRun, snapshot: only, history: `${r0}, r1 completed 4` },
        removing: { is: 'idle', ...completedRun, snapshot: only, history: `${r0}, r1 completed 10` },
        range: { is: 'idle', ...completedRun, snapshot: only, history: `${r0}, r1 completed 2` },
      },
    },
    {
      when: 'with a snapshot that a backfill added to meanwhile',
      given: () => ['run', { before: { id: 's1', manifest: 's1/6-a' }, after: grown }],
      cells: {
        idle: 'unchanged',
        taken: 'unchanged',
        resultless: { is: 'idle', ...completedRun, snapshot: more, history: `${r0}, r1 completed 0` },
        open: { is: 'idle', ...completedRun, snapshot: more, history: `${r0}, r1 completed 4` },
        interrupted: { is: 'idle', ...completedRun, snapshot: more, history: `${r0}, r1 completed 4` },
        claimed: { is: 'idle', ...completedRun, snapshot: more, history: `${r0}, r1 completed 4` },
        shared: { is: 'idle', ...completedRun, snapshot: more, history: `${r0}, r1 completed 4 ${j0}` },
        failed: { is: 'idle', ...completedRun, snapshot: more, history: `${r0}, r1 completed 4` },
        removing: { is: 'idle', ...completedRun, snapshot: more, history: `${r0}, r1 completed 10` },
        range: { is: 'idle', ...completedRun, snapshot: only, history: `${r0}, r1 completed 2` },
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
        removing: { is: 'removing', lease: '', history: 'r0 completed 5, r1 failed SINK_FAILED 10' },
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
        open: { is: 'idle', ...gone, snapshot: left, lease: '', history: `${r0}, r1 failed BREAKER_TRIPPED 4` },
        interrupted: { is: 'idle', ...gone, snapshot: left, lease: '', history: `${r0}, r1 failed BREAKER_TRIPPED 4` },
        claimed: { is: 'idle', ...gone, snapshot: left, lease: '', history: `${r0}, r1 failed BREAKER_TRIPPED 4` },
        shared: { is: 'idle', ...gone, snapshot: left, lease: '', history: `${r0}, r1 failed BREAKER_TRIPPED 4` },
        failed: { is: 'idle', ...gone, snapshot: left, lease: '', history: `${r0}, r1 failed BREAKER_TRIPPED 4` },
        removing: {
          is: 'idle',
          lease: '',
          run: '',
          settled: '',
          check: undefined,
          written: '',
          removals: '',
          snapshot: 's1/6-a +3 +4 given up',
          history: 'r0 completed 5, r1 failed BREAKER_TRIPPED 10',
        },
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
        removing: { is: 'removing', lease: '', history: 'r0 completed 5, r1 aborted ABORTED 10' },
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
        removing: {
          is: 'idle',
          lease: '',
          lastSyncTime: 5,
          run: '',
          settled: '',
          check: undefined,
          written: '',
          removals: '',
          snapshot: '',
          history: 'r0 completed 5, r1 abandoned RESET 10',
          backfills: '',
        },
        range: { is: 'idle', ...gone, lease: '', ...back, history: `${r0}, r1 abandoned RESET 2` },
      },
    },
  ],
};

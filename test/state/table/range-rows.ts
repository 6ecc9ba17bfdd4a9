import { delivered, deliveredRows, exampleRun, level } from '../shapes.js';
import type { TruthTable } from '../truth-table.js';

const { ref } = exampleRun;
const claim = { from: 4, to: 6 };
const fourToFive = delivered({ from: 4, to: 5 });
/** What a worker that was cut off has stored of its range. */
const ownRun = {
  ...exampleRun,
  range: claim,
  settled: [fourToFive],
  ref: ref && { ...ref, check: { row: 4, hash: 'h4' } },
};
const untouched = { ...exampleRun, range: { from: 8, to: 10 }, settled: [], ref: ref && { ...ref, check: undefined } };

/** What happens in a run in ranges, to its record and to those of the ranges. */
export const rangeRows: Pick<
  TruthTable,
  'claimed' | 'rangeBegun' | 'rangeSettled' | 'claimDropped' | 'gathered' | 'claimsDropped' | 'givenUp' | 'stopAsked'
> = {
  claimed: [
    {
      when: 'rows that are free',
      given: () => [{ from: 6, to: 8 }, 'people'],
      cells: {
        idle: 'unchanged',
        taken: 'unchanged',
        resultless: { is: 'resultless', claimed: '6-8' },
        open: { is: 'claimed', claimed: '6-8' },
        interrupted: { is: 'claimed', claimed: '6-8' },
        claimed: { is: 'claimed', claimed: '4-6 8-10 6-8' },
        shared: { is: 'shared', claimed: '4-6 8-10 6-8' },
        failed: { is: 'failed', claimed: '4-6 8-10 6-8' },
        removing: 'unchanged',
        range: { is: 'range', claimed: '6-8' },
      },
    },
    {
      when: 'the same range once more',
      given: () => [claim, 'people'],
      cells: {
        idle: 'unchanged',
        taken: 'unchanged',
        resultless: { is: 'resultless', claimed: '4-6' },
        open: { is: 'claimed', claimed: '4-6' },
        interrupted: { is: 'claimed', claimed: '4-6' },
        claimed: 'unchanged',
        shared: 'unchanged',
        failed: 'unchanged',
        removing: 'unchanged',
        range: { is: 'range', claimed: '4-6' },
      },
    },
    {
      when: 'rows of another claim',
      given: () => [{ from: 5, to: 7 }, 'people'],
      cells: {
        idle: 'unchanged',
        taken: 'unchanged',
        resultless: { is: 'resultless', claimed: '5-7' },
        open: { is: 'claimed', claimed: '5-7' },
        interrupted: { is: 'claimed', claimed: '5-7' },
        claimed: { error: 'CONFIG_INVALID' },
        shared: { error: 'CONFIG_INVALID' },
        failed: { error: 'CONFIG_INVALID' },
        removing: 'unchanged',
        range: { is: 'range', claimed: '5-7' },
      },
    },
    {
      when: 'rows that are settled',
      given: () => [{ from: 2, to: 4 }, 'people'],
      cells: {
        idle: 'unchanged',
        taken: 'unchanged',
        resultless: { is: 'resultless', claimed: '2-4' },
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
  rangeBegun: [
    {
      when: 'in a record of its own',
      given: () => [{ ...exampleRun, runId: 'r2', claimed: [claim] }, claim],
      cells: {
        idle: { is: 'range', run: 'r2', range: '4-6', check: 3, written: '+0' },
        taken: { is: 'range', run: 'r2', range: '4-6', check: 3, written: '+0' },
        resultless: { is: 'range', run: 'r2', range: '4-6', check: 3, written: '+0' },
        // These never have a range: the record of one is of nothing else.
        open: { is: 'range', run: 'r2', range: '4-6' },
        interrupted: { is: 'range', run: 'r2', range: '4-6' },
        claimed: { is: 'range', run: 'r2', range: '4-6', claimed: '' },
        shared: { is: 'range', run: 'r2', range: '4-6', claimed: '' },
        failed: { is: 'range', run: 'r2', range: '4-6', claimed: '', failure: undefined },
        // Begun by a worker that was cut off: what it has settled counts.
        removing: { is: 'range', run: 'r2', range: '4-6', removals: '' },
        range: { is: 'range', run: 'r2', range: '4-6' },
      },
    },
  ],
  rangeSettled: [
    {
      when: 'for the first time',
      given: () => [{ range: claim, counts: deliveredRows(2), ref: ref && { ...ref, check: { row: 5, hash: 'h5' } } }],
      cells: {
        idle: 'unchanged',
        taken: 'unchanged',
        resultless: { is: 'open', settled: '4-6', check: 5 },
        open: { is: 'open', settled: '0-6', check: 5 },
        interrupted: { is: 'interrupted', settled: '0-6', check: 5 },
        claimed: { is: 'claimed', settled: '0-6', check: 5 },
        shared: { is: 'shared', settled: '0-6', check: 5 },
        failed: { is: 'failed', settled: '0-6', check: 5 },
        removing: { is: 'removing', check: 5 },
        range: { is: 'range', settled: '2-6', check: 5 },
      },
    },
    {
      when: 'once more, or by two workers',
      given: () => [{ range: { from: 2, to: 4 }, counts: deliveredRows(2), ref }],
      cells: {
        idle: 'unchanged',
        taken: 'unchanged',
        resultless: { is: 'open', settled: '2-4', check: 3 },
        open: 'unchanged',
        interrupted: 'unchanged',
        claimed: 'unchanged',
        shared: 'unchanged',
        failed: 'unchanged',
        removing: { is: 'removing', check: 3 },
        range: 'unchanged',
      },
    },
    {
      when: 'without a row to compare',
      given: () => [{ range: claim, counts: deliveredRows(2), ref: ref && { ...ref, check: undefined } }],
      cells: {
        idle: 'unchanged',
        taken: 'unchanged',
        resultless: { is: 'open', settled: '4-6' },
        open: { is: 'open', settled: '0-6' },
        interrupted: { is: 'interrupted', settled: '0-6' },
        claimed: { is: 'claimed', settled: '0-6' },
        shared: { is: 'shared', settled: '0-6' },
        failed: { is: 'failed', settled: '0-6' },
        removing: 'unchanged',
        range: { is: 'range', settled: '2-6' },
      },
    },
    {
      when: 'with what it wrote of the snapshot',
      given: () => [{ range: claim, counts: deliveredRows(2), ref, level: level(6) }],
      cells: {
        idle: 'unchanged',
        taken: 'unchanged',
        resultless: { is: 'open', settled: '4-6', check: 3 },
        open: { is: 'open', settled: '0-6', written: '+6' },
        interrupted: { is: 'interrupted', settled: '0-6', written: '+6' },
        claimed: { is: 'claimed', settled: '0-6', written: '+6' },
        shared: { is: 'shared', settled: '0-6', written: '+6' },
        failed: { is: 'failed', settled: '0-6', written: '+6' },
        removing: { is: 'removing', check: 3 },
        range: { is: 'range', settled: '2-6', written: '+6' },
      },
    },
  ],
  claimDropped: [
    {
      when: 'of a range that was claimed',
      given: () => [claim],
      cells: {
        idle: 'unchanged',
        taken: 'unchanged',
        resultless: 'unchanged',
        open: 'unchanged',
        interrupted: 'unchanged',
        claimed: { is: 'claimed', claimed: '8-10' },
        shared: { is: 'shared', claimed: '8-10' },
        failed: { is: 'failed', claimed: '8-10' },
        removing: 'unchanged',
        range: 'unchanged',
      },
    },
    {
      when: 'of rows that are only part of one',
      given: () => [{ from: 8, to: 9 }],
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
  gathered: [
    {
      when: 'of a range that was cut off and one that was not begun',
      given: () => [[ownRun, untouched]],
      cells: {
        idle: 'unchanged',
        taken: 'unchanged',
        resultless: { is: 'open', settled: '4-5', check: 4 },
        open: { is: 'open', settled: '0-5', check: 4 },
        interrupted: { is: 'interrupted', settled: '0-5', check: 4 },
        claimed: { is: 'claimed', settled: '0-5', check: 4 },
        shared: { is: 'shared', settled: '0-5', check: 4 },
        failed: { is: 'failed', settled: '0-5', check: 4 },
        removing: { is: 'removing', check: 4 },
        range: { is: 'range', settled: '2-5', check: 4 },
      },
    },
    {
      when: 'with what they wrote of the snapshot',
      given: () => [[ownRun], level(5)],
      cells: {
        idle: 'unchanged',
        taken: 'unchanged',
        resultless: { is: 'open', settled: '4-5', check: 4 },
        open: { is: 'open', settled: '0-5', check: 4, written: '+5' },
        interrupted: { is: 'interrupted', settled: '0-5', check: 4, written: '+5' },
        claimed: { is: 'claimed', settled: '0-5', check: 4, written: '+5' },
        shared: { is: 'shared', settled: '0-5', check: 4, written: '+5' },
        failed: { is: 'failed', settled: '0-5', check: 4, written: '+5' },
        removing: { is: 'removing', check: 4, written: '+5' },
        range: { is: 'range', settled: '2-5', check: 4, written: '+5' },
      },
    },
  ],
  claimsDropped: [
    {
      when: 'all at once',
      given: () => [],
      cells: {
        idle: 'unchanged',
        taken: 'unchanged',
        resultless: 'unchanged',
        open: 'unchanged',
        interrupted: 'unchanged',
        claimed: { is: 'open', claimed: '' },
        shared: { is: 'shared', claimed: '' },
        failed: { is: 'failed', claimed: '' },
        removing: 'unchanged',
        range: 'unchanged',
      },
    },
  ],
  givenUp: [
    {
      when: 'by a worker',
      given: () => ['RESULT_EXPIRED'],
      cells: {
        idle: 'unchanged',
        taken: 'unchanged',
        resultless: { is: 'failed', lease: '', failure: 'RESULT_EXPIRED' },
        open: { is: 'failed', lease: '', failure: 'RESULT_EXPIRED' },
        interrupted: { is: 'failed', failure: 'RESULT_EXPIRED' },
        claimed: { is: 'failed', lease: '', failure: 'RESULT_EXPIRED' },
        shared: { is: 'failed', lease: '', failure: 'RESULT_EXPIRED' },
        // The first failure tells why.
        failed: { is: 'failed', lease: '' },
        removing: { is: 'failed', lease: '', failure: 'RESULT_EXPIRED' },
        range: { is: 'range', lease: '', failure: 'RESULT_EXPIRED' },
      },
    },
  ],
  stopAsked: [
    {
      when: 'of the worker of a range',
      given: () => ['RESULT_EXPIRED'],
      cells: {
        idle: 'unchanged',
        taken: 'unchanged',
        resultless: { is: 'failed', failure: 'RESULT_EXPIRED' },
        open: { is: 'failed', failure: 'RESULT_EXPIRED' },
        interrupted: { is: 'failed', failure: 'RESULT_EXPIRED' },
        claimed: { is: 'failed', failure: 'RESULT_EXPIRED' },
        shared: { is: 'failed', failure: 'RESULT_EXPIRED' },
        // The first failure tells why.
        failed: 'unchanged',
        // The only one that is asked: its lease stays until its worker has noticed.
        removing: { is: 'failed', failure: 'RESULT_EXPIRED' },
        range: { is: 'range', failure: 'RESULT_EXPIRED' },
      },
    },
  ],
};

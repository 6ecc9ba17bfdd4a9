import { exampleLease } from '../shapes.js';
import type { TruthTable } from '../truth-table.js';

/** What happens to the lease. The run is left as it is. */
export const leaseRows: Pick<TruthTable, 'leased' | 'renewed' | 'released' | 'shared'> = {
  leased: [
    {
      when: 'by another process',
      given: () => [exampleLease('b', 200)],
      cells: {
        idle: { is: 'taken', lease: 'b until 200 ttl 60', token: 10, lastToken: 10 },
        taken: { is: 'taken', lease: 'b until 200 ttl 60', token: 10, lastToken: 10 },
        resultless: { is: 'resultless', lease: 'b until 200 ttl 60', token: 10, lastToken: 10 },
        open: { is: 'open', lease: 'b until 200 ttl 60', token: 10, lastToken: 10 },
        interrupted: { is: 'open', lease: 'b until 200 ttl 60', token: 10, lastToken: 10 },
        claimed: { is: 'claimed', lease: 'b until 200 ttl 60', token: 10, lastToken: 10 },
        shared: { is: 'claimed', lease: 'b until 200 ttl 60', token: 10, lastToken: 10 },
        failed: { is: 'failed', lease: 'b until 200 ttl 60', token: 10, lastToken: 10 },
        removing: { is: 'removing', lease: 'b until 200 ttl 60', token: 10, lastToken: 10 },
        range: { is: 'range', lease: 'b until 200 ttl 60', token: 10, lastToken: 10 },
      },
    },
  ],
  renewed: [
    {
      when: 'for longer',
      given: () => [200],
      cells: {
        idle: 'unchanged',
        taken: { is: 'taken', lease: 'a until 200 ttl 60' },
        resultless: { is: 'resultless', lease: 'a until 200 ttl 60' },
        open: { is: 'open', lease: 'a until 200 ttl 60' },
        interrupted: 'unchanged',
        claimed: { is: 'claimed', lease: 'a until 200 ttl 60' },
        shared: { is: 'shared', lease: 'a until 200 ttl 60 shared by j0 from 4' },
        failed: { is: 'failed', lease: 'a until 200 ttl 60' },
        removing: { is: 'removing', lease: 'a until 200 ttl 60' },
        range: { is: 'range', lease: 'a until 200 ttl 60' },
      },
    },
    {
      when: 'by a clock that was set back',
      given: () => [50],
      cells: {
        idle: 'unchanged',
        taken: { is: 'taken', lease: 'a until 50 ttl 60' },
        resultless: { is: 'resultless', lease: 'a until 50 ttl 60' },
        open: { is: 'open', lease: 'a until 50 ttl 60' },
        interrupted: 'unchanged',
        claimed: { is: 'claimed', lease: 'a until 50 ttl 60' },
        shared: 'unchanged',
        failed: { is: 'failed', lease: 'a until 50 ttl 60' },
        removing: { is: 'removing', lease: 'a until 50 ttl 60' },
        range: { is: 'range', lease: 'a until 50 ttl 60' },
      },
    },
  ],
  released: [
    {
      when: 'by its holder',
      given: () => [],
      cells: {
        idle: 'unchanged',
        taken: { is: 'idle', lease: '' },
        resultless: { is: 'resultless', lease: '' },
        open: { is: 'interrupted', lease: '' },
        interrupted: 'unchanged',
        claimed: { is: 'claimed', lease: '' },
        shared: { is: 'claimed', lease: '' },
        failed: { is: 'failed', lease: '' },
        removing: { is: 'removing', lease: '' },
        range: { is: 'range', lease: '' },
      },
    },
  ],
  shared: [
    {
      when: 'for a length of its own',
      given: () => [900],
      cells: {
        idle: 'unchanged',
        taken: { is: 'taken', lease: 'a until 100 ttl 900 shared' },
        resultless: { is: 'resultless', lease: 'a until 100 ttl 900 shared' },
        open: { is: 'shared', lease: 'a until 100 ttl 900 shared' },
        interrupted: 'unchanged',
        claimed: { is: 'shared', lease: 'a until 100 ttl 900 shared' },
        shared: { is: 'shared', lease: 'a until 100 ttl 900 shared' },
        failed: { is: 'failed', lease: 'a until 100 ttl 900 shared' },
        removing: { is: 'removing', lease: 'a until 100 ttl 900 shared' },
        range: { is: 'range', lease: 'a until 100 ttl 900 shared' },
      },
    },
    {
      when: 'by a begin() that can be called again',
      given: () => [900, { id: 'j1', firstRow: 4 }],
      cells: {
        idle: 'unchanged',
        taken: { is: 'taken', lease: 'a until 100 ttl 900 shared by j1 from 4' },
        resultless: { is: 'resultless', lease: 'a until 100 ttl 900 shared by j1 from 4' },
        open: { is: 'shared', lease: 'a until 100 ttl 900 shared by j1 from 4' },
        interrupted: 'unchanged',
        claimed: { is: 'shared', lease: 'a until 100 ttl 900 shared by j1 from 4' },
        shared: { is: 'shared', lease: 'a until 100 ttl 900 shared by j1 from 4' },
        failed: { is: 'failed', lease: 'a until 100 ttl 900 shared by j1 from 4' },
        removing: { is: 'removing', lease: 'a until 100 ttl 900 shared by j1 from 4' },
        range: { is: 'range', lease: 'a until 100 ttl 900 shared by j1 from 4' },
      },
    },
  ],
};

import type { TruthTable } from '../truth-table.js';
import { backfillRows } from './backfill-rows.js';
import { beginRows } from './begin-rows.js';
import { changesRows } from './changes-rows.js';
import { endRows } from './end-rows.js';
import { leaseRows } from './lease-rows.js';
import { rangeRows } from './range-rows.js';

/** What every transition does to a record of every shape. */
export const truthTable: TruthTable = {
  ...leaseRows,
  ...beginRows,
  ...endRows,
  ...rangeRows,
  ...changesRows,
  ...backfillRows,
};

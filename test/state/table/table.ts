import type { TruthTable } from '../truth-table.js';
import { backfillRows } from './backfill-rows.js';
import { leaseRows } from './lease-rows.js';
import { rangeRows } from './range-rows.js';
import { runRows } from './run-rows.js';

/** What every transition does to a record of every shape. */
export const truthTable: TruthTable = { ...leaseRows, ...runRows, ...rangeRows, ...backfillRows };

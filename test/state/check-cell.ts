import { isSnowmeltError } from '../../src/errors/errors.js';
import type { ErrorCode } from '../../src/errors/errors.js';
import type { SyncState } from '../../src/state/sync-state.js';
import * as transitions from '../../src/state/transitions.js';
import { factsOf, type Facts } from './facts.js';
import { examples, type Shape } from './shapes.js';
import { truthTable } from './table/table.js';
import type { Case, Cell, NameOf, Transitions } from './truth-table.js';

/** The name of a transition. */
export type TransitionName = NameOf<Transitions>;

/** A transition with arguments of its own, which its row has checked. */
type Move = (state: SyncState, ...given: readonly unknown[]) => SyncState;

/** One row of the table with the transition that it is about. */
export interface TableRow {
  readonly name: TransitionName;
  readonly row: Case<readonly unknown[]>;
}

/** Every row of the table. */
export const tableRows: readonly TableRow[] = (Object.keys(truthTable) as TransitionName[]).flatMap((name) =>
  truthTable[name].map((row) => ({ name, row })),
);

/** Freezes a value and all it holds: a transition that changes its input throws. */
export function deepFreeze<T>(value: T): T {
  if (typeof value === 'object' && value !== null) {
    Object.values(value).forEach(deepFreeze);
    Object.freeze(value);
  }
  return value;
}

/** What comes out of a row for a record of a shape. */
export function outcome({ name, row }: TableRow, shape: Shape): SyncState | { readonly error: ErrorCode } {
  const before = deepFreeze(structuredClone(examples[shape]));
  try {
    return (transitions[name] as Move)(before, ...deepFreeze(row.given(before)));
  } catch (error) {
    if (!isSnowmeltError(error)) throw error;
    return { error: error.code };
  }
}

/** What a cell says that comes out. */
export function promised(cell: Cell, shape: Shape): Facts | { readonly error: ErrorCode } {
  if (cell === 'unchanged') return factsOf(examples[shape]);
  return 'error' in cell ? cell : ({ ...factsOf(examples[shape]), ...cell } as Facts);
}

import { expectTypeOf, test } from 'vitest';
import type { SyncState } from '../../src/state/sync-state.js';
import { truthTable } from './table/table.js';
import type { Case, NameOf, Transitions, TruthTable } from './truth-table.js';

type More = Transitions & { readonly seeded: (state: SyncState, from: number) => SyncState };

const [released] = truthTable.released;
const { range, ...cells } = released.cells;
const aCase = (given: Case<[]>): Case<[]> => given;
const aTable = (given: TruthTable<More>): TruthTable<More> => given;

test('a transition is what is exported, but for the function that moves nothing', () => {
  expectTypeOf<NameOf<More>>().toEqualTypeOf<keyof typeof truthTable | 'seeded'>();
});

test('a cell that nobody filled in does not compile', () => {
  aCase({ ...released, cells: { ...cells, range } });
  // @ts-expect-error no cell for the record of a range
  aCase({ ...released, cells });
  // @ts-expect-error a shape that no record has
  aCase({ ...released, cells: { ...cells, range, seeded: 'unchanged' } });
});

test('a transition without a row does not compile', () => {
  aTable({ ...truthTable, seeded: [{ ...released, given: () => [5] }] });
  // @ts-expect-error no row for `seeded`
  aTable(truthTable);
  // @ts-expect-error a row without a case
  aTable({ ...truthTable, seeded: [] });
  // @ts-expect-error arguments that it does not take
  aTable({ ...truthTable, seeded: [{ ...released, given: () => ['5'] }] });
  // @ts-expect-error no such function
  aTable({ ...truthTable, seeded: [{ ...released, given: () => [5] }], sown: truthTable.released });
});

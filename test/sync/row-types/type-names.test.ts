import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { typeNames } from '../../../src/sync/row-types/type-names.js';

const names = (...syncs: string[]): string[] => [...typeNames(syncs).values()];

describe('the name of a row type', () => {
  it('is that of the sync, in capitals', () => {
    expect(names('people', 'new-orders', 'a_b-c', '2fa', 'x')).toEqual([
      'PeopleRow',
      'NewOrdersRow',
      'ABCRow',
      '_2faRow',
      'XRow',
    ]);
  });

  it('keeps the separators of names that would be one, in any order', () => {
    expect(names('new-orders', 'new_orders')).toEqual(['New$ordersRow', 'New_ordersRow']);
    expect(names('new_orders', 'new-orders')).toEqual(['New_ordersRow', 'New$ordersRow']);
    expect(names('neworders', 'new-orders')).toEqual(['NewordersRow', 'NewOrdersRow']);
    expect(names('a', 'a-', 'a--')).toEqual(['ARow', 'A$Row', 'A$$Row']);
  });

  it('is an identifier, and no other sync has it', () => {
    const name = fc.stringMatching(/^[ab12][ab12_-]{0,5}$/);
    fc.assert(
      fc.property(fc.uniqueArray(name, { maxLength: 12 }), (syncs) => {
        const all = names(...syncs);
        expect(new Set(all).size).toBe(syncs.length);
        expect(all.filter((each) => !/^[A-Za-z_$][\w$]*$/.test(each))).toEqual([]);
        // Whichever sync is named first.
        expect(typeNames([...syncs].reverse())).toEqual(typeNames(syncs));
      }),
      { numRuns: 500 },
    );
  });
});

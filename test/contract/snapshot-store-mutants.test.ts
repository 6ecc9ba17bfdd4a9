import { testSnapshotStore } from 'snowmelt/testing';
import { describe, expect, it } from 'vitest';
import { collectContract } from './collect-contract.js';
import { failureOf } from './failure-of.js';
import { MemoryMutant } from './mutants/snapshot-stores/memory-mutant.js';
import { snapshotStoreMutants } from './mutants/snapshot-stores/snapshot-store-mutants.js';

testSnapshotStore({
  describe,
  it,
  name: 'the frame of the mutants',
  create: () => {
    const store = new MemoryMutant();
    const takeAway = async (): Promise<void> => {
      store.isAway = true;
    };
    return { store, capabilities: { reopen: () => store, takeAway } };
  },
});

const linesOf = (create: (typeof snapshotStoreMutants)[number]['create']) =>
  collectContract((runner) => testSnapshotStore({ ...runner, name: 'mutant', create }));

describe('the contract of a snapshot store catches a store that', () => {
  it.each(snapshotStoreMutants)('$fault', async ({ create, caughtBy }) => {
    const catching = linesOf(create).filter((test) => caughtBy.test(test.name));
    expect(catching).toHaveLength(1);
    // A mutant may also hang a line; the named one has to fail by itself.
    for (const test of catching) await failureOf(test, 'a snapshot store');
  });

  it('has a mutant for every line', () => {
    const lines = linesOf(() => ({ store: new MemoryMutant() })).map(({ name }) => name);
    const caught = (line: string) => snapshotStoreMutants.some(({ caughtBy }) => caughtBy.test(line));
    expect(lines.filter((line) => !caught(line))).toEqual([]);
  });
});

describe('the contract of a snapshot store', () => {
  it('shows the lines that it skips, and why', async () => {
    const skipped: unknown[] = [];
    for (const line of linesOf(() => ({ store: new MemoryMutant() }))) {
      await line.body({ skip: (why: string) => skipped.push(`${line.name}: ${why}`) });
    }
    expect(skipped).toEqual([
      'shows an object to every store over the same ones: no capability `reopen`',
      'fails when it cannot be reached, instead of being empty: no capability `takeAway`',
    ]);
  });
});

import { testStateStore } from 'snowmelt/testing';
import { describe, expect, it } from 'vitest';
import { collectContract } from './collect-contract.js';
import { failureOf } from './failure-of.js';
import { MemoryMutant } from './mutants/state-stores/memory-mutant.js';
import { stateStoreMutants } from './mutants/state-stores/state-store-mutants.js';

testStateStore({ describe, it, name: 'the frame of the mutants', create: () => ({ store: new MemoryMutant() }) });

describe('the contract of a state store catches a store that', () => {
  it.concurrent.each(stateStoreMutants)('$fault', async ({ create, caughtBy }) => {
    const tests = collectContract((runner) => testStateStore({ ...runner, name: 'mutant', create }));
    const catching = tests.filter((test) => caughtBy.test(test.name));
    expect(catching.length).toBeGreaterThan(0);
    // A mutant may also hang a line; the named one has to fail by itself.
    for (const test of catching) await failureOf(test, 'a state store');
  });

  it('has a mutant for every line', () => {
    const create = () => ({ store: new MemoryMutant() });
    const lines = collectContract((runner) => testStateStore({ ...runner, name: 'any', create })).map(
      ({ name }) => name,
    );
    const caught = (line: string): boolean => stateStoreMutants.some(({ caughtBy }) => caughtBy.test(line));
    expect(lines.filter((line) => !caught(line))).toEqual([]);
  });
});

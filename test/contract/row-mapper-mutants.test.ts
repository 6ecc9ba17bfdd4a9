import { describe, expect, it } from 'vitest';
import { testRowMapper } from 'snowmelt/testing';
import { collectContract } from './collect-contract.js';
import { failureOf } from './failure-of.js';
import { RowMapperFrame, underTest } from './mutants/row-mappers/row-mapper-frame.js';
import { rowMapperMutants } from './mutants/row-mappers/row-mapper-mutants.js';

const frame = { name: 'the frame of the mutants', create: () => underTest(new RowMapperFrame()) };
testRowMapper({ describe, it, ...frame });

describe('the contract of a row mapper catches a mapper that', () => {
  it.each(rowMapperMutants)('$fault', async ({ make, caughtBy }) => {
    const create = () => underTest(make());
    const tests = collectContract((runner) => testRowMapper({ ...runner, name: 'mutant', create }));
    const catching = tests.filter((test) => caughtBy.test(test.name));
    expect(catching).toHaveLength(1);
    await failureOf(catching[0]!, 'a row mapper');
  });

  it('has a mutant for every line', () => {
    const lines = collectContract((runner) => testRowMapper({ ...runner, ...frame })).map(({ name }) => name);
    expect(lines.filter((line) => !rowMapperMutants.some(({ caughtBy }) => caughtBy.test(line)))).toEqual([]);
  });
});

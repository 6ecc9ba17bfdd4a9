import { describe, expect, it } from 'vitest';
import type { Message } from 'snowmelt';
import { sinkMessage, testSink } from 'snowmelt/testing';
import { collectContract } from './collect-contract.js';
import { failureOf } from './failure-of.js';
import { SinkFrame, underTest } from './mutants/sinks/sink-frame.js';
import { sinkMutants } from './mutants/sinks/sink-mutants.js';

const frame = { name: 'the frame of the mutants', message: sinkMessage, create: () => underTest(new SinkFrame()) };
testSink<Message>({ describe, it, ...frame });

describe('the contract of a sink catches a sink that', () => {
  it.concurrent.each(sinkMutants)('$fault', async ({ make, caughtBy }) => {
    const create = () => underTest(make());
    const tests = collectContract((runner) => testSink({ ...runner, name: 'mutant', message: sinkMessage, create }));
    const catching = tests.filter((test) => caughtBy.test(test.name));
    expect(catching).toHaveLength(1);
    await failureOf(catching[0]!, 'a sink');
  });

  it('has a mutant for every line', () => {
    const lines = collectContract((runner) => testSink({ ...runner, ...frame })).map(({ name }) => name);
    expect(lines.filter((line) => !sinkMutants.some(({ caughtBy }) => caughtBy.test(line)))).toEqual([]);
  });
});

import { describe, expect, it } from 'vitest';
import type { Source } from 'snowmelt';
import { testSource } from 'snowmelt/testing';
import { collectContract } from './collect-contract.js';
import { failureOf } from './failure-of.js';
import { SourceFrame, underTest } from './mutants/sources/source-frame.js';
import { sourceMutants } from './mutants/sources/source-mutants.js';
import { statements, type Warehouse } from './mutants/sources/warehouse.js';

const frame = (warehouse: Warehouse) => new SourceFrame(warehouse);
testSource({ describe, it, ...statements, name: 'the frame of the mutants', create: () => underTest(frame) });

const linesOf = (make: (warehouse: Warehouse) => SourceFrame) =>
  collectContract((runner) => testSource({ ...runner, ...statements, name: 'mutant', create: () => underTest(make) }));

describe('the contract of a source catches a source that', () => {
  it.concurrent.each(sourceMutants)('$fault', async ({ make, caughtBy }) => {
    const catching = linesOf(make).filter((test) => caughtBy.test(test.name));
    expect(catching).toHaveLength(1);
    await failureOf(catching[0]!, 'a source');
  });

  it('has a mutant for every line', () => {
    const lines = linesOf(frame).map(({ name }) => name);
    expect(lines.filter((line) => !sourceMutants.some(({ caughtBy }) => caughtBy.test(line)))).toEqual([]);
  });
});

describe('the contract of a source', () => {
  const skipping = async (lines: ReturnType<typeof collectContract>): Promise<string[]> => {
    const reasons: string[] = [];
    await Promise.all(lines.map(({ body }) => body({ skip: (reason: string) => reasons.push(reason) })));
    return [...new Set(reasons)].sort();
  };

  it('skips no line of a source that can do everything', async () => {
    expect(await skipping(linesOf(frame))).toEqual([]);
  });

  it('skips what a source cannot do, and says what is missing', async () => {
    const { counting, refused, rows } = statements;
    const bare = () => {
      const whole = new SourceFrame();
      const source: Source = {
        execute: (statement, options) => whole.execute(statement, options),
        reopen: (ref, options) => whole.reopen(ref, options),
        now: (options) => whole.now(options),
        close: () => whole.close(),
      };
      return { source };
    };
    const lines = collectContract((runner) =>
      testSource({ ...runner, counting, refused, rows, types: false, name: 'bare', create: bare }),
    );
    expect(await skipping(lines)).toEqual([
      'no capability `another`',
      'no capability `expire`',
      'no capability `reorder`',
      'no capability `secret`',
      'no capability `slow`',
      'no member `Symbol.asyncDispose`',
      'no member `describe`',
    ]);
    const declared = lines.map(({ name }) => name).filter((name) => name.includes('(skipped'));
    expect(declared).toHaveLength(7);
    expect(declared).toContain('binds true and false (skipped: no option `echo`)');
    expect(declared).toContain('gives every value as the wire text of its type (skipped: no option `types`)');
  });
});

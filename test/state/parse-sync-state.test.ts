import { describe, expect, it } from 'vitest';
import { parseSyncState } from '../../src/state/parse-sync-state.js';
import { examples, exampleLease, exampleRun, type Shape } from './shapes.js';

type Plain = Record<string, unknown>;

function parsed(record: unknown): unknown {
  return parseSyncState('people', JSON.stringify(record), 'a test');
}

/** The record as version 2 had it. */
function asVersion2(given: Plain): Plain {
  const { backfills, ...record } = given;
  delete record['lastToken'];
  const plain = (backfills as Plain[] | undefined)?.map(({ runId, from, to }) => ({ runId, from, to }));
  return { ...record, schema: 2, backfills: plain };
}

describe('a record of version 2', () => {
  it.each(Object.keys(examples) as Shape[])('that is %s stays what it is', (shape) => {
    const { backfills, ...now } = examples[shape];
    const lastToken = now.fencingToken;
    // Nobody knows how old it is: it begins anew when it is asked for again.
    const noted = backfills?.map(({ runId, from }) => ({ runId, from, notedAt: 0 }));
    expect(parsed(asVersion2(examples[shape] as unknown as Plain))).toEqual({ ...now, lastToken, backfills: noted });
  });

  it('keeps each of its backfills, with both times', () => {
    const plain = asVersion2(examples.idle as unknown as Plain);
    delete plain['backfills'];
    const two = [
      { runId: 'b1', from: 0 },
      { runId: 'b2', from: 5, to: 9 },
    ];
    expect(parsed({ ...plain, backfills: two })).toMatchObject({
      backfills: [
        { runId: 'b1', from: 0, notedAt: 0 },
        { runId: 'b2', from: 5, to: 9, notedAt: 0 },
      ],
    });
    expect(parsed(plain)).toHaveProperty('backfills', undefined);
  });

  it.each([[null], [3], ['b1'], [[]], [{ from: 0 }]])('with the backfill %j is refused', (entry) => {
    const record = { ...asVersion2(examples.idle as unknown as Plain), backfills: [entry] };
    expect(() => parsed(record)).toThrow(expect.objectContaining({ code: 'STATE_UNREADABLE' }));
  });
});

describe('a record of version 1', () => {
  it('loses the run that was open, and comes to the present in two steps', () => {
    const { backfills, ...idle } = asVersion2(examples.idle as unknown as Plain);
    const run = { runId: 'r1', rowNumber: 4 };
    expect(parsed({ ...idle, schema: 1, backfills, run, lease: exampleLease('a', 1) })).toEqual({
      ...examples.idle,
      lastToken: 7,
      backfills: [{ runId: 'b1', from: 0, notedAt: 0 }],
    });
  });
});

describe('a record of another version', () => {
  it.each([[0], [4], ['3'], [2.5], [undefined]])('%j is refused', (schema) => {
    const record = { ...examples.open, run: exampleRun, schema };
    expect(() => parsed(record)).toThrow(expect.objectContaining({ code: 'STATE_UNREADABLE' }));
  });
});

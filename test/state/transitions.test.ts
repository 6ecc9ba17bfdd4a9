import { describe, expect, it } from 'vitest';
import { parseSyncState } from '../../src/state/parse-sync-state.js';
import * as transitions from '../../src/state/transitions.js';
import { outcome, promised, tableRows } from './check-cell.js';
import { factsOf } from './facts.js';
import { examples, shapeOf, type Shape } from './shapes.js';
import type { Cell } from './truth-table.js';

const shapes = Object.keys(examples) as Shape[];
const cells = tableRows.flatMap(({ name, row }) => shapes.map((shape) => ({ name, row, shape, when: row.when })));

/** Throws unless the cell tells exactly what comes out. */
function check({ name, row, shape }: (typeof cells)[number], cell: Cell): void {
  const after = outcome({ name, row }, shape);
  expect('error' in after ? after : factsOf(after)).toEqual(promised(cell, shape));
  if (cell === 'unchanged') expect(after).toEqual(examples[shape]);
}

describe('the examples', () => {
  it.each(shapes)('have one that is %s, as a store would keep it', (shape) => {
    expect(shapeOf(examples[shape])).toBe(shape);
    expect(parseSyncState('people', JSON.stringify(examples[shape]), 'a test')).toEqual(examples[shape]);
  });

  it('begin with a record that is idle and has nothing', () => {
    const nothing = { is: 'idle', token: 0, lastSyncTime: 0, lease: '', run: '', history: '', backfills: '' };
    expect(factsOf(transitions.emptyState())).toMatchObject(nothing);
  });
});

describe('the table', () => {
  it.each(cells)('tells what $name, $when, does to a record that is $shape', (place) => {
    check(place, place.row.cells[place.shape]);
  });

  it('has a row for every function that moves a record', () => {
    const moving = Object.keys(transitions).filter((name) => name !== 'emptyState');
    expect(new Set(tableRows.map(({ name }) => name))).toEqual(new Set(moving));
  });

  // A table that agrees with everything would tell nothing.
  it.each(cells)('is refused where it says something else of $name, $when, for $shape', (place) => {
    const right = place.row.cells[place.shape];
    const other: Cell = right === 'unchanged' ? { is: place.shape, token: 99 } : 'unchanged';
    const wrong: Cell[] = [
      other,
      { error: 'BOOKS_UNBALANCED' },
      { is: place.shape === 'failed' ? 'open' : 'failed', history: '?' },
    ];
    for (const cell of wrong) expect(() => check(place, cell)).toThrow();
    if (right === 'unchanged' || 'error' in right) return;
    // A fact that has changed and is not told.
    for (const fact of Object.keys(right)) {
      const { [fact as keyof typeof right]: told, ...rest } = right;
      if (fact === 'is' || told === factsOf(examples[place.shape])[fact as keyof typeof right]) continue;
      expect(() => check(place, rest as Cell)).toThrow();
    }
  });
});

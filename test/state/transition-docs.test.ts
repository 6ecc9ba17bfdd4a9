import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import * as transitions from '../../src/state/transitions.js';
import { root } from '../structure/source-files.js';
import { outcome, tableRows } from './check-cell.js';
import { examples, shapeOf, type Shape } from './shapes.js';

/** An arrow of the diagram with one of its names. */
interface Arrow {
  readonly from: string;
  readonly to: string;
  readonly name: string;
}

/** The section of the page that is under a title of the second level. */
function sectionOf(page: string, title: string): string {
  return page.split(/^## /m).find((text) => text.startsWith(`${title}\n`)) ?? '';
}

function arrowsOf(section: string): Arrow[] {
  return [...section.matchAll(/^ {2}(\S+) --> (\S+): (.+)$/gm)].flatMap(([, from = '', to = '', names = '']) =>
    names.split(', ').map((name) => ({ from, to, name })),
  );
}

/** Arrows that are no cell of the table, and names of the functions that have no arrow. */
function faultsOf(arrows: readonly Arrow[]): string[] {
  const isTrue = ({ from, to, name }: Arrow): boolean => {
    if (from === '[*]') return name === 'emptyState' && to === shapeOf(transitions.emptyState());
    if (!(from in examples)) return false;
    const rows = tableRows.filter((row) => row.name === name);
    return rows.some((row) => {
      const after = outcome(row, from as Shape);
      return !('error' in after) && shapeOf(after) === to;
    });
  };
  const drawn = new Set(arrows.map(({ name }) => name));
  return [
    ...arrows.filter((arrow) => !isTrue(arrow)).map(({ from, to, name }) => `${from} --> ${to}: ${name}`),
    ...Object.keys(transitions).filter((name) => !drawn.has(name)),
  ];
}

describe('"What may happen to the record" of docs/delivery.md', () => {
  const section = sectionOf(readFileSync(join(root, 'docs/delivery.md'), 'utf8'), 'What may happen to the record');
  const arrows = arrowsOf(section);

  it('draws every transition, and no arrow that is none', () => {
    expect(faultsOf(arrows)).toEqual([]);
  });

  it('says what every box is, and draws it', () => {
    const boxes = new Set(arrows.flatMap(({ from, to }) => [from, to]).filter((box) => box !== '[*]'));
    expect(boxes).toEqual(new Set(Object.keys(examples)));
    expect(new Set([...section.matchAll(/^\| `(\w+)`/gm)].map(([, box]) => box))).toEqual(boxes);
  });

  it.each([
    ['open', 'idle', 'sown'],
    ['open', 'shared', 'leased'],
    ['opened', 'idle', 'committed'],
    ['[*]', 'taken', 'emptyState'],
    ['claimed', 'failed', 'claimed'],
  ])('would be refused with the arrow %s --> %s: %s', (from, to, name) => {
    expect(faultsOf([...arrows, { from, to, name }])).toEqual([`${from} --> ${to}: ${name}`]);
  });

  it.each(Object.keys(transitions))('would be refused without %s', (name) => {
    expect(faultsOf(arrows.filter((arrow) => arrow.name !== name))).toEqual([name]);
  });
});

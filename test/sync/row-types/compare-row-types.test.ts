import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { format } from 'prettier';
import type { Column, RowType } from 'snowmelt';
import { defineMapper } from 'snowmelt';
import { compareRowTypes } from '../../../src/sync/row-types/compare-row-types.js';
import { declarations } from '../../../src/sync/row-types/declarations.js';

const mapper = defineMapper(() => undefined);

/** `ID: fixed(10)`, `NAME: text?`. */
function column(text: string): Column {
  const [, name = '', type, digits, mark] = /^(.+): (\w+?)(?:\((\d+)\))?(\?)?$/.exec(text) ?? [];
  return {
    name,
    type: type as Column['type'],
    nullable: mark === '?',
    ...(digits === undefined ? {} : { precision: Number(digits), scale: 0 }),
  };
}

function row(sync: string, columns: readonly string[], name = `${sync}Row`): RowType {
  return { sync, name, fields: mapper.rowFields?.(columns.map(column)) ?? [] };
}

const text = (...types: RowType[]): string => declarations(types);

/** What is told of one sync whose columns were others. */
function told(before: readonly string[], now: readonly string[]): (string | undefined)[][] {
  return compareRowTypes(text(row('p', before)), text(row('p', now))).map(({ kind, column: name }) => [kind, name]);
}

const people = ['ID: fixed(38)', 'NAME: text?', 'PLAN: text?', 'SEEN: timestamp_ntz'];

describe('a file of row types, compared', () => {
  it('is up to date when nothing changed', () => {
    expect(told(people, people)).toEqual([]);
  });

  it('tells of columns that are gone and new', () => {
    expect(told(people, people.slice(1))).toEqual([['column-gone', 'ID']]);
    expect(told(people, [...people, 'AGE: fixed(3)'])).toEqual([['column-new', 'AGE']]);
    expect(told(people, ['AGE: fixed(3)', ...people])).toEqual([['column-new', 'AGE']]);
  });

  it('tells of a new name where the place and the type are those of the old one', () => {
    expect(told(people, ['ID: fixed(38)', 'FULL_NAME: text?', 'PLAN: text?', 'SEEN: timestamp_ntz'])).toEqual([
      ['column-renamed', 'NAME'],
    ]);
    const both = ['ID: fixed(38)', 'FULL_NAME: text?', 'TIER: text?', 'SEEN: timestamp_ntz'];
    expect(told(people, both)).toEqual([
      ['column-renamed', 'NAME'],
      ['column-renamed', 'PLAN'],
    ]);
    expect(told(['A: text', 'B: text'], ['C: text', 'D: text'])).toEqual([
      ['column-renamed', 'A'],
      ['column-renamed', 'B'],
    ]);
  });

  it('guesses no new name', () => {
    // Another type, another place, another number of columns.
    expect(told(people, ['ID: fixed(38)', 'AGE: fixed(3)', 'PLAN: text?', 'SEEN: timestamp_ntz'])).toEqual([
      ['column-gone', 'NAME'],
      ['column-new', 'AGE'],
    ]);
    expect(told(people, ['ID: fixed(38)', 'PLAN: text?', 'SEEN: timestamp_ntz', 'FULL_NAME: text?'])).toEqual([
      ['column-gone', 'NAME'],
      ['column-new', 'FULL_NAME'],
    ]);
    expect(told(['A: text', 'B: text'], ['A: text', 'C: text', 'D: text'])).toEqual([
      ['column-gone', 'B'],
      ['column-new', 'C'],
      ['column-new', 'D'],
    ]);
  });

  it('tells of another type and of another nullability', () => {
    expect(told(['A: text'], ['A: boolean'])).toEqual([['column-type', 'A']]);
    expect(told(['A: fixed(10)'], ['A: fixed(20)'])).toEqual([['column-type', 'A']]);
    expect(told(['A: fixed(10)'], ['A: fixed(12)'])).toEqual([['column-type', 'A']]);
    expect(told(['A: text'], ['A: text?'])).toEqual([['column-null', 'A']]);
    expect(told(['A: text?'], ['A: text'])).toEqual([['column-null', 'A']]);
    expect(told(['A: variant'], ['A: variant?'])).toEqual([['column-null', 'A']]);
    const [difference] = compareRowTypes(text(row('p', ['A: fixed(10)'])), text(row('p', ['A: fixed(20)?'])));
    expect(difference?.message).toBe(
      'p: column "A" was number (NUMBER(10,0) NOT NULL) and is number | string | null (NUMBER(20,0)).',
    );
  });

  it('tells of a field that may be left out', () => {
    const omitting = defineMapper(() => undefined, { nulls: 'omit' });
    const now = { ...row('p', []), fields: omitting.rowFields?.([column('A: text?')]) ?? [] };
    expect(compareRowTypes(text(row('p', ['A: text?'])), text(now)).map(({ kind }) => kind)).toEqual(['column-null']);
  });

  it('tells of syncs and of names of types', () => {
    const [one, other] = [row('one', ['A: text']), row('other', ['A: text'])];
    expect(compareRowTypes(text(one), text(one, other)).map(({ kind, sync }) => [kind, sync])).toEqual([
      ['sync-new', 'other'],
    ]);
    expect(compareRowTypes(text(one, other), text(other)).map(({ kind, sync }) => [kind, sync])).toEqual([
      ['sync-gone', 'one'],
    ]);
    const renamed = row('one', ['A: text'], 'One$Row');
    expect(compareRowTypes(text(one), text(renamed)).map(({ kind }) => kind)).toEqual(['type-renamed']);
  });

  it('does not mind the order, nor how it is formatted', async () => {
    const [one, other] = [
      row('one', ['A: text', 'a b: fixed(38)?', 'C: vector?']),
      row('other', ["it's: variant", String.raw`7\"x: text`]),
    ];
    expect(compareRowTypes(text(other, one), text(one, other))).toEqual([]);
    expect(told(['A: text', 'B: real'], ['B: real', 'A: text'])).toEqual([]);
    const file = text(one, other);
    for (const options of [
      { singleQuote: true, semi: false },
      { singleQuote: false, printWidth: 40, quoteProps: 'consistent' },
      { useTabs: true, bracketSpacing: false },
    ] as const) {
      const formatted = await format(file, { ...options, parser: 'typescript' });
      expect(formatted).not.toBe(file);
      expect(compareRowTypes(formatted, file)).toEqual([]);
      expect(compareRowTypes(file, formatted)).toEqual([]);
    }
    expect(compareRowTypes(file.replaceAll('\n', '\r\n').replace(/;(?=\r\n[ }])/g, ','), file)).toEqual([]);
  });

  it('is read back with any names of columns', () => {
    const name = fc.oneof(
      fc.string({ unit: 'binary', minLength: 1 }),
      fc.constantFrom(
        '*/',
        "it's",
        '"',
        '\\',
        String.raw`a\"b`,
        String.raw`a\\"b`,
        String.raw`a\'b`,
        '\n',
        '// x',
        '/** A */',
        ', column "B"',
        '}',
        'true',
        '\u2028',
        '\u202e',
        'ÄÖ',
        '1a',
      ),
    );
    const fields = fc.uniqueArray(name, { maxLength: 6 }).map((columns) => ({
      ...row('p', []),
      fields: mapper.rowFields?.(columns.map((each) => ({ ...column('A: text?'), name: each }))) ?? [],
    }));
    fc.assert(
      fc.property(fields, fields, (before, now) => {
        expect(compareRowTypes(text(before), text(before))).toEqual([]);
        const names = (each: RowType): Set<string> => new Set(each.fields.map((field) => field.name));
        const differ =
          [...names(before)].some((each) => !names(now).has(each)) || names(before).size !== names(now).size;
        expect(compareRowTypes(text(before), text(now)).length > 0).toBe(differ);
      }),
      { numRuns: 500 },
    );
  });

  it.each<[string, (file: string) => string]>([
    ['another file', () => 'export const a = 1;\n'],
    ['an empty one', () => ' '],
    ['a type by hand', (file) => `${file}\nexport type Mine = { readonly A: string };\n`],
    ['a field by hand', (file) => file.replace('};', '  readonly mine: string;\n};')],
    ['an import taken out', (file) => file.replace(/import .*\n/, '')],
    ['a file cut off', (file) => file.slice(0, -4)],
    ['a merge that was not solved', (file) => file.replace('/** A row', '<<<<<<< HEAD\n/** A row')],
  ])('is not taken for one when it is %s', (_name, change) => {
    const file = text(row('p', ['A: variant', 'B: text']));
    expect(compareRowTypes(change(file), file).map(({ kind }) => kind)).toEqual(['file']);
  });
});

import { beforeAll, describe, expect, it } from 'vitest';
import { recordMakers, type RecordMaker } from './record-makers.js';
import { filesBelow } from './source-files.js';

/** What may make records, and why. */
const allowed: readonly string[] = [
  'src/state/transitions.ts',
  // Examples for a store to keep; no sync ever sees them.
  'src/testing/contracts/state-store/sample-records.ts',
];

const imports = `
import type { LeaseKeeper } from '../record/lease-keeper.js';
import type { StoredState } from '../../state/state-store.js';
import type { SyncState } from '../../state/sync-state.js';
import { released } from '../../state/transitions.js';
declare const state: SyncState;
declare const keeper: LeaseKeeper;
declare const stored: StoredState | undefined;
`;

const forgeries: readonly (readonly [how: RecordMaker['how'], what: string, code: string])[] = [
  [
    'literal',
    'a new one',
    `export const made: SyncState = { schema: 3, lastSyncTime: 0, fencingToken: 0, lastToken: 0, history: [] };`,
  ],
  [
    'literal',
    'one that a function gives',
    `export function make(): SyncState { return { schema: 3, lastSyncTime: 0, fencingToken: 0, lastToken: 0, history: [] }; }`,
  ],
  [
    'literal',
    'one of no type, passed on',
    `const made = { schema: 3 as const, lastSyncTime: 0, fencingToken: 0, lastToken: 0, history: [] };\nexport const given = released(made);`,
  ],
  [
    'spread',
    'one of what is left of another',
    `const { lease, ...rest } = state;\nexport const made = { ...rest, history: [], run: undefined };\nvoid lease;`,
  ],
  [
    'literal',
    'one of the fields of another',
    `const { schema, lastSyncTime, fencingToken, lastToken, history } = state;\nexport const made = { schema, lastSyncTime, fencingToken, lastToken, history };`,
  ],
  [
    'literal',
    'one of parts',
    `const { schema, lastSyncTime } = state;\nconst [one, other] = [{ schema, lastSyncTime }, { fencingToken: 0, lastToken: 0, history: [] }];\nexport const made = { ...one, ...other };`,
  ],
  [
    'literal',
    'one in a list',
    `export const some: SyncState[] = [{ schema: 3, lastSyncTime: 0, fencingToken: 0, lastToken: 0, history: [] }];`,
  ],
  ['spread', 'a changed one', `export const made: SyncState = { ...state, lease: undefined };`],
  [
    'spread',
    'one changed in a callback that names no type',
    `export const done = keeper.update((it) => ({ ...it, run: undefined }));`,
  ],
  ['spread', 'one that may be missing', `export const made = { ...stored?.value, run: undefined };`],
  ['spread', 'more than a record', `export const made = { name: 'people', ...state };`],
  ['assertion', 'what JSON holds', `export const made = JSON.parse('{}') as SyncState;`],
  ['assertion', 'one that may be missing', `export const made = JSON.parse('{}') as SyncState | undefined;`],
  ['assignment', 'one changed in place', `state.lease = undefined;\nexport {};`],
  ['assignment', 'a token raised in place', `state.fencingToken += 1;\nexport {};`],
  ['assignment', 'a token stepped in place', `keeper.state.fencingToken++;\nexport {};`],
  ['assignment', 'a run taken out by its name', `delete state['run'];\nexport {};`],
  ['assignment', 'a run changed in place', `state.run!.claimed = [];\nexport {};`],
  ['assignment', 'an entry changed in place', `state.history[0]!.status = 'completed';\nexport {};`],
  ['Object.assign', 'one changed in place', `Object.assign(state, { run: undefined });\nexport {};`],
  ['Object.assign', 'a copy', `export const made = Object.assign({}, state, { run: undefined });`],
];

const harmless: readonly (readonly [what: string, code: string])[] = [
  ['reading one', `export const { lease, run } = state;`],
  ['a part of one', `export const run = { ...state.run, claimed: [] };`],
  [
    'taking one apart into what is there',
    `let { schema, lastSyncTime, fencingToken, lastToken, history } = state;\n({ schema, lastSyncTime, fencingToken, lastToken, history } = stored?.value ?? state);\nexport { schema, lastSyncTime, fencingToken, lastToken, history };`,
  ],
  ['what only holds one', `const boxes = [{ state, seen: 0 }];\nboxes[0]!.seen = 1;\nexport { boxes };`],
  ['a stored record around one', `export const kept = { ...stored, version: 2 };`],
  ['a change by a transition', `export const done = keeper.update((it) => released(it));`],
  [
    'a plain record, as migrations have it',
    `type Plain = Record<string, unknown>;\nexport const next = (record: Plain): Plain => ({ ...record, schema: 2, run: undefined, lease: undefined });`,
  ],
  ['nothing where there is none', `export const { history = [] } = stored?.value ?? {};`],
  ['what resembles one', `export const shown = { lastSyncTime: 0, history: [], fencingToken: 0 };`],
];

const forged = (index: number): string => `src/sync/run/forgery-${index}.ts`;
const fine = (index: number): string => `src/sync/run/harmless-${index}.ts`;

describe('a record of a sync', () => {
  let makers: readonly RecordMaker[] = [];
  const madeIn = (file: string): RecordMaker['how'][] =>
    makers.filter((maker) => maker.file === file).map(({ how }) => how);

  beforeAll(() => {
    // One program for all: most of the time goes into reading the sources.
    const inMemory = new Map([
      ...forgeries.map(([, , code], index) => [forged(index), imports + code] as const),
      ...harmless.map(([, code], index) => [fine(index), imports + code] as const),
    ]);
    makers = recordMakers(filesBelow('src', '.ts'), inMemory);
  }, 240_000);

  it('is made and changed nowhere but in the transitions', () => {
    const faults = makers
      .filter(({ file }) => !/\/(forgery|harmless)-\d+\.ts$/.test(file) && !allowed.includes(file))
      .map(({ file, line, how }) => `${file}:${line} makes a record (${how}): let a transition do it`);
    expect(faults).toEqual([]);
  });

  it.each(allowed)('is made in %s', (file) => {
    expect(madeIn(file)).not.toEqual([]);
  });

  it.each(forgeries.map(([how, what], index) => ({ how, what, index })))(
    'is found where a $how makes $what',
    ({ how, index }) => {
      expect(madeIn(forged(index))).toEqual([how]);
    },
  );

  it.each(harmless.map(([what], index) => ({ what, index })))('is not taken to be made by $what', ({ index }) => {
    expect(madeIn(fine(index))).toEqual([]);
  });
});

import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { MemoryStateStore, type ResultSet, type Sink, type Source, type StateStore } from 'snowmelt';
import { MemorySnapshotStore, type SnapshotStore } from 'snowmelt/diff';
import { sinkMessage, testSink, testSnapshotStore, testSource, testStateStore } from 'snowmelt/testing';
import { expect, it } from 'vitest';
import { collectContract } from '../contract/collect-contract.js';
import { root } from '../structure/source-files.js';

/** The cells of the rows of the table whose head starts with `first`. */
function tableOf(page: string, first: string): readonly (readonly string[])[] {
  const lines = readFileSync(join(root, page), 'utf8').split('\n');
  const head = lines.findIndex((line) => new RegExp(`^\\| ${first} +\\|`).test(line));
  expect(head, `${page} has no table with the column "${first}"`).toBeGreaterThan(0);
  const rest = lines.slice(head + 2);
  const end = rest.findIndex((line) => !line.startsWith('|'));
  return rest.slice(0, end).map((line) => line.split(' | ').map((cell) => cell.replaceAll('|', '').trim()));
}

it('docs/state.md states every line of the contract of a state store, and no others', () => {
  const create = (): { store: StateStore } => ({ store: new MemoryStateStore() });
  const lines = collectContract((runner) => testStateStore({ ...runner, name: 'any', create }));
  expect(lines.length).toBeGreaterThan(10);
  expect(tableOf('docs/state.md', 'a store …').map(([rule]) => rule)).toEqual(lines.map(({ name }) => name));
});

/** What a page has to say of each member; checked by the compiler, so that a change of the type has to change it. */
type Marks<T> = { readonly [member in keyof T]-?: undefined extends T[member] ? 'no' : '**yes**' };

/** What a page says of each member. */
function marksOf(page: string, first: string): Readonly<Record<string, string | undefined>> {
  const rows = tableOf(page, first);
  return Object.fromEntries(rows.map(([member = '', required]) => [member.replaceAll('`', ''), required]));
}

it('docs/state.md marks exactly the required members of a state store', () => {
  const members: Marks<StateStore> = {
    get: '**yes**',
    compareAndSet: '**yes**',
    delete: '**yes**',
    minWriteIntervalMs: 'no',
    close: 'no',
  };
  expect(marksOf('docs/state.md', 'member')).toEqual(members);
});

it('docs/state.md states every line of the contract of a snapshot store, and its functions', () => {
  const create = () => ({ store: new MemorySnapshotStore() });
  const lines = collectContract((runner) => testSnapshotStore({ ...runner, name: 'any', create }));
  expect(lines.length).toBeGreaterThan(15);
  expect(tableOf('docs/state.md', 'a snapshot store …').map(([rule]) => rule)).toEqual(lines.map(({ name }) => name));
  const members: Record<keyof SnapshotStore, boolean> = { name: false, put: true, get: true, delete: true, list: true };
  const functions = Object.entries(members).flatMap(([member, isFunction]) => (isFunction ? [`\`${member}\``] : []));
  expect(tableOf('docs/state.md', 'function').map(([member]) => member)).toEqual(functions);
});

it('docs/sources.md states every line of the contract of a source, and no others', () => {
  const create = () => expect.unreachable();
  const lines = collectContract((runner) => testSource({ ...runner, name: 'any', create }));
  expect(lines.length).toBeGreaterThan(50);
  expect(tableOf('docs/sources.md', 'a source …').map(([rule]) => rule)).toEqual(lines.map(({ name }) => name));
});

it('docs/sources.md marks exactly the required members of a source and of a result', () => {
  const members: Marks<Source> = {
    name: 'no',
    execute: '**yes**',
    reopen: '**yes**',
    now: '**yes**',
    close: '**yes**',
    snowflakeSql: 'no',
    describe: 'no',
  };
  expect(marksOf('docs/sources.md', 'member')).toEqual(members);
  // `rowCount` may be undefined, but not left out.
  const fields: Record<keyof ResultSet, string> = {
    ref: '**yes**',
    columns: '**yes**',
    rowCount: '**yes**',
    read: '**yes**',
    warnings: 'no',
  };
  expect(marksOf('docs/sources.md', 'field')).toEqual(fields);
});

it('docs/write-a-sink.md states every line of the contract of a sink, and no others', () => {
  const create = () => expect.unreachable();
  const lines = collectContract((runner) => testSink({ ...runner, name: 'any', message: sinkMessage, create }));
  expect(lines.length).toBeGreaterThan(15);
  expect(tableOf('docs/write-a-sink.md', 'a sink …').map(([rule]) => rule)).toEqual(lines.map(({ name }) => name));
});

it('docs/write-a-sink.md marks exactly the required members of a sink', () => {
  const members: Marks<Sink> = {
    name: '**yes**',
    write: '**yes**',
    limits: 'no',
    serialize: 'no',
    open: 'no',
    close: 'no',
    check: 'no',
    child: 'no',
    leftOut: 'no',
    read: 'no',
  };
  expect(marksOf('docs/write-a-sink.md', 'member')).toEqual(members);
});

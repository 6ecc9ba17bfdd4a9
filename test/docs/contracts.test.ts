import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { MemoryStateStore, type StateStore } from 'snowmelt';
import { testStateStore } from 'snowmelt/testing';
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

it('docs/state.md marks exactly the required members of a state store', () => {
  // Checked by the compiler: a member that is added, or becomes optional, has to change here.
  const members: { readonly [member in keyof StateStore]-?: undefined extends StateStore[member] ? 'no' : '**yes**' } =
    {
      get: '**yes**',
      compareAndSet: '**yes**',
      delete: '**yes**',
      minWriteIntervalMs: 'no',
      close: 'no',
    };
  const table = tableOf('docs/state.md', 'member').map(([member = '', required]) => [
    member.replaceAll('`', ''),
    required,
  ]);
  expect(Object.fromEntries(table)).toEqual(members);
});

import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { FileStateStore, loadPrivateKey, SnowmeltError, type SyncState } from 'snowmelt';
import { NdjsonSink, readDeadLetters } from 'snowmelt/sinks';
import { startSnowflake } from 'snowmelt/testing';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { readArguments } from '../../src/cli/arguments.js';
import { makeKey } from '../../src/cli/commands/make-key.js';
import type { Output } from '../../src/cli/output.js';

const written = { schema: 3, lastSyncTime: 0, fencingToken: 0, lastToken: 0, history: [] } satisfies SyncState;
const context = {
  fence: async () => undefined,
  signal: new AbortController().signal,
  sync: 's',
  runId: 'r',
  attempt: 1,
  firstRow: 0,
};
const letter = { sync: 's', runId: 'r', row: 1, code: 'MAPPING_ROW', reason: 'why' };

/** Each writes below a path, or reads what the one before it wrote; under its own name. */
const uses: readonly (readonly [what: string, use: (path: string) => Promise<unknown>])[] = [
  ['FileStateStore', (path) => new FileStateStore(path).compareAndSet('people', undefined, written)],
  [
    'NdjsonSink',
    async (path) => {
      const sink = new NdjsonSink({ path });
      await sink.write([letter], context);
      await sink.close();
    },
  ],
  [
    'readDeadLetters',
    async (path) => {
      if (path.startsWith('~/')) {
        const sink = new NdjsonSink({ path: join(home, path.slice(2)) });
        await sink.write([letter], context);
        await sink.close();
      }
      for await (const found of readDeadLetters(path)) expect(found).toEqual(letter);
    },
  ],
  [
    'privateKeyPath',
    async (path) => {
      await makeKey(readArguments(['keygen', `--out=${path}`]).values, silent);
      expect(loadPrivateKey({ privateKeyPath: path })).toContain('PRIVATE KEY');
    },
  ],
  ['startSnowflake', async (databaseFile) => (await startSnowflake({ databaseFile })).close()],
];
const silent = { result: () => undefined } as unknown as Output;

let home: string;
let elsewhere: string;
let before: { home: string | undefined; folder: string };
beforeEach(async () => {
  home = await mkdtemp(join(tmpdir(), 'snowmelt-home-'));
  elsewhere = await mkdtemp(join(tmpdir(), 'snowmelt-elsewhere-'));
  before = { home: process.env['HOME'], folder: process.cwd() };
  process.env['HOME'] = home;
  process.chdir(elsewhere);
});
afterEach(async () => {
  process.chdir(before.folder);
  process.env['HOME'] = before.home;
  for (const folder of [home, elsewhere]) await rm(folder, { recursive: true, force: true });
});

describe('~ at the beginning of a path is the home', () => {
  it.each(uses)('of %s', async (_what, use) => {
    await use('~/kept');
    expect(await readdir(home)).toContain('kept');
    expect(await readdir(elsewhere)).toEqual([]);
  });

  it.each(['config', 'env', 'public-key'])('of the option --%s', (option) => {
    const command = option === 'public-key' ? 'setup-sql' : 'run';
    const { values } = readArguments([command, `--${option}=~/kept`]);
    expect([values[option as keyof typeof values]].flat()).toEqual([join(home, 'kept')]);
  });

  it('alone too, and anywhere else it is a name', async () => {
    await new FileStateStore('~').compareAndSet('people', undefined, written);
    expect(await readdir(home)).toEqual(['people']);
    await new FileStateStore('./~').compareAndSet('people', undefined, written);
    expect(await readdir(elsewhere)).toEqual(['~']);
  });
});

describe('what only a shell knows is refused with what to write', () => {
  it.each([
    ['~nina/kept', 'Write the whole path'],
    ['$HOME/kept', 'Write ~/'],
    ['${HOME}/kept', 'Write ~/'],
    [String.raw`%USERPROFILE%\kept`, 'Write ~/'],
    ['file:///srv/kept', 'fileURLToPath'],
  ])('%s', async (path, hint) => {
    for (const [what, use] of uses.filter(([name]) => name !== 'privateKeyPath')) {
      const error: unknown = await Promise.resolve()
        .then(() => use(path))
        .catch((thrown: unknown) => thrown);
      expect(error, what).toBeInstanceOf(SnowmeltError);
      expect(error, what).toMatchObject({ code: 'CONFIG_INVALID', hint: expect.stringContaining(hint) });
      expect((error as SnowmeltError).message).toContain(what);
    }
    expect(() => loadPrivateKey({ privateKeyPath: path })).toThrow(expect.objectContaining({ code: 'CONFIG_INVALID' }));
    expect(await readdir(elsewhere)).toEqual([]);
  });
});

import { mkdtemp, readdir, readFile, rm, stat } from 'node:fs/promises';
import { builtinModules } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { build } from 'esbuild';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { entries } from '../../scripts/entries.mjs';
import { hostProgram } from './host-program.js';
import { Servers } from './servers.js';
import { root } from '../structure/source-files.js';
import { packPackage, type Consumer } from '../package/pack-package.js';

let consumer: Consumer;
let servers: Servers;
/** Where nothing is installed. */
let empty: string;

beforeAll(async () => {
  [consumer, servers, empty] = await Promise.all([
    packPackage({ runners: false }),
    Servers.start(1000),
    mkdtemp(join(tmpdir(), 'snowmelt-bundle-')),
  ]);
}, 300_000);
afterAll(async () => {
  await Promise.all([consumer.remove(), servers.close(), rm(empty, { recursive: true, force: true })]);
});

interface Bundle {
  readonly file: string;
  readonly bytes: number;
  /** The packages whose code is in it. */
  readonly packages: readonly string[];
  readonly text: string;
}

/** Makes one file of a program, with what the repository has installed within reach or without. */
async function bundle(contents: string, peers: 'with peers' | 'without peers', minify = true): Promise<Bundle> {
  const folder = await mkdtemp(join(empty, 'bundle-'));
  const file = join(folder, 'main.cjs');
  const { metafile, warnings } = await build({
    stdin: { contents, resolveDir: consumer.folder },
    outfile: file,
    bundle: true,
    platform: 'node',
    target: 'node20',
    minify,
    metafile: true,
    logLevel: 'silent',
    nodePaths: peers === 'with peers' ? [join(root, 'node_modules')] : [],
  });
  expect(warnings).toEqual([]);
  const inputs = Object.entries(Object.values(metafile.outputs)[0]?.inputs ?? {});
  const used = inputs.filter(([, { bytesInOutput }]) => bytesInOutput > 0);
  const names = used.map(([path]) => /.*node_modules\/((?:@[^/]+\/)?[^/]+)/.exec(path)?.[1] ?? 'the program');
  const { size: bytes } = await stat(file);
  return { file, bytes, packages: [...new Set(names)].sort(), text: await readFile(file, 'utf8') };
}

describe.each(['with peers', 'without peers'] as const)('a bundle %s in reach', (peers) => {
  it.each([
    ['identify', 'identify().map({ userId: "1" })'],
    ['track', 'track().map({ userId: "1", event: "Paid" })'],
    ['deletePeople', 'deletePeople().map({ userId: "1" })'],
    ['semanticEvents', 'semanticEvents.deletePerson({ userId: "1" })'],
  ])('that only maps rows by %s is under 100 kB', async (name, use) => {
    const { bytes, packages, file } = await bundle(
      `import { ${name} } from 'snowmelt'; console.log(JSON.stringify(${use}));`,
      peers,
    );
    expect(packages.filter((name) => !['snowmelt', 'the program', 'zod'].includes(name))).toEqual([]);
    expect(bytes).toBeLessThan(100_000);
    expect(JSON.parse((await consumer.node(file)).stdout)).toMatchObject({ userId: '1' });
  });

  it('of SqlApiSource and CustomerIoSink is under 400 kB', async () => {
    const program = `import { SqlApiSource } from 'snowmelt'; import { CustomerIoSink } from 'snowmelt/customerio';
      console.log(SqlApiSource.name, CustomerIoSink.name);`;
    const { bytes } = await bundle(program, peers);
    expect(bytes).toBeLessThan(400_000);
  });

  it('of a program with Sync, a mapper and a store besides is under 480 kB and delivers', async () => {
    const { bytes, packages, file } = await bundle(hostProgram('SqlApiSource'), peers);
    expect(packages).toEqual(['eventemitter3', 'is-network-error', 'p-retry', 'snowmelt', 'the program', 'zod']);
    expect(bytes).toBeLessThan(480_000);
    await servers.runAll(process.execPath, [file], empty);
  });

  it('whose program uses `require` holds all of the entry, and delivers', async () => {
    const { file } = await bundle(hostProgram('SqlApiSource', 'cjs'), peers);
    await servers.runAll(process.execPath, [file], empty);
  });
});

it('a bundle of SnowflakeSource takes the driver in and delivers', async () => {
  const { packages, file } = await bundle(hostProgram('SnowflakeSource'), 'with peers');
  expect(packages).toContain('snowflake-sdk');
  await servers.runAll(process.execPath, [file], empty);
});

describe('a peer that is not there', () => {
  const uses: Readonly<Record<string, readonly [peer: string, program: string]>> = {
    SnowflakeSource: ['snowflake-sdk', ''],
    PostgresStateStore: [
      'pg',
      `import { PostgresStateStore } from 'snowmelt/postgres';
       report(new PostgresStateStore({ connectionString: 'postgres://127.0.0.1:1/x' }).get('people'));`,
    ],
    scheduleSync: [
      'croner',
      `import { scheduleSync } from 'snowmelt/schedule';
       report(scheduleSync({ name: 'people', run: async () => undefined, status: async () => ({}) }, { every: '0 6 * * *' }));`,
    ],
    instrument: [
      '@opentelemetry/api',
      `import { instrument } from 'snowmelt/otel';
       report(instrument({ name: 'people', on: () => undefined, off: () => undefined }));`,
    ],
    startSnowflake: [
      '@duckdb/node-api',
      `import { startSnowflake } from 'snowmelt/testing'; report(startSnowflake());`,
    ],
  };

  it.each(Object.keys(uses))('leaves the build of %s alone, and is told of when it is needed', async (name) => {
    const [peer, program] = uses[name]!;
    const report = `function report(promise) {
      promise.catch(({ code, hint }) => console.log(JSON.stringify({ status: 'failed', rows: 0, error: { code, hint } })));
    }`;
    const text = name === 'SnowflakeSource' ? hostProgram(name) : `${program}\n${report}`;
    const { file } = await bundle(text, 'without peers');
    const { error } = await servers.run(process.execPath, [file], empty);
    expect(error).toMatchObject({ code: 'PEER_MISSING' });
    expect(error?.hint).toContain(`npm install ${peer}`);
  });

  it.each(entries().map(({ specifier }) => specifier))('leaves the build of all of %s alone', async (specifier) => {
    await bundle(`export * from '${specifier}';`, 'without peers');
    await bundle(`module.exports = require('${specifier}');`, 'without peers');
  });
});

describe('the built files', () => {
  const dist = (): string => join(consumer.folder, 'node_modules/snowmelt/dist');

  it("import Node's modules by their prefix, which other runtimes need", async () => {
    const files = (await readdir(dist())).filter((file) => /\.c?js$/.test(file));
    const texts = await Promise.all(files.map((file) => readFile(join(dist(), file), 'utf8')));
    const bare = texts.flatMap((text) =>
      [...text.matchAll(/(?:\bfrom|\bimport|\brequire\(|\bimport\()\s*["']([\w/]+)["']/g)]
        .map(([, name = '']) => name)
        .filter((name) => builtinModules.includes(name)),
    );
    expect(texts.join('')).toContain('"node:fs"');
    expect(bare).toEqual([]);
  });

  // A bundler may take in all of a file of which one name is used.
  it('hold no code right in the root', async () => {
    const text = await readFile(join(dist(), 'index.js'), 'utf8');
    expect(text.replaceAll(/^import (?:\{[^}]*\} from )?"[^"]*";$|^export \{[^}]*\};$/gm, '').trim()).toBe('');
  });
});

import { execFile } from 'node:child_process';
import { cp, mkdir, mkdtemp, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import { root } from '../structure/source-files.js';
import { hostProgram } from './host-program.js';
import { Servers } from './servers.js';

const hosts = inject('hosts');
let servers: Servers;
/** Where nothing is installed. */
let empty: string;
/** Where snowmelt is installed with its dependencies, and nothing else. */
let bare: string;

beforeAll(async () => {
  servers = await Servers.start(2000);
  empty = await mkdtemp(join(tmpdir(), 'snowmelt-webpack-'));
  bare = join(empty, 'bare');
  await mkdir(bare);
  for (const name of ['snowmelt', 'zod', 'p-retry', 'is-network-error', 'eventemitter3']) {
    await cp(join(hosts, 'node_modules', name), join(bare, 'node_modules', name), { recursive: true });
  }
});
afterAll(async () => {
  await servers.close();
  await rm(empty, { recursive: true, force: true });
});

interface Bundle {
  readonly file: string;
  readonly bytes: number;
  readonly warnings: readonly string[];
}

/** Makes one file of a program that stands in the folder. */
async function pack(folder: string, text: string, minimize = true): Promise<Bundle> {
  const file = join(await mkdtemp(join(empty, 'bundle-')), 'main.cjs');
  await writeFile(join(folder, 'program.mjs'), text);
  const script = join(root, 'test/hosts/pack-webpack.mjs');
  const { stdout } = await promisify(execFile)(process.execPath, [
    script,
    hosts,
    folder,
    file,
    minimize ? 'minimize' : '',
  ]);
  return { file, bytes: (await stat(file)).size, warnings: JSON.parse(stdout) as string[] };
}

describe.each(['with', 'without'])('a webpack bundle made %s the driver', (driver) => {
  const folder = (): string => (driver === 'with' ? hosts : bare);

  it('that only maps rows is under 100 kB', async () => {
    const text = `import { identify } from 'snowmelt'; console.log(JSON.stringify(identify().map({ userId: '1' })));`;
    const { file, bytes, warnings } = await pack(folder(), text);
    expect(warnings).toEqual([]);
    expect(bytes).toBeLessThan(100_000);
    const { stdout } = await promisify(execFile)(process.execPath, [file]);
    expect(JSON.parse(stdout)).toEqual({ type: 'identify', userId: '1' });
  });

  it('of SqlApiSource and CustomerIoSink is under 400 kB', async () => {
    const text = `import { SqlApiSource } from 'snowmelt'; import { CustomerIoSink } from 'snowmelt/customerio'; console.log(SqlApiSource, CustomerIoSink);`;
    const { bytes, warnings } = await pack(folder(), text);
    expect(warnings).toEqual([]);
    expect(bytes).toBeLessThan(400_000);
  });

  it('of a program with Sync, a mapper and a store besides is under 480 kB and delivers', async () => {
    const { file, bytes, warnings } = await pack(folder(), hostProgram('SqlApiSource'));
    expect(warnings).toEqual([]);
    expect(bytes).toBeLessThan(480_000);
    await servers.runAll(process.execPath, [file], empty);
  });
});

describe('a webpack bundle of SnowflakeSource', () => {
  it('takes the driver in and delivers', async () => {
    const { file, bytes } = await pack(hosts, hostProgram('SnowflakeSource'), false);
    expect(bytes).toBeGreaterThan(1_000_000);
    await servers.runAll(process.execPath, [file], empty);
  });

  it('is made without the driver too, with a warning, and says what to install', async () => {
    const { file, warnings } = await pack(bare, hostProgram('SnowflakeSource'), false);
    expect(warnings.every((text) => text.includes("Can't resolve 'snowflake-sdk"))).toBe(true);
    expect(await servers.run(process.execPath, [file], empty)).toMatchObject({
      error: { code: 'PEER_MISSING', hint: expect.stringContaining('npm install snowflake-sdk') as unknown },
    });
  });
});

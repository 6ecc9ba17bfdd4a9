import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, inject, it } from 'vitest';
import { installNode } from '../package/install-node.js';
import { hostProgram, type HostSource } from './host-program.js';
import { Servers } from './servers.js';

const folder = inject('hosts');
const sources: readonly HostSource[] = ['SqlApiSource', 'SnowflakeSource'];
let servers: Servers;

beforeAll(async () => {
  servers = await Servers.start(20_000);
  for (const source of sources) {
    await writeFile(join(folder, `${source}.mjs`), hostProgram(source));
    await writeFile(join(folder, `${source}.cjs`), hostProgram(source, 'cjs'));
  }
});
afterAll(() => servers.close());

describe.each(sources)('20,000 rows from %s', (source) => {
  it('arrive from Bun', async () => {
    await servers.runAll(join(folder, 'node_modules/.bin/bun'), ['run', `${source}.mjs`], folder);
  });

  it('arrive from Deno', async () => {
    const args = ['run', '--allow-all', '--no-lock', '--node-modules-dir=manual', `${source}.mjs`];
    await servers.runAll(join(folder, 'node_modules/.bin/deno'), args, folder);
  });
});

describe.each(['22', '24', '26'])('Node %s', (version) => {
  let node: string;
  beforeAll(async () => {
    node = await installNode(folder, version);
  });

  it.each(sources)('delivers from %s as ES module and as CommonJS', async (source) => {
    await servers.runAll(node, [`${source}.mjs`], folder);
    await servers.runAll(node, [`${source}.cjs`], folder);
  });
});

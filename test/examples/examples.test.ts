import { execFile } from 'node:child_process';
import { existsSync, readdirSync } from 'node:fs';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { startCollector, startSnowflake } from 'snowmelt/testing';
import { beforeAll, describe, expect, it } from 'vitest';
import { shopSql } from '../../examples/shop.js';
import { filesBelow, root } from '../structure/source-files.js';
import { buildExamples } from './build-examples.js';

const folders = readdirSync(join(root, 'examples'), { withFileTypes: true })
  .filter((entry) => entry.isDirectory())
  .map((entry) => entry.name);
// What a run prints at its end when it did all it should; an example without a line here has to print something.
const printed: Readonly<Record<string, RegExp>> = {
  'append-events': /3000 events added, 0 known, 3000 sent in all\n20 events added, 2000 known, 3020 sent in all/,
  'aws-lambda': /status: 'completed', rows: 2000/,
  bullmq: /killed\n[^]*completed: 2000 rows/,
  'dead-letters': /490 delivered, 10 rejected: .*\n10 of 10 delivered by the replay/,
  'delete-people': /5 people deleted/,
  express: /200 \{"status":"completed","rows":2000\}/,
  'mirror-people':
    /killed: SIGKILL, \d+ people are there\nresumed at row 1?\d{1,3}, 2000 people are there\n1 added, 10 changed, 5 removed, 1985 unchanged\n1996 people are there/,
  'pg-boss': /completed: 2000 rows/,
  'quick-start': /2000 people delivered/,
  'row-types': /snowmelt-rows\.d\.ts: 0 differences\n2000 people delivered/,
  schedule: /completed, 2000 rows; next run \d/,
  singer: /^\{"type":"SCHEMA"[^\n]*\n(\{"type":"RECORD"[^\n]*\n){3000}\{"type":"STATE"[^\n]*\n$/,
  'several-syncs': /orders: completed, 3000 rows/,
};
// Needs Cloudflare's runtime: test/hosts/workerd.test.ts.
const elsewhere = ['cloudflare-worker'];
// The demo has its own tests in test/integration/demo.test.ts.
const runnable = folders.filter((name) => name !== 'demo' && existsSync(join(root, 'examples', name, 'main.ts')));

describe('the examples', () => {
  let out: string;
  beforeAll(async () => {
    if (runnable.length > 0) out = await buildExamples('examples-test');
  });

  it('have something to run each: main.ts, or a test of its own', () => {
    const idle = folders.filter((name) => {
      if (elsewhere.includes(name)) return false;
      const files = filesBelow(`examples/${name}`, '.ts');
      return !files.some((file) => file.endsWith('/main.ts') || file.endsWith('.test.ts'));
    });
    expect(idle).toEqual([]);
  });

  it('stand in the list each', async () => {
    const list = await readFile(join(root, 'examples/README.md'), 'utf8');
    expect(folders.filter((name) => !list.includes(`| [${name}](${name}`))).toEqual([]);
  });

  it('run on the account and the destination of the environment', { timeout: 300_000 }, async () => {
    const folder = await mkdtemp(join(tmpdir(), `snowmelt-example-`));
    const snowflake = await startSnowflake({ databases: ['SHOP'], seedSql: shopSql });
    const collector = await startCollector();
    try {
      const { account, accessUrl, username, privateKey } = snowflake.connection();
      await writeFile(join(folder, 'key.p8'), privateKey);
      const env = {
        ...process.env,
        SNOWFLAKE_ACCOUNT: account,
        SNOWFLAKE_URL: accessUrl,
        SNOWFLAKE_USERNAME: username,
        SNOWFLAKE_PRIVATE_KEY_PATH: join(folder, 'key.p8'),
        CUSTOMERIO_WRITE_KEY: collector.writeKey,
        CUSTOMERIO_ENDPOINT: collector.endpoint,
      };
      await promisify(execFile)(process.execPath, [join(out, 'quick-start', 'main.js')], { cwd: folder, env });
      expect(collector.messages).toHaveLength(2000);
    } finally {
      await Promise.all([snowflake.close(), collector.close()]);
      await rm(folder, { recursive: true, force: true });
    }
  });

  for (const name of runnable) {
    it(`${name} runs to its end`, { timeout: 300_000 }, async () => {
      const folder = await mkdtemp(join(tmpdir(), `snowmelt-example-`));
      try {
        const main = join(out, name, 'main.js');
        // In an empty folder: an example may write beside itself, never into the repository.
        const { stdout } = await promisify(execFile)(process.execPath, [main], { cwd: folder, timeout: 290_000 });
        expect(stdout).toMatch(printed[name] ?? /./);
      } finally {
        await rm(folder, { recursive: true, force: true });
      }
    });
  }
});

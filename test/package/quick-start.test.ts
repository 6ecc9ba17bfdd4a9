import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startCollector, startSnowflake, type Collector, type EmbeddedSnowflake } from 'snowmelt/testing';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { root } from '../structure/source-files.js';
import { environment } from './pack-package.js';

// A newcomer: follows docs/quick-start.md word for word in an empty folder. Every command and file comes from the page,
// so that the page can't say anything that does not work. What a reader puts in for himself is put in here too: the
// package (the packed tarball), the account and the destination (servers of this process).

const page = readFileSync(join(root, 'docs', 'quick-start.md'), 'utf8');
const blocks = [...page.matchAll(/(?:<!-- file: (\S+) -->\n\n)?```(\w+)\n([\s\S]*?)```\n/g)].map(
  ([, file, language = '', text = '']) => ({ file, language, text }),
);

let folder: string;
let tarball: string;
let snowflake: EmbeddedSnowflake;
let collector: Collector;
const exported: Record<string, string> = {};

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'snowmelt-newcomer-'));
  const packs = await mkdtemp(join(tmpdir(), 'snowmelt-tarball-'));
  const { stdout } = await shell(`npm pack --json --pack-destination ${packs}`, root);
  const [{ filename }] = JSON.parse(stdout) as [{ filename: string }];
  tarball = join(packs, filename);
  snowflake = await startSnowflake({
    account: 'MYORG-MYACCOUNT',
    databases: ['SHOP'],
    users: [{ name: 'ADMIN', roles: ['ACCOUNTADMIN'] }],
    seedSql: `CREATE TABLE PEOPLE AS SELECT SEQ4() + 1 AS ID, 'person-' || ID || '@shop.example' AS EMAIL, 'pro' AS PLAN,
      DATEADD('hour', -1, SYSDATE()) AS LAST_UPDATED FROM TABLE(GENERATOR(ROWCOUNT => 50))`,
  });
  collector = await startCollector({ writeKey: 'your-key' });
}, 300_000);
afterAll(async () => {
  await Promise.all([snowflake.close(), collector.close()]);
  await rm(folder, { recursive: true, force: true });
  await rm(join(tarball, '..'), { recursive: true, force: true });
});

async function shell(text: string, cwd = folder): Promise<{ stdout: string; stderr: string }> {
  const child = spawn('bash', ['-e'], { cwd, env: { ...environment(), ...exported } });
  let stdout = '';
  let stderr = '';
  child.stdout.on('data', (chunk: Buffer) => (stdout += chunk.toString()));
  child.stderr.on('data', (chunk: Buffer) => (stderr += chunk.toString()));
  child.stdin.end(text);
  const [code] = (await once(child, 'close')) as [number | null];
  if (code !== 0) throw new Error(`exit code ${code} of:\n${text}\n${stdout}\n${stderr}`);
  return { stdout, stderr };
}

/** What the reader puts in for himself. A page that has no such place any more fails the test. */
function putIn(text: string, place: string, own: string): string {
  expect(text).toContain(place);
  return text.replace(place, own);
}

async function save(file: string, text: string): Promise<void> {
  let own = text;
  if (file === 'snowmelt.config.mjs') {
    own = putIn(own, "account: 'myorg-myaccount'", `account: 'myorg-myaccount', accessUrl: '${snowflake.accessUrl}'`);
    own = putIn(own, "region: 'us'", `endpoint: '${collector.endpoint}'`);
  }
  await writeFile(join(folder, file), own);
}

/** `node schedule.mjs` runs until it is ended. */
async function runSchedule(): Promise<void> {
  const child = spawn(process.execPath, ['schedule.mjs'], { cwd: folder, env: { ...environment(), ...exported } });
  let printed = '';
  await new Promise<void>((resolve, reject) => {
    const read = (chunk: Buffer): void => {
      printed += chunk.toString();
      if (/people: completed/.test(printed)) resolve();
    };
    child.stdout.on('data', read);
    child.stderr.on('data', read);
    child.once('exit', () => reject(new Error(printed)));
  });
  child.kill('SIGTERM');
  expect(await once(child, 'exit')).toEqual([0, null]);
}

it('docs/quick-start.md works word for word', { timeout: 240_000 }, async () => {
  const printed: string[] = [];
  for (const { file, language, text } of blocks) {
    if (file !== undefined) await save(file, text);
    else if (text.startsWith('node schedule.mjs')) await runSchedule();
    else if (text.startsWith('export ')) {
      for (const [, name = '', value = ''] of text.matchAll(/export (\w+)=(.*)/g)) exported[name] = value;
    } else if (language === 'sh') {
      const install = 'npm install snowmelt\n';
      const command = text.includes(install)
        ? text.replace(install, `npm install --prefer-offline --no-audit --no-fund ${tarball}\n`)
        : text;
      printed.push((await shell(command)).stdout);
      if (text.includes('> setup.sql')) await snowflake.query(await readFile(join(folder, 'setup.sql'), 'utf8'));
      if (text.includes('plan')) expect(collector.messages).toHaveLength(0);
    }
  }
  const output = printed.join('\n');
  expect(output).toContain('nothing was sent');
  expect(output).toContain('people: completed: 50 rows delivered');
  expect(output).toMatch(/people: last_sync_time \d{10}/);
  expect(collector.messages).toHaveLength(50);
  expect(collector.messages[0]).toMatchObject({
    type: 'identify',
    userId: '1',
    traits: { email: 'person-1@shop.example', plan: 'pro' },
  });
});

import { execFile } from 'node:child_process';
import { mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { startCollector, startSnowflake, type Collector, type EmbeddedSnowflake } from 'snowmelt/testing';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { buildPackage, runNode, type Outcome, type UserFolder } from './build-package.js';

const CONFIG = `
import { FileStateStore, identify, QueryTemplate, SqlApiSource, Sync } from 'snowmelt';
import { CustomerIoSink } from 'snowmelt/customerio';

export const source = new SqlApiSource(JSON.parse(process.env.CONNECTION));
const shared = {
  source,
  mapper: identify(),
  sink: new CustomerIoSink({ endpoint: process.env.ENDPOINT, writeKey: process.env.WRITE_KEY }),
  state: new FileStateStore('./.snowmelt'),
};
const query = new QueryTemplate('SELECT ID AS "userId", EMAIL AS "email" FROM people WHERE UPDATED >= {{last_sync_time}}');
export const syncs = [
  new Sync({ ...shared, name: 'people', query }),
  new Sync({ ...shared, name: 'others', query }),
];
`;

let folder: UserFolder;
let snowflake: EmbeddedSnowflake;
let collector: Collector;
beforeAll(async () => {
  [folder, snowflake, collector] = await Promise.all([buildPackage(), startSnowflake(), startCollector()]);
  await writeFile(join(folder.path, 'snowmelt.config.mjs'), CONFIG);
  await mkdir(join(folder.path, "Ada's files"));
  await writeFile(join(folder.path, "Ada's files", 'my syncs.mjs'), CONFIG);
}, 300_000);
beforeEach(async () => {
  await snowflake.query(`CREATE OR REPLACE TABLE PEOPLE AS
    SELECT SEQ4() AS ID, 'before' AS EMAIL, '2026-01-01'::TIMESTAMP_NTZ AS UPDATED FROM TABLE(GENERATOR(ROWCOUNT => 5))`);
  collector.clear();
  expect((await snowmelt('reset', 'people')).code).toBe(0);
});
afterAll(async () => {
  await Promise.all([folder.remove(), snowflake.close(), collector.close()]);
});

const environment = (): NodeJS.ProcessEnv => ({
  ...process.env,
  CONNECTION: JSON.stringify(snowflake.connection()),
  ENDPOINT: collector.endpoint,
  WRITE_KEY: collector.writeKey,
});

const snowmelt = async (...args: string[]): Promise<Outcome> =>
  runNode([folder.cli, ...args], folder.path, environment());

/** What a text says one has to type, typed into a shell. */
async function typed(text: string): Promise<Outcome> {
  const command = /^To send exactly this: (snowmelt .*)$/m.exec(text)?.[1] ?? 'false';
  const line = command.replace(/^snowmelt/, '"$NODE" "$CLI"');
  const env = { ...environment(), NODE: process.execPath, CLI: folder.cli };
  return new Promise((resolve) => {
    execFile('/bin/sh', ['-c', line], { cwd: folder.path, env }, (error, stdout, stderr) => {
      resolve({ code: typeof error?.code === 'number' ? error.code : 0, stdout, stderr });
    });
  });
}

const emails = (): unknown[] =>
  collector.messages.map(({ traits }) => (traits as { readonly email?: unknown } | undefined)?.email);

describe('snowmelt plan --out', { timeout: 240_000 }, () => {
  it('keeps a plan, and prints the command that sends it and nothing else', async () => {
    const planned = await snowmelt('plan', 'people', '--out', 'plan.json');
    expect(planned).toMatchObject({ code: 0, stderr: '' });
    expect(planned.stdout).toContain('To send exactly this: snowmelt run people --plan plan.json\n');
    const token = JSON.parse(await readFile(join(folder.path, 'plan.json'), 'utf8')) as object;
    expect(token).toMatchObject({ version: 1, sync: 'people', rowCount: 5 });
    await snowflake.query(`UPDATE PEOPLE SET EMAIL = 'after', UPDATED = SYSDATE() WHERE ID < 2`);

    expect(await typed(planned.stdout)).toMatchObject({ code: 0, stderr: '' });
    expect(emails()).toEqual(Array<string>(5).fill('before'));
    const again = await typed(planned.stdout);
    expect(again.code).toBe(1);
    expect(again.stderr).toContain('PLAN_STALE: The plan of "people" from ');
    expect(again.stderr).toContain('it was applied already.\nNothing to do: what it holds was sent.');
    collector.clear();
    expect((await snowmelt('run', 'people')).code).toBe(0);
    expect(emails()).toEqual(['after', 'after']);
  });

  it('prints a command that a shell takes, whatever the files are called', async () => {
    const [config, out] = ["Ada's files/my syncs.mjs", "Ada's files/$(plan) #1.json"];
    const planned = await snowmelt('plan', 'people', '--config', config, '--out', out);
    expect(planned).toMatchObject({ code: 0, stderr: '' });
    expect(await typed(planned.stdout)).toMatchObject({ code: 0, stderr: '' });
    expect(emails()).toHaveLength(5);
  });

  it('says without --out how to keep one', async () => {
    const { stdout } = await snowmelt('plan', 'people');
    expect(stdout).toContain('reviewed and then sent, and nothing else: snowmelt plan people --out plan.json\n');
    const { token } = JSON.parse((await snowmelt('plan', 'people', '--json')).stdout) as { token?: object };
    expect(token).toMatchObject({ sync: 'people' });
  });

  it('takes the place of an older plan and of nothing else', async () => {
    const path = join(folder.path, 'twice.json');
    const tokens: string[] = [];
    for (let time = 0; time < 2; time += 1) {
      expect((await snowmelt('plan', 'people', '--out', 'twice.json')).code).toBe(0);
      tokens.push(await readFile(path, 'utf8'));
    }
    expect(new Set(tokens).size).toBe(2);
    for (const name of ['snowmelt.config.mjs', 'node_modules']) {
      const { code, stderr } = await snowmelt('plan', 'people', '--out', name);
      expect(code).toBe(2);
      expect(stderr).toContain(`${name} exists and is no plan; it was left as it is.`);
    }
    expect(await readFile(join(folder.path, 'snowmelt.config.mjs'), 'utf8')).toBe(CONFIG);
    expect((await readdir(folder.path)).filter((name) => name.endsWith('.tmp'))).toEqual([]);
  });

  it.each([
    [['plan', '--out', 'p.json'], 'takes the name of one sync'],
    [['plan', 'people', 'others', '--out', 'p.json'], 'takes the name of one sync'],
    [['plan', 'people', '--out', 'nowhere/p.json'], 'nowhere/p.json cannot be written (ENOENT)'],
    [['plan', 'people', '--out', 'p.json', '--last-sync-time', '2026-01-01'], 'cannot be applied, and was not written'],
    [['run', '--plan', 'p.json'], 'takes the name of one sync'],
    [['run', 'people', '--plan', 'none.json'], 'none.json cannot be read (ENOENT)'],
    [['run', 'people', '--plan', 'snowmelt.config.mjs'], 'snowmelt.config.mjs is not JSON'],
    [['run', 'people', '--plan', 'other.json'], 'the plan is damaged, or is none'],
    [['backfill', 'people', '--from', '0', '--plan', 'p.json'], 'has no option --plan'],
  ])('refuses %j', async (args, text) => {
    await writeFile(join(folder.path, 'other.json'), '{"name":"something else"}');
    const { code, stderr } = await snowmelt(...args);
    expect(code).toBe(2);
    expect(stderr).toContain(text);
    await expect(readFile(join(folder.path, 'p.json'))).rejects.toMatchObject({ code: 'ENOENT' });
    expect(collector.messages).toEqual([]);
  });

  it('is refused for another sync, and with options that it contradicts', async () => {
    expect((await snowmelt('plan', 'people', '--out', 'mine.json')).code).toBe(0);
    const other = await snowmelt('run', 'others', '--plan', 'mine.json');
    expect(other).toMatchObject({ code: 2, stderr: expect.stringContaining('is of the sync "people"') as string });
    const both = await snowmelt('run', 'people', '--plan', 'mine.json', '--resend');
    expect(both.code).toBe(2);
    expect(collector.messages).toEqual([]);
  });
});

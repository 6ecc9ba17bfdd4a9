import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startCollector, startSnowflake, type Collector, type EmbeddedSnowflake } from 'snowmelt/testing';
import { expect } from 'vitest';
import { root } from '../structure/source-files.js';
import { environment } from './pack-package.js';

/** A block of a page: a file to save, or commands to type. */
export interface Block {
  readonly file: string | undefined;
  readonly language: string;
  readonly text: string;
}

/** The blocks of a page, in their order. */
export function blocksOf(page: string): Block[] {
  const text = readFileSync(join(root, 'docs', page), 'utf8');
  return [...text.matchAll(/(?:<!-- file: (\S+) -->\n\n)?```(\w+)\n([\s\S]*?)```\n/g)].map(
    ([, file, language = '', block = '']) => ({ file, language, text: block }),
  );
}

/**
 * Follows a page of the docs word for word in an empty folder. Every command and file comes from the page, so that it
 * can't say anything that does not work. What a reader puts in for himself is put in here too: the package (the packed
 * tarball), the account and the destination (servers of this process).
 */
export class Newcomer {
  readonly folder: string;
  readonly snowflake: EmbeddedSnowflake;
  readonly collector: Collector;
  readonly exported: Record<string, string> = {};
  readonly #tarball: string;

  private constructor(folder: string, tarball: string, snowflake: EmbeddedSnowflake, collector: Collector) {
    this.folder = folder;
    this.#tarball = tarball;
    this.snowflake = snowflake;
    this.collector = collector;
  }

  /** @param seedSql makes what the page says is in the database SHOP */
  static async arrive(seedSql: string): Promise<Newcomer> {
    const folder = await mkdtemp(join(tmpdir(), 'snowmelt-newcomer-'));
    const packs = await mkdtemp(join(tmpdir(), 'snowmelt-tarball-'));
    const { stdout } = await shell(`npm pack --json --pack-destination ${packs}`, root, {});
    const [{ filename }] = JSON.parse(stdout) as [{ filename: string }];
    const snowflake = await startSnowflake({
      account: 'MYORG-MYACCOUNT',
      databases: ['SHOP'],
      users: [{ name: 'ADMIN', roles: ['ACCOUNTADMIN'] }],
      seedSql,
    });
    return new Newcomer(folder, join(packs, filename), snowflake, await startCollector({ writeKey: 'your-key' }));
  }

  /** Saves a file, sets variables or types commands. @returns what was printed */
  async follow({ file, language, text }: Block): Promise<string> {
    if (file !== undefined) {
      await this.#save(file, text);
      return '';
    }
    if (text.startsWith('export ')) {
      for (const [, name = '', value = ''] of text.matchAll(/export (\w+)=(.*)/g)) this.exported[name] = value;
      return '';
    }
    if (language !== 'sh') return '';
    const install = 'npm install snowmelt\n';
    const command = text.includes(install)
      ? text.replace(install, `npm install --prefer-offline --no-audit --no-fund ${this.#tarball}\n`)
      : text;
    const { stdout } = await shell(command, this.folder, this.exported);
    if (text.includes('> setup.sql'))
      await this.snowflake.query(await readFile(join(this.folder, 'setup.sql'), 'utf8'));
    return stdout;
  }

  /** The environment of a program that is started in the folder. */
  get environment(): NodeJS.ProcessEnv {
    return { ...environment(), ...this.exported };
  }

  async leave(): Promise<void> {
    await Promise.all([this.snowflake.close(), this.collector.close()]);
    await rm(this.folder, { recursive: true, force: true });
    await rm(join(this.#tarball, '..'), { recursive: true, force: true });
  }

  async #save(file: string, text: string): Promise<void> {
    let own = text;
    if (file === 'snowmelt.config.mjs') {
      const { accessUrl } = this.snowflake;
      own = putIn(own, "account: 'myorg-myaccount'", `account: 'myorg-myaccount', accessUrl: '${accessUrl}'`);
      own = putIn(own, "region: 'us'", `endpoint: '${this.collector.endpoint}'`);
    }
    await writeFile(join(this.folder, file), own);
  }
}

async function shell(
  text: string,
  cwd: string,
  exported: Readonly<Record<string, string>>,
): Promise<{ stdout: string; stderr: string }> {
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

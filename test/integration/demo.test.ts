import { execFileSync, spawn, type ChildProcess } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { FileStateStore } from 'snowmelt';
import { startSnowflake } from 'snowmelt/testing';
import { buildChild } from '../child/build-child.js';
import { buildExamples } from '../examples/build-examples.js';

let main: string;
let holdRequests: string;
beforeAll(async () => {
  main = join(await buildExamples('demo-test'), 'demo', 'main.js');
  holdRequests = pathToFileURL(await buildChild('test/child/hold-requests.ts')).href;
});

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'snowmelt-demo-'));
});
afterEach(() => rm(folder, { recursive: true, force: true }));

interface Runner {
  readonly child: ChildProcess;
  /** Everything printed so far. */
  readonly output: () => string;
  /** Resolves when the output matches. */
  readonly printed: (pattern: RegExp) => Promise<void>;
  readonly ended: Promise<{ code: number | null; signal: string | null }>;
}

function startRunner(env: NodeJS.ProcessEnv = {}): Runner {
  const child = spawn(process.execPath, [main], {
    cwd: folder,
    env: { ...process.env, DEMO_KEEP: '1', ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let text = '';
  const waiting = new Set<() => void>();
  const take = (chunk: Buffer): void => {
    text += chunk.toString('utf8');
    for (const check of waiting) check();
  };
  child.stdout.on('data', take);
  child.stderr.on('data', take);
  const ended = new Promise<{ code: number | null; signal: string | null }>((resolve) => {
    child.on('close', (code, signal) => resolve({ code, signal }));
  });
  const printed = (pattern: RegExp): Promise<void> =>
    new Promise((resolve, reject) => {
      const check = (): void => {
        if (!pattern.test(text)) return;
        waiting.delete(check);
        resolve();
      };
      waiting.add(check);
      void ended.then(() => reject(new Error(`ended before it printed ${pattern}:\n${text}`)));
      check();
    });
  return { child, output: () => text, printed, ended };
}

/** Starts a runner whose requests with such messages stay on their way after so many of them, and waits for that. */
async function startHeld(type: string, requests: number, env: NodeJS.ProcessEnv = {}): Promise<Runner> {
  const hold = { NODE_OPTIONS: `--import=${holdRequests}`, HOLD_REQUESTS: `${type} after ${requests}` };
  const runner = startRunner({ ...env, ...hold });
  await runner.printed(/^held$/m);
  return runner;
}

/** The first row of a sync that is not stored as settled; 0 when nothing is. */
async function settledBelow(sync: string): Promise<number> {
  const stored = await new FileStateStore(join(folder, '.snowmelt/demo/state')).get(sync);
  return stored?.value.run?.settled[0]?.to ?? 0;
}

/** The rows of the shop by the call they become, read from the database file after the demo has ended. */
async function shopKeys(): Promise<Record<string, string[]>> {
  const databaseFile = join(folder, '.snowmelt/demo/shop.duckdb');
  const snowflake = await startSnowflake({ databases: ['SHOP'], databaseFile });
  try {
    const keys: Record<string, string[]> = {};
    for (const [type, sql] of Object.entries({
      identify: 'SELECT ID AS KEY FROM PEOPLE',
      track: 'SELECT EVENT_ID AS KEY FROM EVENTS',
      group: `SELECT COMPANYID || ' ' || PERSONID AS KEY FROM COMPANIES`,
      page: 'SELECT VIEW_ID AS KEY FROM PAGES',
      screen: 'SELECT VIEW_ID AS KEY FROM SCREENS',
      alias: 'SELECT OLD_ID AS KEY FROM USER_RESOLUTION',
    })) {
      const rows = await snowflake.query(sql);
      keys[type] = rows.map(({ KEY }) => String(KEY)).sort();
    }
    return keys;
  } finally {
    await snowflake.close();
  }
}

interface Received {
  readonly type: string;
  readonly messageId: string;
  readonly userId: string;
  readonly groupId?: string;
  readonly previousId?: string;
  readonly properties?: Readonly<Record<string, unknown>>;
}

/** What the collector took, in order. */
function received(): Received[] {
  const text = readFileSync(join(folder, '.snowmelt/demo/received.ndjson'), 'utf8');
  return text
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as Received);
}

/** The rows that arrived, by call. */
function receivedKeys(): Record<string, string[]> {
  const keys: Record<string, Set<string>> = {};
  for (const { type, userId, groupId, previousId, properties } of received()) {
    const key = {
      identify: userId,
      track: properties?.['event_id'],
      group: `${groupId ?? ''} ${userId}`,
      page: properties?.['view_id'],
      screen: properties?.['view_id'],
      alias: previousId,
    }[type];
    (keys[type] ??= new Set()).add(String(key));
  }
  return Object.fromEntries(Object.entries(keys).map(([type, set]) => [type, [...set].sort()]));
}

function serverPids(): number[] {
  return ['snowflake-server', 'collector-server'].map((name) => {
    const facts = JSON.parse(readFileSync(join(folder, `.snowmelt/demo/${name}.json`), 'utf8')) as { pid: number };
    return facts.pid;
  });
}

/** Programs that were started with a path as their argument. */
function processesIn(path: string): string[] {
  const lines = execFileSync('ps', ['-eo', 'args'], { encoding: 'utf8' }).split('\n');
  return lines.filter((line) => line.includes(path));
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}

/** Rows and messages of a line of the demo's tables: one pair for each of the two runs. */
function tableLines(output: string, name: string): string[] {
  return [...output.matchAll(new RegExp(`^${name} +([\\d,]+) +([\\d,]+) .*$`, 'gm'))].map(
    ([, rows, messages]) => `${rows} rows, ${messages} messages`,
  );
}

describe('npm run demo', { timeout: 240_000 }, () => {
  it('sends every row, then only the changed ones, and ends with its servers', async () => {
    const runner = startRunner();
    expect(await runner.ended, runner.output()).toEqual({ code: 0, signal: null });
    const output = runner.output();
    expect(tableLines(output, 'people')).toEqual(['5,000 rows, 5,000 messages', '50 rows, 50 messages']);
    expect(tableLines(output, 'events')).toEqual(['6,000 rows, 6,000 messages', '60 rows, 60 messages']);
    expect(tableLines(output, 'companies')).toEqual(['800 rows, 800 messages', '8 rows, 8 messages']);
    expect(tableLines(output, 'pages')).toEqual(['2,400 rows, 2,400 messages', '24 rows, 24 messages']);
    expect(tableLines(output, 'screens')).toEqual(['1,400 rows, 1,400 messages', '14 rows, 14 messages']);
    expect(tableLines(output, 'id-changes')).toEqual(['400 rows, 400 messages', '4 rows, 4 messages']);
    expect(output).toMatch(/events +[█░]+ +6000 of 6000 rows/);
    expect(receivedKeys()).toEqual(await shopKeys());
    await expect.poll(() => serverPids().filter(isAlive)).toEqual([]);
  });

  it('resumes after SIGKILL in the middle of a sync and sends every row', async () => {
    const killed = await startHeld('identify', 30);
    await expect.poll(() => settledBelow('people')).toBeGreaterThan(0);
    killed.child.kill('SIGKILL');
    expect(await killed.ended).toEqual({ code: null, signal: 'SIGKILL' });
    expect(serverPids().every(isAlive)).toBe(true);
    const below = await settledBelow('people');

    const second = startRunner();
    expect(await second.ended, second.output()).toEqual({ code: 0, signal: null });
    const output = second.output();
    expect(output).toContain('still run');
    expect(output).toMatch(new RegExp(`^people: resumed at row ${below}$`, 'm'));
    expect(receivedKeys()).toEqual(await shopKeys());
    // What was sent twice was sent under the same message id.
    const ids = received().filter(({ type }) => type === 'identify');
    expect(new Set(ids.map(({ messageId }) => messageId)).size).toBe(5050);
    await expect.poll(() => serverPids().filter(isAlive)).toEqual([]);
  });

  it('resumes one sync after the other, killed in the middle of each', async () => {
    const moments = [
      ['events', 'track', 6060],
      ['pages', 'page', 2424],
    ] as const;
    const resumed: string[] = [];
    const outputs: string[] = [];
    for (const [name, type] of moments) {
      const killed = await startHeld(type, 12);
      await expect.poll(() => settledBelow(name)).toBeGreaterThan(0);
      killed.child.kill('SIGKILL');
      expect(await killed.ended).toEqual({ code: null, signal: 'SIGKILL' });
      outputs.push(killed.output());
      resumed.push(`${name}: resumed at row ${await settledBelow(name)}`);
    }
    const last = startRunner();
    expect(await last.ended, last.output()).toEqual({ code: 0, signal: null });
    outputs.push(last.output());
    for (const [index, line] of resumed.entries()) expect(outputs[index + 1]?.split('\n')).toContain(line);
    for (const [, type, rows] of moments) {
      const ids = received().filter((message) => message.type === type);
      expect(new Set(ids.map(({ messageId }) => messageId)).size).toBe(rows);
    }
    expect(receivedKeys()).toEqual(await shopKeys());
  });

  it.each([
    ['SIGINT', 130],
    ['SIGTERM', 143],
  ] as const)('ends at %s with its servers', async (signal, code) => {
    const runner = await startHeld('identify', 10);
    const pids = serverPids();
    expect(pids.every(isAlive)).toBe(true);
    runner.child.kill(signal);
    expect(await runner.ended, runner.output()).toEqual({ code, signal: null });
    expect(runner.output()).toMatch(/Stopped\.\n$/);
    await expect.poll(() => pids.filter(isAlive)).toEqual([]);
  });

  it('ends at SIGINT while its servers start', async () => {
    const runner = startRunner();
    await runner.printed(/Starting a Snowflake/);
    const announced = join(folder, '.snowmelt/demo/collector-server.json');
    await expect.poll(() => existsSync(announced), { timeout: 60_000, interval: 5 }).toBe(true);
    runner.child.kill('SIGINT');
    expect(await runner.ended, runner.output()).toEqual({ code: 130, signal: null });
    // No file tells of a server that has not announced itself, but the system does.
    await expect.poll(() => processesIn(folder)).toEqual([]);
  });

  it('leaves no servers behind for long when it was killed', async () => {
    // Longer than a runner is silent while it loads the driver on a busy machine.
    const runner = await startHeld('identify', 10, { DEMO_ORPHAN_MS: '15000' });
    const pids = serverPids();
    runner.child.kill('SIGKILL');
    await runner.ended;
    expect(pids.every(isAlive)).toBe(true);
    await expect.poll(() => pids.filter(isAlive), { timeout: 60_000 }).toEqual([]);
  });
});

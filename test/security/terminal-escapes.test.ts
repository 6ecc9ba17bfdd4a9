import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { startSnowflake, type EmbeddedSnowflake } from 'snowmelt/testing';
import { progressBar, runReportHtml } from 'snowmelt/report';
import { CallbackSink } from 'snowmelt/sinks';
import { defineMapper, diagnose, fromAsyncIterable, MemoryStateStore, SinkError, Sync } from 'snowmelt';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { buildPackage, runNode, type Outcome, type UserFolder } from '../cli/build-package.js';

/** What a terminal acts on, and what turns a text around: title, erase, C1, carriage return, backspace, bidi. */
const EVIL = '\u001b]0;owned\u0007\u001b[2J\u009b31m\r\b\u202egpj.exe\u202c\u2066x\u2069\u2028';
/** As a second line that looks like one of ours. */
const FORGED = '\npeople: completed: 9 rows delivered';
// eslint-disable-next-line no-control-regex -- the very characters
const ACTED_ON = /[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069]/;

function expectHarmless(text: string): void {
  expect(text).not.toMatch(ACTED_ON);
  expect(text).toContain(String.raw`\u001b]0;owned\u0007`);
}

describe('a text of others reaches no terminal as it is', () => {
  const evilSync = () =>
    new Sync({
      name: 'people',
      source: fromAsyncIterable(
        async function* () {
          for (let row = 0; row < 3; row++) yield { [`id${EVIL}`]: `${row}${EVIL}` };
        },
        { columns: [`id${EVIL}`] },
      ),
      mapper: defineMapper((row) => ({
        type: 'track' as const,
        userId: row[`id${EVIL}`] as string,
        event: `e${EVIL}`,
      })),
      sink: new CallbackSink(async () => {
        throw new SinkError('SINK_FAILED', `no${EVIL}${FORGED}<"'>`, { retryable: false, hint: `why${EVIL}` });
      }),
      state: new MemoryStateStore(),
      logger,
    });
  const logged: string[] = [];
  const log = (_fields: object, text: string) => void logged.push(text);
  const logger = { info: log, warn: log, error: log };

  it('in the texts of a preview and of a plan', async () => {
    const preview = String(await evilSync().preview());
    expectHarmless(preview);
    expectHarmless(String(await evilSync().plan()));
    // Three rows and three messages: none became two lines.
    expect(preview.match(/^ {2}[012].*gpj\.exe/gm)).toHaveLength(6);
  });

  it('in the log and the page of a run', async () => {
    const report = await evilSync().run();
    expect(report.status).toBe('failed');
    expectHarmless(logged.join('\n'));
    expect(logged.join('')).not.toContain('\n');
    const html = runReportHtml(report);
    expectHarmless(html);
    expect(html).toContain('&lt;&quot;&#39;&gt;');
  });

  it('in the progress bar, whose own characters stay', async () => {
    const written: string[] = [];
    const inner = evilSync();
    const named = { name: EVIL, on: inner.on.bind(inner), off: inner.off.bind(inner) };
    progressBar(named, { stream: { isTTY: true, columns: 100, write: (text: string) => written.push(text) } });
    await inner.run();
    const [first = ''] = written;
    expect(first.startsWith(String.raw`${'\r'}\u001b]0;o`)).toBe(true);
    expect(first.endsWith('\u001b[K')).toBe(true);
    expect(first.slice(1, -3)).not.toMatch(ACTED_ON);
  });

  it("in a diagnosis, where a destination's and a configuration's errors stand", async () => {
    const error = new SinkError('SINK_FAILED', `no${EVIL}${FORGED}`, {
      retryable: false,
      hint: `first${EVIL}\nsecond`,
    });
    const text = String(await diagnose({ source: () => Promise.reject(error) }));
    expectHarmless(text);
    expect(text.split('\n')).not.toContain(FORGED.trim());
    expect(text).toMatch(/first.*\n +second\n/);
  });
});

describe('nor does one from the command line', { timeout: 240_000 }, () => {
  let folder: UserFolder;
  let snowflake: EmbeddedSnowflake;

  const CONFIG = `
import { FileStateStore, identify, MemoryStateStore, QueryTemplate, SinkError, SqlApiSource, Sync } from 'snowmelt';
import { CallbackSink } from 'snowmelt/sinks';
const EVIL = ${JSON.stringify(EVIL)};
export const source = new SqlApiSource(JSON.parse(process.env.CONNECTION));
if (process.env.BROKEN !== undefined) throw new SinkError('SINK_FAILED', 'no' + EVIL, { hint: 'why' + EVIL });
const fail = new CallbackSink(async (batch) => {
  if (process.env.REJECT === undefined)
    throw new SinkError('SINK_FAILED', 'no' + EVIL + ${JSON.stringify(FORGED)}, { hint: 'why' + EVIL });
  return { accepted: 0, retry: [], rejected: batch.map((message, index) => ({ index, code: 'REFUSED', reason: 'bad' + EVIL + ${JSON.stringify(FORGED)} })) };
});
const shared = { source, mapper: identify(), sink: fail, state: new FileStateStore('./.snowmelt') };
const query = new QueryTemplate('SELECT ID AS "userId", EMAIL AS "mail' + EVIL + '" FROM PEOPLE WHERE LAST_UPDATED >= {{last_sync_time}}');
const state = new MemoryStateStore();
const empty = { schema: 3, lastSyncTime: 0, fencingToken: 1, lastToken: 1, history: [] };
const { version, storeTime } = await state.compareAndSet('held', undefined, empty);
const lease = { holder: 'x', host: 'far' + EVIL, pid: 1, processStart: '', expiresAt: storeTime + 60000, ttlMs: 60000 };
await state.compareAndSet('held', version, { ...empty, lease });
export const syncs = [
  new Sync({ ...shared, name: 'people', query, deadLetter: new CallbackSink(async () => undefined) }),
  new Sync({ ...shared, name: 'alone', query }),
  new Sync({ ...shared, name: 'held', query, state }),
];
`;
  const snowmelt = async (args: readonly string[], env: NodeJS.ProcessEnv = {}): Promise<Outcome> =>
    runNode([folder.cli, ...args], folder.path, {
      ...process.env,
      CONNECTION: JSON.stringify(snowflake.connection({ database: 'SHOP' })),
      ...env,
    });

  beforeAll(async () => {
    [folder, snowflake] = await Promise.all([
      buildPackage(),
      startSnowflake({
        databases: ['SHOP'],
        seedSql: `CREATE TABLE PEOPLE AS SELECT SEQ4() + 1 AS ID, '${EVIL}' || ID AS EMAIL, SYSDATE() AS LAST_UPDATED
          FROM TABLE(GENERATOR(ROWCOUNT => 3))`,
      }),
    ]);
    await writeFile(join(folder.path, 'snowmelt.config.mjs'), CONFIG);
  }, 300_000);
  afterAll(async () => {
    await Promise.all([folder.remove(), snowflake.close()]);
  });

  it.each([
    ['names and values as JSON', 0, ['preview', 'people', '--json'], {}],
    ['names and values', 0, ['preview', 'people'], {}],
    ['what a destination says', 1, ['run', 'alone'], {}],
    ['what it says, as JSON', 1, ['run', 'alone', '--json'], {}],
    ['why it rejects', 0, ['run', 'people'], { REJECT: 'all' }],
    ['what a configuration throws', 1, ['doctor'], { BROKEN: 'yes' }],
    ['the holder of a lease', 0, ['status', 'held'], {}],
    ['an unknown file', 2, ['run', '--config', `./${EVIL}.mjs`], {}],
  ] as const)('%s', async (_what, expected, args, env) => {
    const { code, stdout, stderr } = await snowmelt(args, env);
    expect(code, stdout + stderr).toBe(expected);
    expectHarmless(stdout + stderr);
    expect(`${stdout}${stderr}`.split('\n')).not.toContain(FORGED.trim());
    if (args[0] === 'preview' && args[2] === '--json') {
      expect(JSON.parse(stdout)).toMatchObject({ columns: [{}, { name: `mail${EVIL}` }] });
    }
  });

  it("what Snowflake's message quotes", async () => {
    const message = "syntax error line 1 at position 1 unexpected '\u001b]0;owned\u0007\u009b2J\u202e'.";
    snowflake.faults.inject({ kind: 'error', code: '001003', message, on: 'api-submit' });
    const { stdout, stderr } = await snowmelt(['preview', 'people']);
    expectHarmless(stdout + stderr);
  });
});

import { createPrivateKey } from 'node:crypto';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, readFile, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { startCollector, startSnowflake, type Collector, type EmbeddedSnowflake } from 'snowmelt/testing';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { buildPackage, runNode, type Outcome, type UserFolder } from './build-package.js';

let folder: UserFolder;
let snowflake: EmbeddedSnowflake;
let collector: Collector;

const environment = (): NodeJS.ProcessEnv => ({
  ...process.env,
  CONNECTION: JSON.stringify(snowflake.connection({ database: 'SHOP' })),
  ENDPOINT: collector.endpoint,
  WRITE_KEY: collector.writeKey,
});

const snowmelt = async (...args: string[]): Promise<Outcome> =>
  runNode([folder.cli, ...args], folder.path, environment());

// A sync each for what can become of a run: fine, refused by Snowflake, disabled, never-ending.
const CONFIG = `
import { FileStateStore, identify, QueryTemplate, semanticEvents, SqlApiSource, Sync } from 'snowmelt';
import { FileSnapshotStore, snapshotDiff } from 'snowmelt/diff';
import { CustomerIoSink } from 'snowmelt/customerio';
import { CallbackSink } from 'snowmelt/sinks';

export const source = new SqlApiSource(JSON.parse(process.env.CONNECTION));
const shared = {
  source,
  mapper: identify(),
  sink: new CustomerIoSink({ endpoint: process.env.ENDPOINT, writeKey: process.env.WRITE_KEY }),
  state: new FileStateStore('./.snowmelt'),
};
const people = new QueryTemplate('SELECT ID AS "userId", EMAIL AS "email" FROM people WHERE LAST_UPDATED >= {{last_sync_time}}');
const stuck = new CallbackSink((_batch, { signal }) => new Promise((resolve, reject) => {
  console.error('writing');
  signal.addEventListener('abort', () => reject(signal.reason));
}));
export const syncs = [
  new Sync({ ...shared, name: 'people', query: people }),
  new Sync({ ...shared, name: 'broken', query: new QueryTemplate('SELECT ID AS "userId" FROM nowhere') }),
  new Sync({ ...shared, name: 'off', query: people, enabled: false }),
  new Sync({ ...shared, name: 'stuck', query: people, sink: stuck }),
  new Sync({
    ...shared,
    name: 'mirror',
    query: new QueryTemplate('SELECT ID AS "userId", EMAIL AS "email" FROM mirrored'),
    changes: snapshotDiff({
      key: ['userId'],
      mode: 'mirror',
      removed: ({ userId }) => semanticEvents.deletePerson({ userId: String(userId) }),
      snapshots: new FileSnapshotStore('./.snapshots'),
    }),
  }),
];
`;

beforeAll(async () => {
  [folder, snowflake, collector] = await Promise.all([
    buildPackage(),
    startSnowflake({
      databases: ['SHOP'],
      seedSql: `CREATE TABLE PEOPLE AS SELECT SEQ4() + 1 AS ID, 'person-' || ID || '@shop.example' AS EMAIL,
        SYSDATE() AS LAST_UPDATED FROM TABLE(GENERATOR(ROWCOUNT => 20));
        CREATE TABLE MIRRORED AS SELECT * FROM PEOPLE`,
    }),
    startCollector(),
  ]);
  await writeFile(join(folder.path, 'snowmelt.config.mjs'), CONFIG);
}, 300_000);
afterAll(async () => {
  await Promise.all([folder.remove(), snowflake.close(), collector.close()]);
});

describe('snowmelt keygen', { timeout: 240_000 }, () => {
  it('writes the private key to a file only its owner may read, and never prints it', async () => {
    const { code, stdout, stderr } = await snowmelt('keygen', '--json');
    expect(code).toBe(0);
    const made = JSON.parse(stdout) as { privateKeyPath: string; publicKeyPath: string; fingerprint: string };
    expect(made).toMatchObject({ privateKeyPath: 'rsa_key.p8', publicKeyPath: 'rsa_key.pub' });
    expect(made.fingerprint).toMatch(/^SHA256:/);
    expect((await stat(join(folder.path, 'rsa_key.p8'))).mode & 0o777).toBe(0o600);
    const privateKey = await readFile(join(folder.path, 'rsa_key.p8'), 'utf8');
    expect(privateKey).toContain('BEGIN PRIVATE KEY');
    expect(stdout + stderr).not.toContain(privateKey.split('\n')[1]);
  });

  it('never overwrites a key', async () => {
    const before = await readFile(join(folder.path, 'rsa_key.p8'), 'utf8');
    const { code, stderr } = await snowmelt('keygen');
    expect(code).toBe(2);
    expect(stderr).toContain('rsa_key.p8 exists already');
    expect(await readFile(join(folder.path, 'rsa_key.p8'), 'utf8')).toBe(before);
  });

  it('leaves no private key beside the public key of another one', async () => {
    await writeFile(join(folder.path, 'other.pub'), 'the public key in use');
    const { code, stderr } = await snowmelt('keygen', '--out', 'other.p8');
    expect(code).toBe(2);
    expect(stderr).toContain('other.pub exists already');
    await expect(stat(join(folder.path, 'other.p8'))).rejects.toMatchObject({ code: 'ENOENT' });
    expect(await readFile(join(folder.path, 'other.pub'), 'utf8')).toBe('the public key in use');
  });

  it('prints SQL of that key which a Snowflake takes', async () => {
    const select = ['--select', 'SHOP.PUBLIC.PEOPLE', '--user', 'reader', '--role', 'reader'];
    const { code, stdout } = await snowmelt('setup-sql', ...select, '--allow-ip', '127.0.0.1');
    expect(code).toBe(0);
    await snowflake.query(stdout);
    const privateKey = await readFile(join(folder.path, 'rsa_key.p8'), 'utf8');
    expect(stdout).toContain('GRANT SELECT ON TABLE "SHOP"."PUBLIC"."PEOPLE"');
    expect(stdout).not.toContain(privateKey.split('\n')[1]);
    const limits = ['--auto-suspend', '30', '--statement-timeout', '600'];
    const monitor = ['--resource-monitor', 'cap', '--credit-quota', '10'];
    const limited = await snowmelt('setup-sql', ...select, '--warehouse', 'capped', ...limits, ...monitor);
    await snowflake.query(limited.stdout);
    expect(limited.stdout).toContain('AUTO_SUSPEND = 30 ');
    expect(limited.stdout).toContain('STATEMENT_TIMEOUT_IN_SECONDS = 600;');
    expect(limited.stdout).toContain('RESOURCE MONITOR IF NOT EXISTS "CAP" WITH CREDIT_QUOTA = 10 ');
    expect(limited.stdout).toContain('ALTER WAREHOUSE "CAPPED" SET RESOURCE_MONITOR = "CAP";');
    expect((await snowmelt('setup-sql', '--rotate', '--public-key', 'rsa_key.pub')).stdout).toContain(
      'RSA_PUBLIC_KEY_2',
    );
    expect((await snowmelt('setup-sql', ...select, '--tear-down')).stdout).toContain('DROP USER IF EXISTS "READER"');
  });
});

describe('snowmelt, for other ways to sign in', { timeout: 240_000 }, () => {
  const select = ['--select', 'SHOP.PUBLIC.PEOPLE'];

  it('makes an EC key, and none of a size', async () => {
    expect(await snowmelt('keygen', '--algorithm', 'ES256', '--out', 'ec.p8')).toMatchObject({ code: 0 });
    const key = createPrivateKey(await readFile(join(folder.path, 'ec.p8')));
    expect(key.asymmetricKeyDetails?.namedCurve).toBe('prime256v1');
    const both = await snowmelt('keygen', '--algorithm', 'ES256', '--bits', '4096', '--out', 'ec4096.p8');
    expect(both).toMatchObject({ code: 2 });
    expect(both.stderr).toContain('`bits` does not go with algorithm ES256');
  });

  it('prints the script of each, which a Snowflake takes', async () => {
    const scripts: readonly (readonly [args: readonly string[], holds: string])[] = [
      [
        ['--user', 'u1', '--public-key', 'ec.pub', '--key-pair', 'nightly', '--days-to-expiry', '90'],
        'ALTER USER "U1" ADD KEY PAIR "NIGHTLY" PUBLIC_KEY = ',
      ],
      [
        [
          '--user',
          'u2',
          '--authenticator',
          'PROGRAMMATIC_ACCESS_TOKEN',
          '--allow-ip',
          '127.0.0.1',
          '--days-to-expiry',
          '7',
        ],
        `ADD PROGRAMMATIC ACCESS TOKEN "SNOWMELT" ROLE_RESTRICTION = 'SNOWMELT' DAYS_TO_EXPIRY = 7;`,
      ],
      [
        ['--user', 'u3', '--authenticator', 'OAUTH', '--login-name', 'a@b.c', '--policy-schema', 'SHOP.PUBLIC'],
        `LOGIN_NAME = 'a@b.c'`,
      ],
      [
        [
          '--user',
          'u4',
          '--authenticator',
          'WORKLOAD_IDENTITY',
          '--workload-identity',
          'AWS',
          '--arn',
          'arn:aws:iam::1:role/r',
        ],
        `WORKLOAD_IDENTITY = (TYPE = AWS ARN = 'arn:aws:iam::1:role/r')`,
      ],
    ];
    for (const [args, holds] of scripts) {
      const { code, stdout, stderr } = await snowmelt('setup-sql', ...select, ...args);
      expect(code, stderr).toBe(0);
      expect(stdout).toContain(holds);
      await snowflake.query(stdout);
    }
    const rotated = await snowmelt('setup-sql', '--rotate', '--user', 'u2', '--token-name', 'SNOWMELT');
    const [shown] = await snowflake.query(rotated.stdout.split('-- Step 2')[0] ?? '');
    expect(shown?.['token_secret']).toMatch(/^eyJ/);
  });

  it.each<[readonly string[], string]>([
    [[...select, '--authenticator', 'PROGRAMMATIC_ACCESS_TOKEN'], '`allowedIps` is missing'],
    [[...select, '--authenticator', 'BROWSER'], '`authenticator`'],
    [[...select, '--authenticator', 'OAUTH', '--days-to-expiry', '3'], '--days-to-expiry needs a key pair with a name'],
    [[...select, '--arn', 'x'], 'are of a --workload-identity'],
    [['--rotate'], '--public-key of the new key is missing'],
  ])('refuses %j', async (args, message) => {
    const { code, stdout, stderr } = await snowmelt('setup-sql', ...args);
    expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
    expect(stderr).toContain(message);
  });

  it('does not repeat a token that was passed as a name', async () => {
    const token = 'eyJraWQiOiIxMjM0NTY3ODkwIn0.eyJwIjoiMTIzNDU2Nzg5MDEyMyJ9.c2ln';
    const { code, stdout, stderr } = await snowmelt('setup-sql', '--rotate', '--token-name', token);
    expect(code).toBe(2);
    expect(stdout + stderr).not.toContain('eyJraWQ');
  });
});

describe('snowmelt on syncs', { timeout: 240_000 }, () => {
  it('previews and plans without sending', async () => {
    const preview = await snowmelt('preview', 'people', '--limit', '2');
    expect(preview).toMatchObject({ code: 0, stderr: '' });
    expect(preview.stdout).toContain('nothing was sent');
    const plan = await snowmelt('plan', 'people', '--json');
    expect(plan.code).toBe(0);
    expect(JSON.parse(plan.stdout)).toMatchObject({ sync: 'people', rowsRead: 20, messages: 20 });
    expect(collector.messages).toHaveLength(0);
  });

  it('diagnoses syncs, and gives 1 when one is broken', async () => {
    const { code, stdout } = await snowmelt('doctor', 'people', 'broken', '--json');
    expect(code).toBe(1);
    const [people, broken] = stdout
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line) as Record<string, unknown>);
    expect(people).toMatchObject({ sync: 'people', ok: true });
    expect(broken).toMatchObject({ sync: 'broken', ok: false });
    const text = await snowmelt('doctor', 'people');
    expect(text.code).toBe(0);
    expect(text.stdout).toMatch(/^people\nok /);
  });

  it('runs a sync, tells what became of it, and ends by itself', async () => {
    const { code, stdout } = await snowmelt('run', 'people', '--json');
    expect(code).toBe(0);
    expect(JSON.parse(stdout)).toMatchObject({ sync: 'people', status: 'completed', rowsDelivered: 20 });
    expect(collector.messages).toHaveLength(20);
  });

  it('shows the state', async () => {
    const { code, stdout } = await snowmelt('status', 'people');
    expect(code).toBe(0);
    expect(stdout).toMatch(
      /^people: last_sync_time \d{10} \(\d{4}-.*\)\n {2}last run: completed, started \d{4}-.*Z\n$/,
    );
  });

  it('explains a row as text and as JSON', async () => {
    const text = await snowmelt('explain', 'people', 'userId=7');
    expect(text).toMatchObject({ code: 0, stderr: '' });
    expect(text.stdout).toMatch(/^people userId=7: should-have-been-sent\n/);
    expect(text.stdout).toContain('email   person-7@shop.example');
    expect(text.stdout).toContain('{"type":"identify","userId":"7"');
    const json = await snowmelt('explain', 'people', 'userId=7', 'email=a=b', '--json');
    expect(JSON.parse(json.stdout)).toMatchObject({
      sync: 'people',
      key: { userId: '7', email: 'a=b' },
      code: 'not-in-query',
      rows: [],
    });
    expect((await snowmelt('explain', 'off', 'userId=7', '--json')).stdout).toContain('"code":"disabled"');
  });

  it.each([
    [['people'], 'the key of a row is missing'],
    [['people', 'userId'], 'column=value'],
    [['userId=7'], 'the key of a row is missing'],
    [['nobody', 'userId=7'], 'There is no sync'],
    [['people', 'nothing=7'], 'Columns of the query: userId, email'],
    [['people', 'userId=seven'], 'userId is no NUMBER'],
  ])('explain %j is misuse, with what to write', async (args, said) => {
    const { code, stdout, stderr } = await snowmelt('explain', ...args);
    expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
    expect(stderr).toContain(said);
    expect(stderr).not.toContain('seven');
  });

  it('sends history again, between two times, and leaves last_sync_time as it is', async () => {
    const before = await snowmelt('status', 'people', '--json');
    const { code, stdout } = await snowmelt('backfill', 'people', '--from', '2020-01-31', '--json');
    expect(code).toBe(0);
    expect(JSON.parse(stdout)).toMatchObject({ sync: 'people', status: 'completed', rowsDelivered: 20 });
    const lastSyncTime = (text: string): unknown => (JSON.parse(text) as { lastSyncTime: unknown }).lastSyncTime;
    const after = await snowmelt('status', 'people', '--json');
    expect(lastSyncTime(after.stdout)).toBe(lastSyncTime(before.stdout));
    const upTo = ['--to', '2020-01-31T08:00:00+02:00'];
    expect(await snowmelt('backfill', 'people', '--from', '0', ...upTo)).toMatchObject({
      code: 2,
      stderr: expect.stringContaining('needs {{sync_time}} in the query'),
    });
  });

  it('plans the syncs that can be, says which one cannot, and tells it in JSON too', async () => {
    const { code, stdout, stderr } = await snowmelt('plan', 'broken', 'people', '--last-sync-time', '0', '--json');
    expect(code).toBe(1);
    const [broken, people] = stdout
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line) as Record<string, unknown>);
    expect(broken).toMatchObject({ sync: 'broken', error: { code: 'SOURCE_SQL' } });
    expect(people).toMatchObject({ sync: 'people', lastSyncTime: 0, rowsRead: 20 });
    expect(stderr).toMatch(/^broken: SOURCE_SQL: /);
  });

  it('tells errors of runs on stderr', async () => {
    const { stdout, stderr } = await snowmelt('run', 'broken');
    expect(stdout).toMatch(/^broken: failed: /);
    expect(stdout).not.toContain('SOURCE_SQL');
    expect(stderr).toMatch(/^broken: SOURCE_SQL: .*NOWHERE/i);
  });

  it('sets last_sync_time, to a time or to none', async () => {
    const { code, stdout } = await snowmelt('reset', 'off', '--last-sync-time', '2026-01-31T08:00:00+02:00');
    expect(code).toBe(0);
    expect(stdout).toBe('off: last_sync_time 1769839200 (2026-01-31T06:00:00Z)\n');
    const again = await snowmelt('reset', 'off', '--json');
    expect(JSON.parse(again.stdout)).toMatchObject({ sync: 'off', lastSyncTime: 0 });
  });

  it('takes secrets from a file of environment variables; those that are set stay', async () => {
    await writeFile(join(folder.path, 'sync.env'), 'WRITE_KEY=of-the-file\nOTHER_KEY="of the file"\n');
    const config = `console.error(process.env.OTHER_KEY, process.env.WRITE_KEY === 'of-the-file');
      export { source, syncs } from './snowmelt.config.mjs';`;
    await writeFile(join(folder.path, 'other.mjs'), config);
    const { code, stderr } = await snowmelt('status', '--config', 'other.mjs', '--env', 'sync.env');
    expect({ code, stderr }).toEqual({ code: 0, stderr: 'of the file false\n' });
  });

  it('seeds, tells what changed, holds removals, lets them go, and sends all again', async () => {
    const sent = collector.messages.length;
    expect((await snowmelt('seed', 'mirror')).stdout).toMatch(/^mirror: completed: .* 20 unchanged; 0 added, /);
    await snowflake.query(`USE DATABASE SHOP; DELETE FROM MIRRORED WHERE ID <= 3;
      UPDATE MIRRORED SET EMAIL = 'x' WHERE ID = 9`);
    const run = await snowmelt('run', 'mirror');
    expect(run.stdout).toMatch(
      /16 unchanged; 0 added, 1 changed, 0 removed, 3 held, .*\n {2}warning REMOVALS_HELD: 3 /,
    );
    expect(run.stdout).toContain('snowmelt run mirror --remove-up-to 3');
    const status = await snowmelt('status', 'mirror');
    expect(status.stdout).toContain('  snapshot: 20 keys\n  3 removals held (too-many) since ');
    expect(status.stdout).toContain('snowmelt run mirror --remove-up-to 3');
    expect((await snowmelt('plan', 'mirror')).stdout).toContain('3 removals would be held');
    expect((await snowmelt('run', 'mirror', '--remove-up-to', '3')).stdout).toContain('3 removed, 0 held');
    expect((await snowmelt('run', 'mirror', '--resend')).stdout).toMatch(/^mirror: completed: 17 rows delivered/);
    expect(collector.messages.length - sent).toBe(1 + 3 + 17);
  });

  it.each([
    [['run', '--resend'], 'takes the name of one sync'],
    [['run', 'people', '--resend'], 'needs `changes`'],
    [['run', 'mirror', '--remove-up-to', 'all'], '--remove-up-to is not a whole number'],
    [['seed', 'people'], 'needs `changes`'],
    [['plan', 'mirror', '--resend'], 'has no option --resend'],
  ])('refuses %j', async (args, said) => {
    expect(await snowmelt(...args)).toMatchObject({ code: 2, stderr: expect.stringContaining(said) });
  });

  it('gives 1 when a run failed, and runs the others all the same', async () => {
    const { code, stdout } = await snowmelt('run', 'broken', 'people', '--json');
    expect(code).toBe(1);
    const [broken, people] = stdout
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line) as Record<string, unknown>);
    expect(broken).toMatchObject({ status: 'failed', error: { name: 'SourceError', code: expect.any(String) } });
    expect(people).toMatchObject({ status: 'completed' });
  });

  it('gives 3 when a sync was skipped and nothing failed', async () => {
    const { code, stdout } = await snowmelt('run', 'people', 'off');
    expect(code).toBe(3);
    expect(stdout).toContain('off: skipped: disabled');
  });

  it('goes on when nobody reads the results any more', async () => {
    const child = spawn(process.execPath, [folder.cli, 'run', 'off', 'people'], {
      cwd: folder.path,
      env: environment(),
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    child.stdout.destroy();
    let told = '';
    child.stderr.on('data', (chunk: Buffer) => (told += chunk.toString()));
    expect(await once(child, 'close')).toEqual([3, null]);
    expect(told).not.toContain('EPIPE');
  });

  it.each([
    ['SIGTERM', 143],
    ['SIGINT', 130],
  ] as const)('ends a run at %s, gives its lease back and exits with %i', async (signal, code) => {
    const child = spawn(process.execPath, [folder.cli, 'run', 'stuck', '--json'], {
      cwd: folder.path,
      env: environment(),
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    let printed = '';
    child.stdout.on('data', (chunk: Buffer) => (printed += chunk.toString()));
    await new Promise<void>((resolve) => {
      child.stderr.on('data', (chunk: Buffer) => {
        if (chunk.includes('writing')) resolve();
      });
    });
    child.kill(signal);
    // Not at its exit: what it printed may still be on its way.
    expect(await once(child, 'close')).toEqual([code, null]);
    expect(JSON.parse(printed)).toMatchObject({ sync: 'stuck', status: 'aborted' });
    const { stdout } = await snowmelt('status', 'stuck', '--json');
    expect(JSON.parse(stdout)).not.toHaveProperty('holder');
  });
});

describe('the configuration file', { timeout: 240_000 }, () => {
  const withoutSnowflake = (types: string): string => `
    export const source = fromAsyncIterable(async function* () { yield { userId: 1 }; }, { columns: ['userId'] });
    export const syncs${types} = [new Sync({
      name: 'one', source, mapper: identify(), sink: new CallbackSink(async () => undefined), state: new MemoryStateStore(),
    })];`;
  const names = 'fromAsyncIterable, identify, MemoryStateStore, Sync';
  const typeScript = `import { ${names} } from 'snowmelt';\nimport { CallbackSink } from 'snowmelt/sinks';
    ${withoutSnowflake(': readonly Sync[]')}`;

  it.each([
    ['snowmelt.config.ts', ['status']],
    ['snowmelt.config.mts', ['status', '--config', 'snowmelt.config.mts']],
    // One in JavaScript may import one in TypeScript.
    ['inner.ts', ['status', '--config', 'outer.mjs']],
  ])('in TypeScript is loaded, or the error says what to do: %s', async (file, args) => {
    const cwd = join(folder.path, `of-${file}`);
    await mkdir(cwd);
    await writeFile(join(cwd, file), typeScript);
    await writeFile(join(cwd, 'outer.mjs'), `export * from './${file}';`);
    const outcome = await runNode([folder.cli, ...args], cwd, environment());
    // Node's own word for whether it strips types: since 22.10, on by default since 22.18 and 23.6.
    if (Reflect.get(process.features, 'typescript')) {
      expect(outcome).toMatchObject({ code: 0, stdout: expect.stringContaining('one: last_sync_time 0') });
    } else {
      expect(outcome).toEqual({
        code: 2,
        stdout: '',
        stderr: `snowmelt: CONFIG_INVALID: Node ${process.version} does not load ${file}.\nWrite it in JavaScript, as snowmelt.config.mjs, or use Node 22.18 or later.\n`,
      });
    }
  });

  it('that requires the CommonJS build is told to import', async () => {
    const code = withoutSnowflake('')
      .replaceAll('export const ', 'exports.')
      .replace('source,', 'source: exports.source,');
    const loads = `const { ${names} } = require('snowmelt');\nconst { CallbackSink } = require('snowmelt/sinks');`;
    await writeFile(join(folder.path, 'required.cjs'), loads + code);
    const { code: exitCode, stderr } = await snowmelt('status', '--config', 'required.cjs');
    expect(stderr).toContain('required.cjs exports syncs of another copy of snowmelt.\nLoad snowmelt by import');
    expect(exitCode).toBe(2);
  });
});

describe('a configuration file that throws', { timeout: 240_000 }, () => {
  it.each([
    [
      'thrown.mjs',
      "const key = 'sk_live_1';\nthrow new TypeError(key);",
      /thrown\.mjs failed with TypeError at line 2\./,
    ],
    ['absent.mjs', "import 'no-such-package';", /absent\.mjs imports no-such-package, which is not there/],
    [
      'program.mjs',
      "import { execFileSync } from 'node:child_process'; execFileSync('no-such-program');",
      /failed with Error \(ENOENT\)/,
    ],
    [
      'keyed.mjs',
      "import { readFileSync } from 'node:fs'; readFileSync('-----BEGIN sk_live_1');",
      /by the text of a key/,
    ],
    [
      'stackless.mjs',
      "Error.prepareStackTrace = (e, frames) => frames; throw new TypeError('sk_live_1');",
      /stackless\.mjs failed with TypeError/,
    ],
    ['syntax.mjs', 'export const syncs = [;', /syntax\.mjs failed with SyntaxError\./],
  ])('is named, with the line, and none of its text is shown: %s', async (file, text, told) => {
    await writeFile(join(folder.path, file), text);
    const { code, stdout, stderr } = await snowmelt('run', '--config', file);
    expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
    expect(stderr).toMatch(told);
    expect(stderr).toMatch(/To see the whole error: node |npm install|as privateKey/);
    expect(stderr).not.toContain('sk_live_1');
  });
});

describe('misuse', { timeout: 240_000 }, () => {
  it.each([
    [['fly'], 'There is no command "fly"'],
    [['constructor'], 'There is no command "constructor"'],
    [['setup-sql'], 'setup-sql: --select is missing'],
    [['setup-sql', '--select', 'A.B.C', 'A.B.D'], 'Write --select once for each'],
    [['setup-sql', '--rotate'], 'snowmelt keygen --out new_key.p8'],
    [['keygen', 'my.p8'], 'does not know what "my.p8" is'],
    [['backfill', 'people', '--from', '20260131'], '--from is not a time'],
    [['run', '--limit', '3'], 'snowmelt run has no option --limit'],
    [['run', '--no-such'], '--no-such'],
    [['run', 'nobody'], 'There is no sync "nobody"'],
    [['preview'], 'snowmelt preview takes the name of one sync'],
    [['reset'], 'snowmelt reset takes the name of one sync'],
    [['backfill', 'people', 'off', '--from', '0'], 'snowmelt backfill takes the name of one sync'],
    [['backfill', 'people'], '--from is missing'],
    [['backfill', 'people', '--from', '2026-01-31T08:00'], '--from is not a time'],
    [['reset', 'people', '--last-sync-time', 'yesterday'], '--last-sync-time is not a time'],
    [['run', '--env', 'missing.env'], '--env missing.env cannot be read (ENOENT)'],
    [['preview', 'people', '--limit', 'many'], '--limit is not a whole number'],
    [['run', '--config', 'missing.mjs'], 'There is no missing.mjs'],
    [['setup-sql', '--public-key', 'missing.pub', '--select', 'A.B.C'], 'missing.pub cannot be read'],
    [['setup-sql', '--select', 'PEOPLE'], 'CONFIG_INVALID'],
    [['setup-sql', '--select', 'A.B.C', '--resource-monitor', 'CAP'], '--credit-quota 10'],
    [['setup-sql', '--select', 'A.B.C', '--credit-quota', '10'], 'go together'],
    [['setup-sql', '--select', 'A.B.C', '--auto-suspend', 'never'], '--auto-suspend is not a whole number'],
    [['setup-sql', '--select', 'A.B.C', '--statement-timeout', '0'], 'statementTimeoutSeconds'],
    [['keygen', '--bits', '512', '--out', 'small.p8'], 'Use 2048, 3072 or 4096'],
  ])('gives 2 and says what to do: %j', async (args, text) => {
    const { code, stdout, stderr } = await snowmelt(...args);
    expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
    expect(stderr).toContain(text);
  });

  it('explains itself, and knows its version', async () => {
    expect(await snowmelt()).toMatchObject({ code: 0, stdout: expect.stringContaining('snowmelt run') });
    const { version } = JSON.parse(
      await readFile(join(folder.path, 'node_modules', 'snowmelt', 'package.json'), 'utf8'),
    ) as { version: string };
    expect((await snowmelt('--version')).stdout).toBe(`${version}\n`);
  });
});

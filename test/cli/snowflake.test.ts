import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { cp, mkdir, readdir, readFile, stat, symlink, writeFile } from 'node:fs/promises';
import { createServer, type AddressInfo } from 'node:net';
import { dirname, join } from 'node:path';
import snowflake from 'snowflake-sdk';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { root } from '../structure/source-files.js';
import { execute, login } from '../testing/snowflake/driver.js';
import { buildPackage, runNode, type Outcome, type UserFolder } from './build-package.js';

let folder: UserFolder;
const running: ChildProcess[] = [];
const environment = (): NodeJS.ProcessEnv => ({ ...process.env, TMPDIR: join(folder.path, 'tmp') });

const snowmelt = async (...args: string[]): Promise<Outcome> =>
  runNode([folder.cli, 'snowflake', ...args], folder.path, environment());

interface Running {
  readonly child: ChildProcess;
  readonly text: string;
  readonly stop: (signal: NodeJS.Signals) => Promise<unknown>;
  /** All that was printed so far, on both streams. */
  readonly printed: () => string;
}

/** Starts the command and waits until it has said how to connect. */
async function start(...args: string[]): Promise<Running> {
  const child = spawn(process.execPath, [folder.cli, 'snowflake', '--port', '0', ...args], {
    cwd: folder.path,
    env: environment(),
  });
  running.push(child);
  let [text, told] = ['', ''];
  child.stderr.on('data', (chunk: Buffer) => (told += chunk.toString()));
  await new Promise<void>((resolve, reject) => {
    child.stdout.on('data', (chunk: Buffer) => {
      text += chunk.toString();
      if (text.endsWith('}\n') || text.includes('connectAsync')) resolve();
    });
    child.once('close', () => {
      reject(new Error(told));
    });
  });
  const stop = async (signal: NodeJS.Signals): Promise<unknown> => {
    const closed = once(child, 'close');
    child.kill(signal);
    return closed;
  };
  return { child, text, stop, printed: () => text + told };
}

async function select(json: string, sql: string): Promise<Record<string, unknown>[]> {
  const connection = await login(snowflake.createConnection(JSON.parse(json) as snowflake.ConnectionOptions));
  const { rows } = await execute(connection, sql);
  await new Promise((resolve) => {
    connection.destroy(resolve);
  });
  return rows;
}

beforeAll(async () => {
  folder = await buildPackage();
  await mkdir(join(folder.path, 'tmp'));
  await symlink(join(root, 'node_modules', 'snowflake-sdk'), join(folder.path, 'node_modules', 'snowflake-sdk'));
  await writeFile(join(folder.path, 'tables.sql'), 'CREATE TABLE people (id NUMBER, name TEXT);\n');
  await writeFile(
    join(folder.path, 'rows.sql'),
    "-- two; of them\nINSERT INTO people VALUES (1, 'Ada'), (2, 'Bob');\n",
  );
  await writeFile(
    join(folder.path, 'wrong.sql'),
    "CREATE TABLE fine (a NUMBER);\n\n-- not there\nINSERT INTO nowhere VALUES ('hidden-value');\n",
  );
}, 300_000);
afterEach(() => {
  for (const child of running.splice(0)) child.kill('SIGKILL');
});
afterAll(async () => {
  await folder.remove();
});

describe('snowmelt snowflake', { timeout: 240_000 }, () => {
  it('prints a program that connects as it stands, and never the key', async () => {
    const { text, stop, printed } = await start('--seed', 'tables.sql', '--seed', 'rows.sql');
    const program = text.slice(text.indexOf('import snowflake'));
    await writeFile(
      join(folder.path, 'pasted.mjs'),
      `${program}
connection.execute({
  sqlText: 'SELECT name FROM people ORDER BY id',
  complete: (error, statement, rows) => {
    console.log('ROWS', error?.message ?? JSON.stringify(rows));
    connection.destroy(() => {});
  },
});`,
    );
    const pasted = await runNode(['pasted.mjs'], folder.path, {
      ...environment(),
      SNOWFLAKE_DISABLE_PLATFORM_DETECTION: 'true',
    });
    expect(pasted.stdout).toContain('ROWS [{"NAME":"Ada"},{"NAME":"Bob"}]');
    const path = /Private key: (\S+)/.exec(text)?.[1] ?? '';
    expect((await stat(path)).mode & 0o777).toBe(0o600);
    const lines = (await readFile(path, 'utf8')).split('\n');
    expect(lines[0]).toContain('PRIVATE KEY');
    expect(await stop('SIGTERM')).toEqual([143, null]);
    expect(printed()).not.toContain(lines[1]);
    // The key goes with the server.
    expect((await readdir(join(folder.path, 'tmp'))).filter((name) => name.startsWith('snowmelt-snowflake'))).toEqual(
      [],
    );
  });

  it('keeps data and key in files that are named, for a user that is named', async () => {
    const options = ['--json', '--file', 'dev.duckdb', '--private-key', 'dev.p8', '--user', 'ann'];
    const first = await start(...options, '--seed', 'tables.sql', '--seed', 'rows.sql');
    expect(JSON.parse(first.text)).toMatchObject({ username: 'ANN', privateKeyPath: join(folder.path, 'dev.p8') });
    expect(first.text).not.toContain('"privateKey"');
    const key = await readFile(join(folder.path, 'dev.p8'), 'utf8');
    expect(await first.stop('SIGINT')).toEqual([130, null]);

    const second = await start(...options);
    expect(await readFile(join(folder.path, 'dev.p8'), 'utf8')).toBe(key);
    const sql = 'SELECT CURRENT_USER() AS u, COUNT(*) AS n FROM people';
    expect(await select(second.text, sql)).toEqual([{ U: 'ANN', N: 2 }]);

    // Another process has the file.
    const third = await snowmelt('--port', '0', '--file', 'dev.duckdb');
    expect(third).toMatchObject({ code: 2, stdout: '' });
    expect(third.stderr).toContain('CONFIG_INVALID: The database file dev.duckdb is in use.');
    await second.stop('SIGTERM');

    const again = await snowmelt('--port', '0', '--file', 'dev.duckdb', '--seed', 'tables.sql');
    expect(again.code).toBe(2);
    expect(again.stderr).toContain('tables.sql, line 1 (statement 1, CREATE TABLE people …)');
    expect(again.stderr).toContain('The database file keeps what was made before');
  });

  it('says that a port is in use', async () => {
    const { text, stop } = await start('--json');
    const { port } = new URL((JSON.parse(text) as { accessUrl: string }).accessUrl);
    const { code, stderr } = await snowmelt('--port', port);
    expect(stderr).toContain(`CONFIG_INVALID: Port ${port} of 127.0.0.1 is in use.\n`);
    expect(code).toBe(2);
    await stop('SIGTERM');
  });

  it('says the same when something else has it', async () => {
    const other = createServer().listen(0, '127.0.0.1');
    await once(other, 'listening');
    const { port } = other.address() as AddressInfo;
    const { code, stderr } = await snowmelt('--port', String(port));
    other.close();
    expect(stderr).toContain(`Port ${port} of 127.0.0.1 is in use.`);
    expect(code).toBe(2);
  });

  it.each([
    [['--seed', 'tables.sql', '--seed', 'missing.sql'], 'The seed file missing.sql cannot be read (ENOENT).'],
    [['--seed', 'wrong.sql'], 'The seed failed in wrong.sql, line 4 (statement 2, INSERT INTO nowhere VALUES …): '],
    [['--file', 'tables.sql'], 'The database file tables.sql is there and is no DuckDB database.'],
    [['--file', 'no/such/dev.duckdb'], 'The database file no/such/dev.duckdb cannot be made: its folder is not there.'],
    [['--private-key', 'tables.sql'], 'The private key is not usable: the file '],
    [['--private-key', 'no/such/key.p8'], 'cannot be written (ENOENT).'],
    [['--port', '70000'], '--port is above 65535.'],
    [['tables.sql'], 'snowmelt snowflake does not know what "tables.sql" is.\nWrite --seed once for each file'],
    [['--limit', '3'], 'snowmelt snowflake has no option --limit.'],
  ])('refuses %j', async (args, said) => {
    const { code, stdout, stderr } = await snowmelt(...(args.includes('--port') ? [] : ['--port', '0']), ...args);
    expect(stderr).toContain(said);
    expect(stderr).not.toContain('hidden-value');
    expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
    expect((await readdir(join(folder.path, 'tmp'))).filter((name) => name.startsWith('snowmelt-snowflake'))).toEqual(
      [],
    );
  });

  it('says what to install where DuckDB is not there', async () => {
    const modules = join(folder.path, 'bare', 'node_modules');
    const bare = join(modules, 'snowmelt');
    await cp(dirname(dirname(folder.cli)), bare, { recursive: true, dereference: true });
    for (const name of ['zod', 'p-retry', 'eventemitter3']) {
      await symlink(join(root, 'node_modules', name), join(modules, name));
    }
    const { code, stderr } = await runNode(
      [join(bare, 'dist', 'cli.js'), 'snowflake', '--port', '0'],
      join(folder.path, 'bare'),
      environment(),
    );
    expect(stderr).toContain('PEER_MISSING: The embedded Snowflake needs the package @duckdb/node-api');
    expect(stderr).toContain('npm install @duckdb/node-api');
    expect(code).toBe(2);
  });
});

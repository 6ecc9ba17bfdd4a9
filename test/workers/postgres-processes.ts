import { execFileSync } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import pg from 'pg';
import { codeOf } from '../../src/errors/code-of.js';

/** Stops or kills a PostgreSQL server with all its processes, as the kernel does. */
export class PostgresProcesses {
  readonly #postmaster: number;
  #pids: readonly number[] = [];

  private constructor(postmaster: number) {
    this.#postmaster = postmaster;
  }

  /** Of the server that listens there. */
  static async of(connectionString: string): Promise<PostgresProcesses> {
    const client = new pg.Client({ connectionString });
    await client.connect();
    const { rows } = await client.query<{ data_directory: string }>('SHOW data_directory');
    await client.end();
    const file = await readFile(`${rows[0]!.data_directory}/postmaster.pid`, 'utf8');
    return new PostgresProcesses(Number(file.split('\n', 1)[0]));
  }

  /** It takes connections from now on, and says nothing. */
  freeze(): void {
    process.kill(this.#postmaster, 'SIGSTOP');
    const children = execFileSync('ps', ['-o', 'pid=', '--ppid', `${this.#postmaster}`], { encoding: 'utf8' });
    this.#pids = [this.#postmaster, ...children.trim().split(/\s+/).map(Number)];
    for (const pid of this.#pids) signal(pid, 'SIGSTOP');
  }

  thaw(): void {
    for (const pid of this.#pids) signal(pid, 'SIGCONT');
    this.#pids = [];
  }
}

/** A server process whose client has gone ends by itself meanwhile. */
function signal(pid: number, name: NodeJS.Signals): void {
  try {
    process.kill(pid, name);
  } catch (error) {
    if (codeOf(error) !== 'ESRCH') throw error;
  }
}

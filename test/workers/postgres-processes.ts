import { execFileSync } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import pg from 'pg';

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
    for (const pid of this.#pids) process.kill(pid, 'SIGSTOP');
  }

  thaw(): void {
    for (const pid of this.#pids) process.kill(pid, 'SIGCONT');
    this.#pids = [];
  }
}

import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { startCollector, startSnowflake, type Collector, type EmbeddedSnowflake } from 'snowmelt/testing';
import { expect } from 'vitest';
import { environment } from '../package/pack-package.js';
import type { HostReport } from './host-program.js';

/** Where a host program reads and where it sends. */
export interface HostSettings {
  readonly connection: ReturnType<EmbeddedSnowflake['connection']>;
  readonly endpoint: string;
  readonly writeKey: string;
}

/** A Snowflake with people in it, and a destination for them. */
export class Servers {
  readonly #snowflake: EmbeddedSnowflake;
  readonly #collector: Collector;
  readonly #rows: number;

  private constructor(snowflake: EmbeddedSnowflake, collector: Collector, rows: number) {
    this.#snowflake = snowflake;
    this.#collector = collector;
    this.#rows = rows;
  }

  static async start(rows: number): Promise<Servers> {
    const snowflake = await startSnowflake({
      seedSql: `CREATE TABLE PEOPLE AS SELECT TO_VARCHAR(SEQ4() + 1) AS ID, 'person-' || ID || '@shop.example' AS EMAIL,
        (SEQ4() / 100)::NUMBER(10,2) AS PAID, DATEADD('second', SEQ4(), '2026-01-01'::TIMESTAMP_NTZ) AS SEEN
        FROM TABLE(GENERATOR(ROWCOUNT => ${rows}))`,
    });
    return new Servers(snowflake, await startCollector(), rows);
  }

  /** What a host program is told. */
  get settings(): HostSettings {
    const { endpoint, writeKey } = this.#collector;
    return { connection: this.#snowflake.connection(), endpoint, writeKey };
  }

  /** Ids of the people who have arrived. */
  get arrived(): readonly unknown[] {
    return this.#collector.messages.map(({ userId }) => userId);
  }

  /** Runs a host program and looks at its last line. */
  async run(command: string, args: readonly string[], cwd: string): Promise<HostReport> {
    const env = { ...environment(), SNOWMELT_HOST: JSON.stringify(this.settings), NODE_PATH: '' };
    const { stdout } = await promisify(execFile)(command, args, { cwd, env, maxBuffer: 1e8 });
    return JSON.parse(stdout.trim().split('\n').at(-1) ?? '') as HostReport;
  }

  /** Runs it, and looks whether every row has arrived once. */
  async runAll(command: string, args: readonly string[], cwd: string): Promise<void> {
    this.expectAll(await this.run(command, args, cwd));
  }

  /** Looks whether every row has arrived once, as the report says, and forgets them. */
  expectAll(report: unknown): void {
    expect(report).toEqual({ status: 'completed', rows: this.#rows, error: null });
    const { messages } = this.#collector;
    expect(messages).toHaveLength(this.#rows);
    expect(new Set(messages.map(({ userId }) => userId)).size).toBe(this.#rows);
    expect(messages.find(({ userId }) => userId === '2')).toMatchObject({
      type: 'identify',
      traits: { email: 'person-2@shop.example', paid: 0.01, seen: '2026-01-01T00:00:01Z' },
    });
    this.#collector.clear();
  }

  async close(): Promise<void> {
    await Promise.all([this.#snowflake.close(), this.#collector.close()]);
  }
}

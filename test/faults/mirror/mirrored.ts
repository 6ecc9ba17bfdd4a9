import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { SqlApiSource } from 'snowmelt';
import { startCollector, startSnowflake, type Collector, type EmbeddedSnowflake } from 'snowmelt/testing';
import type { MirrorSetup } from '../../child/mirror-runner.js';

/** People by their id, with their e-mail. */
export type PeopleById = ReadonlyMap<string, string>;

interface World {
  readonly snowflake: EmbeddedSnowflake;
  readonly collector: Collector;
  readonly folder: string;
  readonly people: number;
  readonly random: () => number;
}

/** A table that changes all the time, its destination, and what runs saw of it. */
export class Mirrored {
  readonly setup: Omit<MirrorSetup, 'seed'>;
  readonly snowflake: EmbeddedSnowflake;
  readonly collector: Collector;
  readonly folder: string;
  readonly people: number;
  readonly random: () => number;
  /** The rows of each run's result, in their order. */
  readonly results = new Map<string, readonly (readonly [id: string, email: string])[]>();
  /** Texts of all statements. */
  readonly statements = new Set<string>();
  readonly #looking: SqlApiSource;
  #changes = 0;

  private constructor(source: MirrorSetup['source'], { snowflake, collector, folder, people, random }: World) {
    this.snowflake = snowflake;
    this.collector = collector;
    this.folder = folder;
    this.people = people;
    this.random = random;
    const connection = snowflake.connection();
    const { endpoint, writeKey } = collector;
    const paths = { folder: join(folder, 'state'), snapshots: join(folder, 'snapshots') };
    this.setup = { connection, endpoint, writeKey, ...paths, source, wait: 120 };
    this.#looking = new SqlApiSource(connection);
  }

  static async start(source: MirrorSetup['source'], people: number, random: () => number): Promise<Mirrored> {
    const snowflake = await startSnowflake({
      resultChunkRows: 200,
      resultInlineRows: 100,
      seedSql: `CREATE TABLE EVERYBODY (ID NUMBER);
        INSERT INTO EVERYBODY SELECT SEQ4() FROM TABLE(GENERATOR(ROWCOUNT => ${people}));
        CREATE TABLE PEOPLE (ID NUMBER, EMAIL VARCHAR);
        INSERT INTO PEOPLE SELECT ID, 'p' || ID || '@example.com' FROM EVERYBODY WHERE MOD(ID, 4) > 0`,
    });
    const collector = await startCollector({ check: false });
    const folder = await mkdtemp(join(tmpdir(), 'snowmelt-mirror-'));
    return new Mirrored(source, { snowflake, collector, folder, people, random });
  }

  /** Some people come, change, change back to what they were at first, go, and come back. */
  async change(): Promise<void> {
    this.#changes += 1;
    const fresh = `'c${this.#changes}-' || ID || '@example.com'`;
    const first = `'p' || ID || '@example.com'`;
    const some = (share: number): string => {
      const [factor, shift] = [1 + 2 * this.#upTo(500), this.#upTo(1_000)];
      return `MOD(ID * ${factor} + ${shift}, 1000) < ${share * 1_000}`;
    };
    const coming = this.random() < 0.5 ? fresh : first;
    await this.snowflake.query(`
      UPDATE PEOPLE SET EMAIL = ${fresh} WHERE ${some(0.1)};
      UPDATE PEOPLE SET EMAIL = ${first} WHERE ${some(0.04)};
      DELETE FROM PEOPLE WHERE ${some(0.08)};
      INSERT INTO PEOPLE SELECT ID, ${coming} FROM EVERYBODY
        WHERE ${some(0.3)} AND ID NOT IN (SELECT ID FROM PEOPLE)`);
  }

  /** Reads what runs have seen, by what they told of their queries. */
  async learn(queries: ReadonlyMap<string, string>): Promise<void> {
    for (const sql of this.snowflake.stats().sql) this.statements.add(sql);
    for (const [runId, queryId] of queries) {
      if (this.results.has(runId)) continue;
      const { signal } = new AbortController();
      const sql = `SELECT "userId", "email" FROM TABLE(RESULT_SCAN('${queryId}'))`;
      const result = await this.#looking.execute({ sql, binds: [] }, { signal });
      const rows: (readonly [string, string])[] = [];
      for await (const batch of result.read({ from: 0, signal })) {
        rows.push(...batch.rows.map(([id, email]) => [String(id), String(email)] as const));
      }
      this.results.set(runId, rows);
    }
  }

  async table(): Promise<PeopleById> {
    const rows = await this.snowflake.query('SELECT ID, EMAIL FROM PEOPLE');
    return new Map(rows.map(({ ID, EMAIL }) => [ID ?? '', EMAIL ?? '']));
  }

  /** What the destination knows of everybody, by all that it was told, in its order. */
  replayed(): PeopleById {
    const known = new Map<string, string>();
    for (const { type, userId, traits } of this.collector.messages) {
      if (type === 'identify') known.set(userId as string, (traits as { email: string }).email);
      else known.delete(userId as string);
    }
    return known;
  }

  /** Makes things go wrong, now and then. */
  spoil(): void {
    const { snowflake, collector } = this;
    const effects = [
      { kind: 'status', status: 503, retryAfterSeconds: 0 },
      { kind: 'reset', afterBytes: 200 },
      { kind: 'truncated-json' },
      { kind: 'delay', ms: 50 },
    ] as const;
    const effect = effects[this.#upTo(effects.length)];
    if (effect !== undefined) {
      snowflake.faults.inject({ ...effect, on: ['chunk', 'api-status'], after: this.#upTo(4), times: 1 });
    }
    if (this.random() < 0.3) snowflake.faults.inject({ kind: 'lose-answer', on: ['query', 'api-submit'], times: 1 });
    const harms = [
      { kind: 'status', status: 503 },
      { kind: 'status', status: 429, retryAfter: '0' },
      { kind: 'status-after-accept', status: 500 },
      { kind: 'reset', accept: true },
      { kind: 'reset-mid-response' },
    ] as const;
    const harm = harms[this.#upTo(harms.length)];
    if (harm !== undefined) collector.fault(harm, { after: this.#upTo(8), times: 2 });
    // As far away as a real destination, so that requests are on their way whenever the kill comes.
    collector.fault({ kind: 'slow', delayMs: 5 }, { times: Infinity });
  }

  /** Ends the faults, and resolves when everything that the dead have sent has been taken. */
  async calm(): Promise<void> {
    this.snowflake.faults.clear();
    this.collector.clearFaults();
    for (let round = 0; round < 3; round += 1) await (await fetch(this.collector.endpoint)).arrayBuffer();
  }

  async close(): Promise<void> {
    await this.#looking.close();
    await this.collector.close();
    await this.snowflake.close();
    await rm(this.folder, { recursive: true, force: true });
  }

  #upTo(end: number): number {
    return Math.floor(this.random() * end);
  }
}

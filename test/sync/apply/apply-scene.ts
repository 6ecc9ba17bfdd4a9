import {
  identify,
  MemoryStateStore,
  QueryTemplate,
  SnowflakeSource,
  SqlApiSource,
  Sync,
  type JsonObject,
  type PlanToken,
  type Source,
  type SyncOptions,
  type SyncPlan,
} from 'snowmelt';
import { CustomerIoSink } from 'snowmelt/customerio';
import { startCollector, startSnowflake, type Collector, type EmbeddedSnowflake } from 'snowmelt/testing';

/** The query of the scene. */
export const CHANGED = 'SELECT ID AS "userId", EMAIL AS "email" FROM PEOPLE WHERE UPDATED >= {{last_sync_time}}';

/** The sources by what they speak. */
export const SOURCES = [
  ['the driver', SnowflakeSource],
  ['the SQL API', SqlApiSource],
] as const;

/** A table of fifty people who were changed long ago, two users who may read it, and a destination. */
export class ApplyScene {
  readonly snowflake: EmbeddedSnowflake;
  readonly collector: Collector;
  state = new MemoryStateStore();
  readonly #sources: Source[] = [];

  private constructor(snowflake: EmbeddedSnowflake, collector: Collector) {
    this.snowflake = snowflake;
    this.collector = collector;
  }

  static async start(): Promise<ApplyScene> {
    const users = ['ADA', 'BOB'].map((name) => ({ name, roles: ['ACCOUNTADMIN'] }));
    const snowflake = await startSnowflake({ users, resultChunkRows: 20, resultInlineRows: 5 });
    return new ApplyScene(snowflake, await startCollector({ check: false }));
  }

  /** Begins anew: a full table, and no record. */
  async restart(): Promise<void> {
    for (const source of this.#sources.splice(0)) await source.close();
    this.state = new MemoryStateStore();
    this.collector.clear();
    this.collector.clearFaults();
    await this.snowflake.query(`CREATE OR REPLACE TABLE PEOPLE (ID NUMBER, EMAIL VARCHAR, UPDATED TIMESTAMP_NTZ);
      INSERT INTO PEOPLE SELECT SEQ4(), 'p' || SEQ4() || '@example.com', '2026-01-01' FROM TABLE(GENERATOR(ROWCOUNT => 50))`);
  }

  /** A source of its own, as another process would have. */
  source(Kind: typeof SnowflakeSource | typeof SqlApiSource = SqlApiSource, username = 'ADA'): Source {
    const source = new Kind(this.snowflake.connection({ user: username }));
    this.#sources.push(source);
    return source;
  }

  sync(options: Partial<SyncOptions> = {}): Sync {
    return new Sync({
      name: 'people',
      source: options.source ?? this.source(),
      query: new QueryTemplate(CHANGED),
      mapper: identify(),
      sink: new CustomerIoSink({
        endpoint: this.collector.endpoint,
        writeKey: this.collector.writeKey,
        maxMessages: 10,
      }),
      state: this.state,
      ...options,
    });
  }

  /** Another address for a person, as of now. */
  async change(id: number, email: string): Promise<void> {
    await this.snowflake.query(`UPDATE PEOPLE SET EMAIL = '${email}', UPDATED = SYSDATE() WHERE ID = ${id}`);
  }

  /** What has arrived since the last time: addresses by person. */
  arrived(): Map<string, unknown> {
    const found = new Map(
      this.collector.messages.map(({ userId, traits }) => [
        userId as string,
        (traits as JsonObject | undefined)?.['email'],
      ]),
    );
    this.collector.clear();
    return found;
  }

  async close(): Promise<void> {
    for (const source of this.#sources.splice(0)) await source.close();
    await this.collector.close();
    await this.snowflake.close();
  }
}

/** The token of a plan, on its way through a file. */
export function tokenOf({ token, notApplicable }: SyncPlan): PlanToken {
  if (token === undefined) throw new Error(`no token: ${notApplicable ?? ''}`);
  return JSON.parse(JSON.stringify(token)) as PlanToken;
}

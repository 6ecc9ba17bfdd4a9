import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  defineMapper,
  MemoryStateStore,
  QueryTemplate,
  SqlApiSource,
  Sync,
  withFilter,
  type DeadLetter,
  type DecodedRow,
  type DeliveryRecord,
  type IdentifyMessage,
  type Sink,
  type SnowflakeSource,
  type Source,
  type Statement,
  type SyncOptions,
} from 'snowmelt';
import { NdjsonSink } from 'snowmelt/sinks';
import { startSnowflake, type EmbeddedSnowflake } from 'snowmelt/testing';
import { expect } from 'vitest';

export const QUERY = `SELECT ID AS "userId", EMAIL AS "email", PLAN AS "plan" FROM PEOPLE p
  WHERE p.UPDATED >= {{last_sync_time:epoch}}`;

/** Skips the plan `none`; cannot map the plan `broken`. */
export const mapper = defineMapper<DecodedRow, IdentifyMessage>((row) => {
  if (row['plan'] === 'broken') throw new TypeError('this plan is broken');
  if (row['plan'] === 'none') return undefined;
  return { type: 'identify', userId: `${row['userId'] as number}`, traits: { email: row['email'] ?? null } };
});

/** A table of five people, a destination that has a filter and rejects one of them, and what a sync of them keeps. */
export class ExplainScene {
  readonly snowflake: EmbeddedSnowflake;
  folder = '';
  state = new MemoryStateStore();
  sent: IdentifyMessage[] = [];
  /** Statements that Snowflake was sent. */
  statements: Statement[] = [];
  readonly #sources: Source[] = [];

  private constructor(snowflake: EmbeddedSnowflake) {
    this.snowflake = snowflake;
  }

  static async start(): Promise<ExplainScene> {
    return new ExplainScene(await startSnowflake());
  }

  /** Begins anew: 1 is fine, 2 is skipped, 3 is filtered, 4 is rejected, 5 cannot be mapped. */
  async restart(): Promise<void> {
    await this.clear();
    this.folder = await mkdtemp(join(tmpdir(), 'snowmelt-explain-'));
    this.state = new MemoryStateStore();
    this.sent = [];
    await this.sql(`CREATE OR REPLACE TABLE PEOPLE (ID NUMBER, EMAIL VARCHAR, PLAN VARCHAR, UPDATED NUMBER);
      INSERT INTO PEOPLE SELECT COLUMN1, COLUMN2, COLUMN3, DATE_PART(EPOCH_SECOND, SYSDATE()) - 3600 FROM VALUES
        (1, 'ada@example.com', 'pro'), (2, 'bob@example.com', 'none'), (3, 'cleo@test.example', 'pro'),
        (4, 'dan@example.com', 'pro'), (5, 'eve@example.com', 'broken')`);
  }

  sql(text: string): Promise<unknown> {
    return this.snowflake.query(text);
  }

  /** A source that tells what Snowflake was sent. */
  source(Kind: typeof SnowflakeSource | typeof SqlApiSource = SqlApiSource): Source {
    const source: Source = new Kind(this.snowflake.connection());
    this.#sources.push(source);
    const execute: Source['execute'] = (statement, options) => {
      this.statements.push(statement);
      return source.execute(statement, options);
    };
    return new Proxy(source, {
      get: (target, name) => {
        const value: unknown = name === 'execute' ? execute : Reflect.get(target, name);
        return typeof value === 'function' ? (value.bind(target) as unknown) : value;
      },
    });
  }

  /** Takes everybody but 4, and leaves out the addresses of tests. */
  sink(): Sink<IdentifyMessage> {
    const plain: Sink<IdentifyMessage> = {
      name: 'crm',
      write: (batch) => {
        const rejected = batch.flatMap(({ userId }, index) =>
          userId === '4' ? [{ index, code: 'BAD_PERSON', reason: 'not this one' }] : [],
        );
        this.sent.push(...batch.filter(({ userId }) => userId !== '4'));
        return Promise.resolve({ accepted: batch.length - rejected.length, rejected });
      },
    };
    return withFilter(plain, ({ traits }) => !(traits?.['email'] as string).endsWith('@test.example'));
  }

  sync(options: Partial<SyncOptions<IdentifyMessage>> = {}): Sync<IdentifyMessage> {
    return new Sync<IdentifyMessage>({
      name: 'people',
      source: options.source ?? this.source(),
      query: new QueryTemplate(QUERY),
      mapper,
      sink: this.sink(),
      state: this.state,
      deadLetter: new NdjsonSink<DeadLetter<IdentifyMessage>>({ path: this.rejected }),
      deliveryLog: new NdjsonSink<DeliveryRecord>({ path: this.delivered }),
      ...options,
    });
  }

  get rejected(): string {
    return join(this.folder, 'rejected.ndjson');
  }

  get delivered(): string {
    return join(this.folder, 'delivered.ndjson');
  }

  /** Waits until Snowflake's clock shows a later second than a run began in. */
  async later(): Promise<void> {
    const begun = (await this.state.get('people'))?.value.lastSyncTime ?? 0;
    const source = this.source();
    await expect.poll(async () => Math.floor((await source.now()).getTime() / 1000)).toBeGreaterThan(begun);
  }

  async clear(): Promise<void> {
    for (const source of this.#sources.splice(0)) await source.close();
    this.statements = [];
    if (this.folder !== '') await rm(this.folder, { recursive: true, force: true });
  }

  async close(): Promise<void> {
    await this.clear();
    await this.snowflake.close();
  }
}

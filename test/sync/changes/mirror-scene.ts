import {
  identify,
  MemoryStateStore,
  QueryTemplate,
  semanticEvents,
  SqlApiSource,
  Sync,
  type Message,
  type RunReport,
  type Source,
  type SyncOptions,
} from 'snowmelt';
import { CustomerIoSink } from 'snowmelt/customerio';
import { MemorySnapshotStore, snapshotDiff, type SnapshotDiffOptions } from 'snowmelt/diff';
import { startCollector, startSnowflake, type Collector, type EmbeddedSnowflake } from 'snowmelt/testing';

/** The query of the scene; its key is `userId`. */
export const PEOPLE = 'SELECT ID AS "userId", EMAIL AS "email" FROM PEOPLE';

/** A table of a hundred people, a destination, and a sync that mirrors the one to the other. */
export class MirrorScene {
  readonly snowflake: EmbeddedSnowflake;
  readonly collector: Collector;
  state = new MemoryStateStore();
  snapshots = new MemorySnapshotStore();
  readonly #sources: { close(): Promise<void> }[] = [];

  private constructor(snowflake: EmbeddedSnowflake, collector: Collector) {
    this.snowflake = snowflake;
    this.collector = collector;
  }

  /** @param resultChunkRows - rows of a page of a result */
  static async start(resultChunkRows = 20): Promise<MirrorScene> {
    const snowflake = await startSnowflake({ resultChunkRows, resultInlineRows: 5 });
    const scene = new MirrorScene(snowflake, await startCollector({ check: false }));
    return scene;
  }

  /** Begins anew: a full table, and nothing known of it. */
  async restart(): Promise<void> {
    for (const source of this.#sources.splice(0)) await source.close();
    this.state = new MemoryStateStore();
    this.snapshots = new MemorySnapshotStore();
    this.collector.clear();
    await this.refill();
  }

  /** All hundred people are there, as they were at first. */
  async refill(): Promise<void> {
    await this.sql(`CREATE OR REPLACE TABLE PEOPLE (ID NUMBER, EMAIL VARCHAR);
      INSERT INTO PEOPLE SELECT SEQ4(), 'p' || SEQ4() || '@example.com' FROM TABLE(GENERATOR(ROWCOUNT => 100))`);
  }

  sql(text: string): Promise<unknown> {
    return this.snowflake.query(text);
  }

  /** A source that is closed with the scene. */
  source<S extends Source & { close(): Promise<void> } = SqlApiSource>(
    Kind: new (options: ReturnType<EmbeddedSnowflake['connection']>) => S = SqlApiSource as never,
  ): S {
    const source = new Kind(this.snowflake.connection());
    this.#sources.push(source);
    return source;
  }

  /** The sync, with other options of its own or of `changes`. */
  sync<M = Message>(changes: Partial<SnapshotDiffOptions<M>> = {}, options: Partial<SyncOptions<M>> = {}): Sync<M> {
    return new Sync<M>({
      name: 'people',
      source: options.source ?? this.source(),
      query: new QueryTemplate(PEOPLE),
      mapper: identify() as never,
      sink: new CustomerIoSink({
        endpoint: this.collector.endpoint,
        writeKey: this.collector.writeKey,
        maxMessages: 10,
      }) as never,
      state: this.state,
      ...options,
      changes: snapshotDiff<M>({
        key: ['userId'],
        mode: 'mirror',
        ...((changes.mode ?? 'mirror') === 'mirror' && { removed: removePerson as never }),
        snapshots: this.snapshots,
        ...changes,
      }),
    });
  }

  /** What has arrived since the last time: call and user, sorted. */
  arrived(): string[] {
    const texts = this.collector.messages.map(({ type, userId, event }) =>
      [type, event as string | undefined, userId as string].filter((word) => word !== undefined).join(' '),
    );
    this.collector.clear();
    return texts.sort();
  }

  async close(): Promise<void> {
    for (const source of this.#sources.splice(0)) await source.close();
    await this.collector.close();
    await this.snowflake.close();
  }
}

function removePerson({ userId }: Readonly<Record<string, unknown>>): unknown {
  return semanticEvents.deletePerson({ userId: String(userId) });
}

/** A run that has to go well. */
export async function completed(run: Promise<RunReport>): Promise<RunReport> {
  const report = await run;
  report.throwIfFailed();
  return report;
}

/** What a report says of removals: how many went, how many are held, and the text of the warning. */
export function removalsOf({ changes, warnings }: RunReport): { removed: number; held: number; why: string } {
  const why = warnings.find(({ code }) => code === 'REMOVALS_HELD')?.message ?? '';
  return { removed: changes?.removed ?? 0, held: changes?.held ?? 0, why };
}

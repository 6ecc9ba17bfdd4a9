import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { alias, MemoryStateStore, QueryTemplate, SnowflakeSource, Sync, track, type SyncOptions } from 'snowmelt';
import { CustomerIoSink } from 'snowmelt/customerio';
import { startCollector, startSnowflake, type Collector, type EmbeddedSnowflake } from 'snowmelt/testing';

const SEED = `
CREATE TABLE events (ID NUMBER, EVENT VARCHAR, AT TIMESTAMP_NTZ, NOTE VARCHAR);
INSERT INTO events SELECT SEQ4(), IFF(SEQ4() < 700, 'Bought', 'Viewed'), DATEADD(second, SEQ4(), '2026-01-01'::TIMESTAMP_NTZ), 'ü'
  FROM TABLE(GENERATOR(ROWCOUNT => 1000));
INSERT INTO events VALUES (1, 'User Deleted', '2026-01-02', NULL), (2, 'User Deleted', '2026-01-02', NULL),
  (3, 'Suppress Person', '2026-01-02', NULL), (NULL, 'Bought', '2026-01-02', NULL);
CREATE TABLE ids (ID NUMBER, OLD VARCHAR);
INSERT INTO ids VALUES (1, 'a'), (2, 'b');`;

let snowflake: EmbeddedSnowflake;
let collector: Collector;
let source: SnowflakeSource;

beforeAll(async () => {
  snowflake = await startSnowflake({ seedSql: SEED });
  collector = await startCollector();
  source = new SnowflakeSource(snowflake.connection());
});

afterAll(async () => {
  await source.close();
  await collector.close();
  await snowflake.close();
});

const sink = (maxMessages?: number) =>
  new CustomerIoSink({ writeKey: collector.writeKey, endpoint: collector.endpoint, maxMessages });

function sync(options: Partial<SyncOptions> = {}): Sync {
  return new Sync({
    name: 'events',
    source,
    query: new QueryTemplate(
      'SELECT ID AS "userId", EVENT AS "event", AT AS "timestamp", NOTE AS "note" FROM events WHERE AT >= {{last_sync_time}}',
    ),
    mapper: track(),
    sink: sink(),
    state: new MemoryStateStore(),
    deadLetter: { name: 'dead letters', write: async (batch) => ({ accepted: batch.length }) },
    ...options,
  });
}

describe('plan', () => {
  it('counts a whole run by call and event, with what it removes, and sends and stores nothing', async () => {
    const state = new MemoryStateStore();
    const plan = await sync({ state }).plan();
    expect(plan).toMatchObject({
      rowsRead: 1004,
      rowsRejected: 1,
      rowsSkipped: 0,
      messages: 1003,
      calls: [
        { type: 'track', event: 'Bought', messages: 700 },
        { type: 'track', event: 'Viewed', messages: 300 },
        { type: 'track', event: 'User Deleted', messages: 2 },
        { type: 'track', event: 'User Suppressed', messages: 1 },
      ],
      deletes: 2,
      suppressions: 1,
      aliases: 0,
      timestamps: { first: new Date('2026-01-01'), last: new Date('2026-01-02') },
      rejections: [{ row: 1003, code: 'MAPPING_ROW' }],
    });
    expect(String(plan)).toContain('1004 rows');
    expect(await state.get('events')).toBeUndefined();
    expect(collector.stats().requests).toBe(0);
  });

  it('expects what the run then does', async () => {
    const planned = sync({ sink: sink(100), concurrency: 1 });
    const plan = await planned.plan();
    const report = await planned.run();
    report.throwIfFailed();
    expect({ read: plan.rowsRead, rejected: plan.rowsRejected, messages: plan.messages, bytes: plan.bytes }).toEqual({
      read: report.rowsRead,
      rejected: report.rowsRejected,
      messages: report.messages,
      bytes: report.bytes,
    });
    expect(plan.requests).toBe(11);
    expect(report.batches).toBeGreaterThanOrEqual(plan.requests);
  });

  it('fills batches by bytes as the delivery does', async () => {
    const limited = new CustomerIoSink({
      writeKey: collector.writeKey,
      endpoint: collector.endpoint,
      maxBatchBytes: 20_000,
      maxMessageBytes: 10_000,
    });
    const { bytes, messages, requests } = await sync({ sink: limited }).plan();
    const atLeast = Math.ceil((bytes + messages) / 20_000);
    expect(requests).toBeGreaterThanOrEqual(atLeast);
    expect(requests).toBeLessThanOrEqual(atLeast + 1);
  });

  it('reckons the duration from what it is told, and says so', async () => {
    const slow = await sync({ sink: sink(10), concurrency: 2 }).plan({ requestMs: 10_000 });
    expect(slow.durationSeconds).toBeGreaterThanOrEqual(505);
    expect(slow.durationSeconds).toBeLessThan(600);
    expect(slow.assumption).toContain('10000 ms per request, 2 requests at once');
    const limited = await sync({ rateLimit: { maxMessagesPerSecond: 1 } }).plan();
    expect(limited.durationSeconds).toBeGreaterThanOrEqual(1003);
    expect(limited.assumption).toContain('rate limit');
  });

  it('counts only the window of the next run', async () => {
    const planned = sync();
    await planned.reset({ lastSyncTime: new Date('2026-01-01T12:00:00Z') });
    expect(await planned.plan()).toMatchObject({ rowsRead: 4, lastSyncTime: 1_767_268_800 });
    expect(await planned.plan({ lastSyncTime: 0 })).toMatchObject({ rowsRead: 1004 });
  });

  it('counts aliases', async () => {
    const query = new QueryTemplate('SELECT ID AS "userId", OLD AS "previousId" FROM ids');
    const plan = await sync({ query, mapper: alias() }).plan();
    expect(plan).toMatchObject({ aliases: 2, calls: [{ type: 'alias', messages: 2 }], timestamps: undefined });
  });

  it('ends with its signal and refuses wrong options', async () => {
    const reason = new Error('stop');
    await expect(sync().plan({ signal: AbortSignal.abort(reason) })).rejects.toBe(reason);
    await expect(sync().plan({ requestMs: 0 })).rejects.toMatchObject({ code: 'CONFIG_INVALID' });
    await expect(sync().plan({ lastSyncTime: -1 })).rejects.toMatchObject({ code: 'CONFIG_INVALID' });
  });
});

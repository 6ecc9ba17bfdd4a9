import { createHash } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  identify,
  MemoryStateStore,
  QueryTemplate,
  replayDeadLetters,
  SinkError,
  SqlApiSource,
  Sync,
  track,
  withFilter,
} from 'snowmelt';
import type { DeadLetter, DeliveryRecord, Message, Sink } from 'snowmelt';
import { CustomerIoSink } from 'snowmelt/customerio';
import { CallbackSink, NdjsonSink, readDeadLetters, readDeliveryLog } from 'snowmelt/sinks';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { completed, MirrorScene } from './changes/mirror-scene.js';

let scene: MirrorScene;
let folder: string;
beforeAll(async () => {
  scene = await MirrorScene.start();
});
afterAll(async () => scene.close());
beforeEach(async () => {
  await scene.restart();
  folder = await mkdtemp(join(tmpdir(), 'snowmelt-log-'));
});
afterEach(async () => rm(folder, { recursive: true, force: true }));

const file = (): string => join(folder, 'delivered.ndjson');
const log = (): Sink<DeliveryRecord> => new NdjsonSink<DeliveryRecord>({ path: file() });
async function records(): Promise<DeliveryRecord[]> {
  const all: DeliveryRecord[] = [];
  for await (const record of readDeliveryLog(file())) all.push(record);
  return all;
}

/** A sync of the people whose time lies in the window. */
function windowed(more: { readonly sink?: Sink; readonly deadLetter?: Sink<DeadLetter> } = {}): Sync {
  return new Sync<Message>({
    name: 'people',
    source: scene.source(SqlApiSource),
    query: new QueryTemplate(
      'SELECT ID AS "userId", EMAIL AS "email" FROM PEOPLE WHERE 1 >= {{last_sync_time:epoch}} OR ID < 10',
    ),
    mapper: identify(),
    sink: destination(),
    state: new MemoryStateStore(),
    deliveryLog: log(),
    ...more,
  });
}

function destination(): CustomerIoSink {
  const { endpoint, writeKey } = scene.collector;
  return new CustomerIoSink({ endpoint, writeKey, maxMessages: 10 });
}

/** Message id to outcome. */
const byId = (all: readonly DeliveryRecord[]): Map<string | undefined, string> =>
  new Map(all.map(({ messageIds, outcome }) => [messageIds[0], outcome]));

describe('the delivery log of a sync', () => {
  it('has what every run and backfill sent, by the ids that arrived', async () => {
    const sync = windowed();
    const first = await completed(sync.run());
    const second = await completed(sync.run());
    const backfill = await completed(sync.backfill({ from: 0 }));
    const all = await records();
    const of = (runId: string | undefined) => all.filter((record) => record.runId === runId);
    expect([first, second, backfill].map(({ runId }) => of(runId).length)).toEqual([100, 10, 100]);
    expect(new Set(byId(all).keys())).toEqual(new Set(scene.collector.messages.map(({ messageId }) => messageId)));
    expect(all[0]).toMatchObject({ sync: 'people', queryId: first.queryId, row: 0, outcome: 'delivered' });
    // One person has one key in all of them.
    expect(new Set(all.map(({ key }) => key)).size).toBe(100);
  });

  it('has the ranges of workers', async () => {
    const sync = windowed();
    const handle = await sync.begin();
    await completed(sync.deliverRange(handle, { from: 50, to: 100 }));
    await completed(sync.deliverRange(handle, { from: 0, to: 50 }));
    await completed(sync.finish(handle));
    const all = await records();
    expect(all.map(({ row }) => row).sort((a, b) => a - b)).toEqual(Array.from({ length: 100 }, (_, row) => row));
    expect(new Set(all.map(({ runId }) => runId))).toEqual(new Set([handle.runId]));
  });

  it('has what changed and what was removed, by the hash of the key columns, and nothing of unchanged rows', async () => {
    const sync = scene.sync({}, { deliveryLog: log() });
    const first = await completed(sync.run());
    await scene.sql(`UPDATE PEOPLE SET EMAIL = 'new@example.com' WHERE ID = 7; DELETE FROM PEOPLE WHERE ID = 8`);
    const second = await completed(sync.run());
    const all = await records();
    const of = (runId: string | undefined) => all.filter((record) => record.runId === runId);
    expect(of(first.runId)).toHaveLength(100);
    const [changed, removed, ...others] = of(second.runId);
    expect(others).toEqual([]);
    expect(changed?.removal).toBeUndefined();
    expect(removed).toMatchObject({ removal: true, outcome: 'delivered', row: 99 });
    const hash = (id: string): string => createHash('sha256').update(`n${id.length}:${id}`).digest('hex').slice(0, 32);
    expect([changed?.key, removed?.key]).toEqual([hash('7'), hash('8')]);
    expect(byId(all).has(scene.collector.messages.at(-1)?.messageId)).toBe(true);
  });

  it('has nothing of a seed, which sends nothing', async () => {
    await completed(scene.sync({}, { deliveryLog: log() }).seed());
    await expect(records()).rejects.toMatchObject({ code: 'DELIVERY_LOG_UNREADABLE' });
  });

  it('has the replay of a dead letter under the id that was rejected', async () => {
    let isOpen = false;
    const sink: Sink = {
      ...withFilter(destination(), () => true),
      write: async (batch) => {
        const rejected = isOpen
          ? []
          : batch.flatMap(({ userId }, index) => (userId === '5' ? [{ index, code: 'BAD', reason: 'no' }] : []));
        return Promise.resolve({ accepted: batch.length - rejected.length, rejected });
      },
    };
    const rejected = join(folder, 'rejected.ndjson');
    const sync = windowed({ sink, deadLetter: new NdjsonSink<DeadLetter>({ path: rejected }) });
    await completed(sync.run());
    isOpen = true;
    (await replayDeadLetters<Message>(readDeadLetters(rejected), { sync, asStored: true })).throwIfFailed();
    const all = await records();
    const last = all.at(-1);
    const before = all.find(({ outcome }) => outcome === 'rejected');
    expect(before).toMatchObject({ code: 'BAD', key: last?.key });
    expect(last).toMatchObject({ outcome: 'delivered', messageIds: before?.messageIds });
    expect(last?.runId).not.toBe(before?.runId);
  });

  it('fails the run when it fails; the next one goes on behind what has its record', async () => {
    const kept: DeliveryRecord[] = [];
    let isDown = true;
    const write = async (batch: readonly DeliveryRecord[]): Promise<void> => {
      if (isDown && kept.length >= 30) throw new SinkError('SINK_UNREACHABLE', 'down', { retryable: false });
      kept.push(...batch);
      return Promise.resolve();
    };
    const deliveryLog = new CallbackSink<DeliveryRecord>(write, { maxMessages: 10 });
    const state = new MemoryStateStore();
    const sync = new Sync({
      name: 'people',
      source: scene.source(SqlApiSource),
      query: new QueryTemplate('SELECT ID AS "userId" FROM PEOPLE'),
      mapper: track({ event: 'Seen' }),
      sink: destination(),
      state,
      concurrency: 1,
      deliveryLog,
    });
    const report = await sync.run();
    expect(report).toMatchObject({ status: 'failed', error: { code: 'DELIVERY_LOG_FAILED' } });
    const below = (await state.get('people'))?.value.run?.settled[0]?.to ?? 0;
    expect(below).toBeLessThanOrEqual(kept.length);
    isDown = false;
    const next = await completed(sync.run());
    expect(next.runId).toBe(report.runId);
    expect(new Set(kept.map(({ row }) => row)).size).toBe(100);
    const ids = new Map<number, readonly string[]>();
    for (const { row, messageIds } of kept)
      expect(ids.get(row) ?? messageIds).toEqual(ids.set(row, messageIds).get(row));
  });

  it.each(['sink', 'deadLetter'] as const)('has to be another sink than the %s', (option) => {
    const one = new NdjsonSink({ path: file() });
    const make = (): Sync => scene.sync({}, { [option]: one, deliveryLog: one });
    expect(make).toThrow(
      expect.objectContaining({ code: 'CONFIG_INVALID', message: expect.stringContaining('`deliveryLog`') as string }),
    );
  });
});

import {
  QueryTemplate,
  withFilter,
  type DeadLetter,
  type DeliveryRecord,
  type Message,
  type Sink,
  type SyncOptions,
} from 'snowmelt';
import type { SnapshotDiffOptions } from 'snowmelt/diff';
import { NdjsonSink } from 'snowmelt/sinks';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { completed, MirrorScene } from '../changes/mirror-scene.js';
import type { Sync } from 'snowmelt';

let scene: MirrorScene;
let folder: string;
beforeAll(async () => {
  scene = await MirrorScene.start();
});
afterAll(async () => scene.close());
beforeEach(async () => {
  await scene.restart();
  folder = await mkdtemp(join(tmpdir(), 'snowmelt-explain-'));
});
afterEach(async () => rm(folder, { recursive: true, force: true }));

/** Refuses 5. */
function picky(): Sink {
  return {
    name: 'picky',
    write: (batch: readonly Message[]) => {
      const rejected = batch.flatMap(({ userId }, index) =>
        userId === '5' ? [{ index, code: 'BAD', reason: 'not this one' }] : [],
      );
      return Promise.resolve({ accepted: batch.length - rejected.length, rejected });
    },
  };
}

const kept = (): Partial<SyncOptions> => ({
  sink: picky(),
  deadLetter: new NdjsonSink<DeadLetter>({ path: join(folder, 'rejected.ndjson') }),
  deliveryLog: new NdjsonSink<DeliveryRecord>({ path: join(folder, 'delivered.ndjson') }),
});

function sync(changes: Partial<SnapshotDiffOptions> = {}, options: Partial<SyncOptions> = {}): Sync {
  return scene.sync(changes, { ...kept(), ...options });
}

describe('explain with changes', () => {
  it('tells sent, unchanged, changed, rejected and new', async () => {
    const people = sync();
    const first = await completed(people.run());
    expect(await people.explain({ userId: 1 })).toMatchObject({
      code: 'sent',
      rows: [{ run: { runId: first.runId }, window: undefined }],
    });
    const before = {
      code: 'rejected',
      rows: [{ rejection: { code: 'BAD', reason: 'not this one', runId: first.runId } }],
    };
    expect(await people.explain({ userId: 5 })).toMatchObject(before);
    await scene.sql(`UPDATE PEOPLE SET EMAIL = 'other' WHERE ID = 2; INSERT INTO PEOPLE VALUES (200, 'x')`);
    expect(await people.explain({ userId: 2 })).toMatchObject({
      code: 'changed',
      text: expect.stringContaining('another message') as string,
    });
    expect(await people.explain({ userId: 200 })).toMatchObject({
      code: 'changed',
      text: expect.stringContaining('does not have it') as string,
    });
    const second = await completed(people.run());
    expect(await people.explain({ userId: 2 })).toMatchObject({
      code: 'sent',
      rows: [{ run: { runId: second.runId } }],
    });
    const unchanged = await people.explain({ userId: 1 });
    expect(unchanged).toMatchObject({ code: 'unchanged', rows: [{ run: { runId: first.runId } }] });
    expect(unchanged.text).toContain(unchanged.rows[0]?.delivered?.time);
    expect(unchanged.hint).toContain('snowmelt run people --resend');
    // Long after, without a log: the snapshot knows.
    expect(await people.explain({ userId: 5 })).toMatchObject(before);
    expect(await sync({}, { deliveryLog: undefined }).explain({ userId: 5 })).toMatchObject(before);
    expect(await sync({}, { deliveryLog: undefined }).explain({ userId: 1 })).toMatchObject({ code: 'unchanged' });
  });

  it('says of a key that is gone that it was sent, and what becomes of it', async () => {
    const people = sync();
    await completed(people.run());
    await scene.sql('DELETE FROM PEOPLE WHERE ID IN (1, 5)');
    expect((await people.explain({ userId: 1 })).text).toContain('It was sent before; the next run removes it');
    expect((await people.explain({ userId: 5 })).text).not.toContain('sent before');
    expect((await people.explain({ userId: 777 })).text).not.toContain('sent before');
    const upsert = sync({ mode: 'upsert' });
    expect((await upsert.explain({ userId: 1 })).text).toContain('it stays at the destination');
    await completed(people.run());
    expect((await people.explain({ userId: 1 })).text).not.toContain('sent before');
  });

  it('finds a row by other columns than those of the key', async () => {
    const people = sync();
    await completed(people.run());
    expect(await people.explain({ email: 'p7@example.com' })).toMatchObject({
      code: 'sent',
      rows: [{ values: { userId: 7 } }],
    });
  });

  it('tells rows of one key, and rows without one', async () => {
    await scene.sql(`INSERT INTO PEOPLE VALUES (1, 'twin'), (NULL, 'nobody')`);
    const people = sync();
    await completed(people.run());
    const twins = await people.explain({ userId: 1 });
    expect(twins.rows.map(({ code, rejection }) => [code, rejection?.code])).toEqual([
      ['rejected', 'DUPLICATE_KEY'],
      ['rejected', 'DUPLICATE_KEY'],
    ]);
    expect(await people.explain({ email: 'nobody' })).toMatchObject({ code: 'rejected' });
  });

  it('knows a seed, append, a filter and a snapshot of hashes with a secret', async () => {
    const seeded = sync({ secret: 'x'.repeat(32) });
    await completed(seeded.seed());
    expect(await seeded.explain({ userId: 1 })).toMatchObject({ code: 'unchanged' });
    await scene.restart();
    const append = sync({ mode: 'append' });
    await completed(append.run());
    await scene.sql(`UPDATE PEOPLE SET EMAIL = 'other' WHERE ID = 2`);
    await completed(append.run());
    expect(await append.explain({ userId: 2 })).toMatchObject({ code: 'unchanged' });
    const filtered = sync({}, { sink: withFilter(picky(), ({ userId }) => userId !== '3') });
    expect(await filtered.explain({ userId: 3 })).toMatchObject({ code: 'filtered' });
  });

  it('with a window, what no run of now looks at was sent by a run of then', async () => {
    await scene.sql(`CREATE OR REPLACE TABLE PEOPLE (ID NUMBER, EMAIL VARCHAR, UPDATED NUMBER);
      INSERT INTO PEOPLE SELECT SEQ4(), 'p', 1000 FROM TABLE(GENERATOR(ROWCOUNT => 10))`);
    const query = new QueryTemplate(
      'SELECT ID AS "userId", EMAIL AS "email" FROM PEOPLE WHERE UPDATED >= {{last_sync_time:epoch}}',
    );
    const people = sync({ mode: 'upsert' }, { query });
    const { runId } = await completed(people.run());
    await completed(people.run());
    expect(await people.explain({ userId: 1 })).toMatchObject({
      code: 'sent',
      rows: [{ run: { runId }, window: { time: 1000, inNextRun: false } }],
    });
    const wide = sync({ mode: 'upsert' }, { query, lookbackSeconds: 3_000_000_000 });
    await completed(wide.run());
    await completed(wide.run());
    expect(await wide.explain({ userId: 1 })).toMatchObject({
      code: 'unchanged',
      rows: [{ window: { inNextRun: true } }],
    });
  });

  it('ends when the snapshot cannot be read', async () => {
    const people = sync();
    await completed(people.run());
    const { MemorySnapshotStore } = await import('snowmelt/diff');
    await expect(sync({ snapshots: new MemorySnapshotStore() }).explain({ userId: 1 })).rejects.toMatchObject({
      code: 'SNAPSHOT_UNREADABLE',
    });
  });
});

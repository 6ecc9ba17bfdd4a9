import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import { startCollector, type Collector, type CollectorOptions } from '../../../src/testing/index.js';

// A plain client: the collector must hold by itself, not only with the sink that it is used to test.
describe('startCollector', () => {
  let collector: Collector;
  afterEach(() => collector.close());
  const start = async (options?: CollectorOptions): Promise<void> => {
    collector = await startCollector(options);
  };
  const post = async (path: string, body: unknown, { key = 'test-key', strict = true } = {}) => {
    const response = await fetch(`${collector.endpoint}${path}`, {
      method: 'POST',
      headers: {
        authorization: `Basic ${btoa(`${key}:`)}`,
        ...(strict ? { 'x-strict-mode': '1' } : {}),
      },
      body: typeof body === 'string' ? body : JSON.stringify(body),
    });
    return { status: response.status, text: await response.text(), retryAfter: response.headers.get('retry-after') };
  };
  const batch = (...items: unknown[]) => ({ batch: items });
  const good = { type: 'identify', userId: 'u', messageId: 'm1' };

  it('takes the batch and the six single calls', async () => {
    await start();
    expect(await post('/batch', batch(good))).toMatchObject({ status: 200, text: '{}' });
    expect((await post('/identify', { userId: 'u' })).status).toBe(200);
    expect((await post('/track', { userId: 'u', event: 'x' })).status).toBe(200);
    expect((await post('/group', { groupId: 'g' })).status).toBe(200);
    expect((await post('/page', { anonymousId: 'a' })).status).toBe(200);
    expect((await post('/screen', { userId: 'u' })).status).toBe(200);
    expect((await post('/alias', { userId: 'u', previousId: 'a' })).status).toBe(200);
    expect((await post('/import', {})).status).toBe(404);
    expect(collector.messages.map(({ type }) => type)).toEqual(
      'identify identify track group page screen alias'.split(' '),
    );
    expect(collector.stats()).toMatchObject({ requests: 8, batches: 7, messages: 7, refused: 1 });
  });

  it.each([
    [{ type: 'identify' }, 'userId'],
    [{ type: 'identify', userId: 5 }, 'userId'],
    [{ type: 'track', userId: 'u' }, 'event'],
    [{ type: 'track', userId: 'u', event: 'x', timestamp: 'yesterday' }, 'timestamp'],
    [{ type: 'track', userId: 'u', event: 'x', properties: [] }, 'properties'],
    [{ type: 'group', userId: 'u' }, 'groupId'],
    [{ type: 'group', groupId: 'g', objectTypeId: '2' }, 'traits'],
    [{ type: 'group', groupId: 'g', traits: { objectTypeId: 2 } }, 'objectTypeId'],
    [{ type: 'alias', userId: 'u' }, 'previousId'],
    [{ type: 'track', userId: 'u', event: 'Device Deleted' }, 'context.device.token'],
    [{ type: 'track', anonymousId: 'u', event: 'Object Deleted' }, 'objectId'],
    [{ type: 'track', anonymousId: 'u', event: 'User Deleted' }, 'userId'],
    [{ type: 'screen' }, 'userId'],
    [{ type: 'delete', userId: 'u' }, 'type'],
  ])('refuses a batch with %j in strict mode, naming the field', async (bad, field) => {
    await start();
    const { status, text } = await post('/batch', batch(good, bad));
    expect(status).toBe(400);
    expect((JSON.parse(text) as { meta: { errors: string[] } }).meta.errors[0]).toContain(field);
    expect(collector.messages).toEqual([]);
  });

  it('answers 200 without strict mode and throws away what it cannot use', async () => {
    await start({ limits: { maxBodyBytes: 1_000 } });
    const lax = { strict: false };
    expect((await post('/batch', batch(good, { type: 'track' }), lax)).status).toBe(200);
    expect((await post('/batch', batch({ ...good, traits: { x: 'x'.repeat(1_000) } }), lax)).status).toBe(200);
    expect((await post('/batch', batch(good), { ...lax, key: 'wrong' })).status).toBe(200);
    expect(collector.stats()).toMatchObject({ messages: 1, dropped: 3 });
  });

  it('refuses a wrong key, a large body, a large message and a body that is no batch', async () => {
    await start();
    expect((await post('/batch', batch(good), { key: 'wrong' })).status).toBe(401);
    const large = { ...good, traits: { x: 'x'.repeat(31_990) } };
    expect((await post('/batch', batch(large))).status).toBe(400);
    const full = { ...good, traits: { x: 'x'.repeat(31_000) } };
    expect((await post('/batch', batch(...Array.from({ length: 17 }, () => full)))).status).toBe(413);
    expect((await post('/batch', '{"batch":')).status).toBe(400);
    expect((await post('/batch', '[]')).status).toBe(400);
    expect(collector.stats()).toMatchObject({ messages: 0, refused: 5 });
  });

  it('lets faults strike as planned', async () => {
    await start();
    const fault: Collector['fault'] = (...plan) => collector.fault(...plan);
    fault({ kind: 'status', status: 429, retryAfter: '3' }, { after: 1, times: 2 });
    const statuses = [];
    for (let request = 0; request < 4; request++) statuses.push(await post('/batch', batch(good)));
    expect(statuses.map(({ status }) => status)).toEqual([200, 429, 429, 200]);
    expect(statuses[1]?.retryAfter).toBe('3');
    fault({ kind: 'status-after-accept', status: 500 });
    expect((await post('/batch', batch(good))).status).toBe(500);
    fault({ kind: 'reset-mid-response' });
    await expect(post('/batch', batch(good))).rejects.toThrow();
    fault({ kind: 'reset' });
    await expect(post('/batch', batch(good))).rejects.toThrow();
    fault({ kind: 'slow', delayMs: 30 });
    const started = performance.now();
    expect((await post('/batch', batch(good))).status).toBe(200);
    expect(performance.now() - started).toBeGreaterThan(28);
    fault({ kind: 'refuse-messages', messageIds: ['m9'] }, { times: Infinity });
    expect((await post('/batch', batch(good))).status).toBe(200);
    expect((await post('/batch', batch({ ...good, messageId: 'm9' }, good))).status).toBe(400);
    expect(collector.messageIds.get('m1')).toBe(6);
    expect(collector.stats().duplicates).toBe(5);
  });

  it('refuses connections and comes back on the same port', async () => {
    await start();
    await collector.refuseConnections();
    await expect(post('/batch', batch(good))).rejects.toMatchObject({ cause: { code: 'ECONNREFUSED' } });
    await collector.acceptConnections();
    expect((await post('/batch', batch(good))).status).toBe(200);
  });

  it('keeps only ids, only totals, or a file', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'snowmelt-collector-'));
    const file = join(folder, 'taken.ndjson');
    await start({ record: 'counts', file });
    await post('/batch', batch(good, good));
    expect([collector.messages, collector.batches, collector.messageIds.size]).toEqual([[], [], 0]);
    expect(collector.stats()).toMatchObject({ messages: 2, messagesByType: { identify: 2 } });
    await collector.close();
    expect(await readFile(file, 'utf8')).toBe(`${JSON.stringify(good)}\n`.repeat(2));
    await rm(folder, { recursive: true });
    await start({ record: 'ids' });
    await post('/batch', batch(good, good));
    expect(collector.messageIds).toEqual(new Map([['m1', 2]]));
    expect(collector.messages).toEqual([]);
    collector.clear();
    expect(collector.stats()).toMatchObject({ requests: 0, messages: 0 });
  });
});

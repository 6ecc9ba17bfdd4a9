import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { fanOut, withFilter, withRateLimit, withTransform, type Message, type Sink } from 'snowmelt';
import { NdjsonSink, readDeliveryLog } from 'snowmelt/sinks';

const named = (name: string): Sink => ({
  name,
  write: () => expect.unreachable(),
  open: () => expect.unreachable(),
});
const person = (userId: string, integrations?: Message['integrations']): Message => ({
  type: 'identify',
  userId,
  ...(integrations && { integrations }),
});
const notBob = (sink: Sink): Sink => withFilter(sink, ({ userId }) => userId !== 'bob');

describe('leftOut', () => {
  it.each([
    ['withFilter', notBob(named('crm'))],
    ['withRateLimit around it', withRateLimit(notBob(named('crm')), { maxMessagesPerSecond: 5 })],
    ['withFilter around it', withFilter(notBob(named('crm')), () => true)],
    ['withTransform around it', withTransform(notBob(named('crm')), (message: Message) => ({ ...message }))],
  ] as const)('of %s says who does not get a message, and sends nothing', (_what, sink) => {
    expect(sink.leftOut?.(person('bob'))).toEqual({ by: ['crm'], entirely: true });
    expect(sink.leftOut?.(person('ada'))).toBeUndefined();
  });

  it('of withTransform asks about the changed message', () => {
    const sink = withTransform(notBob(named('crm')), (message: Message) => ({ ...message, userId: 'bob' }));
    expect(sink.leftOut?.(person('ada'))).toEqual({ by: ['crm'], entirely: true });
  });

  it('of fanOut tells a part from all, by filters of its own, of sinks within, and by integrations', () => {
    const sink = fanOut([
      { sink: named('one'), filter: ({ userId }) => userId !== 'bob' && userId !== 'cleo' },
      notBob(named('two')),
    ]);
    expect(sink.leftOut?.(person('ada'))).toBeUndefined();
    expect(sink.leftOut?.(person('cleo'))).toEqual({ by: ['one'], entirely: false });
    expect(sink.leftOut?.(person('bob'))).toEqual({ by: ['one', 'two'], entirely: true });
    expect(sink.leftOut?.(person('ada', { two: false }))).toEqual({ by: ['two'], entirely: false });
    expect(sink.leftOut?.(person('ada', { All: false }))).toEqual({ by: ['one', 'two'], entirely: true });
    const within = fanOut([named('zero'), sink]);
    expect(within.leftOut?.(person('cleo'))).toEqual({ by: ['fan-out/one'], entirely: false });
  });
});

describe('what a file has kept', () => {
  let folder: string;
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'snowmelt-kept-'));
  });
  afterEach(async () => rm(folder, { recursive: true, force: true }));

  const all = async (records: AsyncIterable<unknown>): Promise<unknown[]> => {
    const found: unknown[] = [];
    for await (const record of records) found.push(record);
    return found;
  };

  it('is nothing before the first write, and then every line, through a sink around it too', async () => {
    const sink = new NdjsonSink({ path: join(folder, 'rows.ndjson'), maxFileBytes: 20 });
    expect(await all(sink.read())).toEqual([]);
    const context = {
      fence: async () => undefined,
      signal: AbortSignal.timeout(60_000),
      sync: 's',
      runId: 'r',
      attempt: 1,
      firstRow: 0,
    };
    for (const row of [1, 2, 3]) await sink.write([{ row }], context);
    await sink.close();
    expect(await all(sink.read())).toEqual([{ row: 1 }, { row: 2 }, { row: 3 }]);
    const paced = withRateLimit(sink, { maxRequestsPerSecond: 1_000 });
    expect(await all(paced.read?.({}) ?? sink.read())).toHaveLength(3);
    expect(paced.read).toBeDefined();
  });

  it('is no delivery log where the file is missing, or a line is none', async () => {
    const path = join(folder, 'delivered.ndjson');
    await expect(all(readDeliveryLog(path))).rejects.toMatchObject({ code: 'DELIVERY_LOG_UNREADABLE' });
    await writeFile(
      path,
      '{"sync":"s","runId":"r","row":0,"messageIds":[],"outcome":"skipped","time":"t"}\n{"row":1}\n',
    );
    await expect(all(readDeliveryLog(path))).rejects.toMatchObject({
      code: 'DELIVERY_LOG_UNREADABLE',
      message: `Line 2 of ${path} is not a delivery record`,
    });
  });
});

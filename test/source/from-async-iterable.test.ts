import { describe, expect, it } from 'vitest';
import { fromAsyncIterable, identify, MemoryStateStore, Sync, type ResultSet } from 'snowmelt';
import { recordingSink } from 'snowmelt/testing';

const NOTHING = { sql: '', binds: [] };

async function all(result: ResultSet, signal?: AbortSignal): Promise<unknown[]> {
  const rows: unknown[] = [];
  for await (const batch of result.read({ signal })) {
    expect(batch.firstRow).toBe(rows.length);
    rows.push(...batch.rows);
  }
  return rows;
}

describe('fromAsyncIterable', () => {
  it('gives native values by column, batch by batch, with the time of the last run', async () => {
    const source = fromAsyncIterable(
      async function* ({ lastSyncTime }) {
        for (let id = 0; id < 5; id += 1) yield { id, since: lastSyncTime, extra: 1, tags: [id] };
      },
      { columns: ['id', 'since', 'missing', 'tags', 'toString'], batchRows: 2, name: 'app' },
    );
    expect(source.name).toBe('app');
    const result = await source.execute(NOTHING, { lastSyncTime: 99 });
    expect(result.rowCount).toBeUndefined();
    expect(result.columns.map(({ name, type }) => [name, type])[0]).toEqual(['id', 'native']);
    expect(await all(result)).toEqual([0, 1, 2, 3, 4].map((id) => [id, 99, null, [id], null]));
    const before = Date.now();
    const now = (await source.now()).getTime();
    expect(now).toBeGreaterThanOrEqual(before);
    expect(now).toBeLessThanOrEqual(Date.now());
  });

  it('cannot be opened again, nor read by range', async () => {
    const source = fromAsyncIterable(async function* () {}, { columns: ['id'] });
    const result = await source.execute(NOTHING);
    await expect(source.reopen(result.ref)).rejects.toMatchObject({ code: 'RESULT_EXPIRED' });
    expect(() => result.read({ from: 1 })).toThrow(expect.objectContaining({ code: 'CONFIG_INVALID' }));
    expect(() => result.read({ to: 1 })).toThrow(expect.objectContaining({ code: 'CONFIG_INVALID' }));
    expect(await all(result)).toEqual([]);
  });

  it('tells its function when the loop is left, aborted or closed', async () => {
    const signals: AbortSignal[] = [];
    let returned = 0;
    const source = fromAsyncIterable(
      async function* ({ signal }) {
        signals.push(signal);
        try {
          for (let id = 0; ; id += 1) yield { id };
        } finally {
          returned += 1;
        }
      },
      { columns: ['id'], batchRows: 1 },
    );
    for await (const batch of (await source.execute(NOTHING)).read()) if (batch.firstRow === 3) break;
    expect(signals[0]?.aborted).toBe(true);
    const controller = new AbortController();
    const reading = (async () => {
      for await (const batch of (await source.execute(NOTHING)).read({ signal: controller.signal })) {
        if (batch.firstRow === 3) controller.abort(new Error('enough'));
      }
    })();
    await expect(reading).rejects.toThrow('enough');
    expect(returned).toBe(2);
    const result = await source.execute(NOTHING);
    await source.close();
    await source.close();
    await expect(all(result)).rejects.toMatchObject({ code: 'SOURCE_CLOSED' });
    await expect(source.execute(NOTHING)).rejects.toMatchObject({ code: 'SOURCE_CLOSED' });
  });

  it('ends a wait for a row that never comes when aborted', async () => {
    const source = fromAsyncIterable(
      async function* () {
        await new Promise(() => undefined);
        yield { id: 1 };
      },
      { columns: ['id'] },
    );
    const controller = new AbortController();
    const reading = all(await source.execute(NOTHING), controller.signal);
    controller.abort(new Error('stop'));
    await expect(reading).rejects.toThrow('stop');
  });

  it('passes on the error of the function', async () => {
    const source = fromAsyncIterable(
      async function* () {
        yield { id: 1 };
        throw new Error('database is down');
      },
      { columns: ['id'] },
    );
    await expect(all(await source.execute(NOTHING))).rejects.toThrow('database is down');
  });

  it('refuses wrong options', () => {
    for (const options of [{ columns: [] }, { columns: 'id' }, {}, { columns: ['id'], batchRows: 0 }]) {
      expect(() => fromAsyncIterable(async function* () {}, options as never)).toThrow(
        expect.objectContaining({ code: 'CONFIG_INVALID' }),
      );
    }
  });
});

describe('a source whose clock lags', () => {
  /** A database whose clock is two minutes behind this machine's; rows have its time. */
  function lagging() {
    const table: { userId: string; updatedAt: number }[] = [];
    const clock = (): Date => new Date(Date.now() - 120_000);
    const write = (userId: string): void => void table.push({ userId, updatedAt: clock().getTime() / 1000 });
    const rows = async function* ({ lastSyncTime }: { lastSyncTime: number }) {
      yield* table.filter(({ updatedAt }) => updatedAt >= lastSyncTime);
    };
    return { clock, write, rows };
  }

  it('has every row delivered when it gives the time', async () => {
    for (const isLater of [false, true]) {
      const { clock, write, rows } = lagging();
      const now = isLater ? () => Promise.resolve(clock()) : clock;
      const sink = recordingSink();
      const source = fromAsyncIterable(rows, { columns: ['userId'], now });
      const sync = new Sync({ name: 'people', source, mapper: identify(), sink, state: new MemoryStateStore() });
      write('first');
      await sync.run();
      // With this machine's time as the next start of the window, this one would lie before it for ever.
      write('second');
      await sync.run();
      expect(sink.messages.map((message) => message.userId)).toContain('second');
    }
  });

  it.each<[string, () => unknown]>([
    ['no Date', () => Date.now()],
    ['an invalid Date', () => new Date('soon')],
    ['a promise of a text', () => Promise.resolve('2024-01-01')],
    ['nothing', () => undefined],
  ])('is told that it gave %s', async (_what, now) => {
    const source = fromAsyncIterable(async function* () {}, { columns: ['id'], now: now as () => Date });
    await expect(source.now()).rejects.toMatchObject({
      code: 'CONFIG_INVALID',
      hint: expect.stringContaining('now: ') as string,
    });
  });

  it('is refused when its time is no function, and not waited for after an abort', async () => {
    const rows = async function* () {};
    expect(() => fromAsyncIterable(rows, { columns: ['id'], now: new Date() as never })).toThrow(
      expect.objectContaining({ code: 'CONFIG_INVALID' }),
    );
    const controller = new AbortController();
    const source = fromAsyncIterable(rows, { columns: ['id'], now: () => new Promise<Date>(() => undefined) });
    const asking = source.now({ signal: controller.signal });
    controller.abort(new Error('enough'));
    await expect(asking).rejects.toThrow('enough');
    const closing = source.now();
    await source.close();
    await expect(closing).rejects.toMatchObject({ code: 'SOURCE_CLOSED' });
  });
});

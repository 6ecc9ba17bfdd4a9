import {
  ConfigError,
  fromAsyncIterable,
  identify,
  MemoryStateStore,
  QueryTemplate,
  SinkError,
  SourceError,
  Sync,
} from 'snowmelt';
import type { SyncOptions, TrackMessage } from 'snowmelt';
import { describe, expect, it } from 'vitest';
import { CallbackSink } from 'snowmelt/sinks';
import { testMapper, testRows } from './plug-ins.js';
import { refuse, setUp } from './set-up.js';

const setUpSync = (options: Partial<SyncOptions<TrackMessage>> = {}) => {
  const parts = setUp(options);
  return { ...parts, sync: new Sync(parts.options) };
};

describe('Sync.run', () => {
  it('delivers every row and stores the start of the run as last_sync_time', async () => {
    const { sync, sink, state, source } = setUpSync();
    const report = await sync.run();
    report.throwIfFailed();
    expect(report).toMatchObject({
      sync: 'people',
      status: 'completed',
      rowsRead: 250,
      rowsDelivered: 250,
      rowsRejected: 0,
      rowsSkipped: 0,
      messages: 250,
      queryId: 'query-1',
      lastSyncTime: { before: 0, after: 1_700_000_000 },
    });
    expect(sink.users.size).toBe(250);
    expect(source.statements[0]?.binds).toEqual(['0']);
    const stored = (await state.get('people'))?.value;
    expect(stored).toMatchObject({ lastSyncTime: 1_700_000_000, history: [{ status: 'completed' }] });
    expect(stored?.lease).toBeUndefined();
    expect(stored?.run).toBeUndefined();
  });

  it('queries from the start of the last completed run, less the lookback', async () => {
    const { options, source } = setUpSync({ lookbackSeconds: 60 });
    await new Sync(options).run();
    source.time += 1000;
    await new Sync(options).run();
    expect(source.statements.map(({ binds }) => binds)).toEqual([['0'], ['1699999940']]);
    expect(source.lastSyncTimes).toEqual([0, 1_699_999_940]);
  });

  it('balances delivered, rejected and skipped rows', async () => {
    const letters: unknown[] = [];
    const { sync, source } = setUpSync({
      deadLetter: { name: 'dead', write: async (batch) => ({ accepted: letters.push(...batch) && batch.length }) },
    });
    source.rows = [...testRows(5), ['s', 'skip'], ['b', 'bad'], ...testRows(3)];
    const report = await sync.run();
    expect(report).toMatchObject({
      status: 'completed',
      rowsRead: 10,
      rowsDelivered: 8,
      rowsRejected: 1,
      rowsSkipped: 1,
    });
    expect(letters).toMatchObject([{ row: 6, code: 'MAPPING_ROW' }]);
  });

  it('completes a run without rows', async () => {
    const { sync, source } = setUpSync();
    source.rows = [];
    expect(await sync.run()).toMatchObject({
      status: 'completed',
      rowsRead: 0,
      lastSyncTime: { after: 1_700_000_000 },
    });
  });

  it('does not move last_sync_time when the destination is down, and resumes with the same ids', async () => {
    const { options, sink, source, state } = setUpSync({ concurrency: 1 });
    sink.onWrite = () => sink.accepted.length >= 120 && refuse();
    const failed = await new Sync(options).run();
    expect(failed).toMatchObject({ status: 'failed', error: { code: 'SINK_UNREACHABLE' }, lastSyncTime: { after: 0 } });
    expect(() => failed.throwIfFailed()).toThrow(SinkError);
    expect((await state.get('people'))?.value).toMatchObject({
      lastSyncTime: 0,
      run: { runId: failed.runId, settled: [{ from: 0, to: 120, counts: { read: 120 } }] },
    });
    sink.onWrite = undefined;
    source.rows = testRows(3);
    source.time += 500;
    const resumed = await new Sync(options).run();
    expect(resumed).toMatchObject({
      status: 'completed',
      runId: failed.runId,
      queryId: 'query-1',
      resumedFromRow: 120,
      rowsRead: 250,
      rowsDelivered: 250,
      lastSyncTime: { before: 0, after: 1_700_000_000 },
    });
    expect(source.statements).toHaveLength(1);
    expect(sink.accepted).toHaveLength(250);
    expect(sink.users.size).toBe(250);
  });

  it('abandons a run whose result has expired and queries again from the same last_sync_time', async () => {
    const { options, sink, source } = setUpSync();
    sink.onWrite = refuse;
    const failed = await new Sync(options).run();
    sink.onWrite = undefined;
    source.results.clear();
    const warnings: string[] = [];
    const again = new Sync(options).on('warning', ({ code }) => warnings.push(code));
    const report = await again.run();
    expect(report).toMatchObject({ status: 'completed', queryId: 'query-2', rowsRead: 250 });
    expect(report.runId).not.toBe(failed.runId);
    expect(warnings).toEqual(['RUN_ABANDONED']);
    expect(source.statements.map(({ binds }) => binds)).toEqual([['0'], ['0']]);
  });

  it('begins anew without a warning where the source keeps no results', async () => {
    let reads = 0;
    const source = fromAsyncIterable(
      async function* () {
        reads += 1;
        yield { userId: 'a' };
      },
      { columns: ['userId'] },
    );
    const state = new MemoryStateStore();
    const failing = new CallbackSink(() => Promise.reject(new SinkError('SINK_FAILED', 'down', { retryable: false })));
    const options = { name: 'people', source, mapper: identify(), state };
    expect(await new Sync({ ...options, sink: failing }).run()).toMatchObject({ status: 'failed' });
    expect((await state.get('people'))?.value.run).toBeDefined();
    const report = await new Sync({ ...options, sink: new CallbackSink(async () => undefined) }).run();
    expect(report).toMatchObject({ status: 'completed', rowsDelivered: 1, warnings: [] });
    expect(reads).toBe(2);
  });

  it('abandons a run whose result is different when read again', async () => {
    const { options, sink, source } = setUpSync({ concurrency: 1 });
    sink.onWrite = () => sink.accepted.length >= 100 && refuse();
    await new Sync(options).run();
    sink.onWrite = undefined;
    source.results.set('query-1', [...testRows(250)].reverse());
    expect(await new Sync(options).run()).toMatchObject({ status: 'completed', queryId: 'query-2' });
  });

  it.each([
    ['query', { query: new QueryTemplate('SELECT * FROM others WHERE updated >= {{last_sync_time}}') }],
    ['mapper', { mapper: testMapper('other') }],
  ])('abandons a run when the %s has changed', async (_what, change) => {
    const { options, sink } = setUpSync();
    sink.onWrite = refuse;
    await new Sync(options).run();
    sink.onWrite = undefined;
    const report = await new Sync({ ...options, ...change }).run();
    expect(report).toMatchObject({ status: 'completed', queryId: 'query-2' });
    expect(report.warnings).toMatchObject([{ code: 'RUN_ABANDONED' }]);
  });

  it('abandons a run with too many rejects, so that repaired rows are read', async () => {
    const { options, source } = setUpSync();
    source.rows = [...testRows(20), ['x', 'bad']];
    const failed = await new Sync(options).run();
    expect(failed).toMatchObject({ status: 'failed', error: { code: 'TOO_MANY_REJECTS' } });
    source.rows = testRows(21);
    expect(await new Sync(options).run()).toMatchObject({ status: 'completed', queryId: 'query-2', rowsRead: 21 });
  });

  it('warns when query or mapper of a sync that has run changed', async () => {
    const { options } = setUpSync();
    await new Sync(options).run();
    const report = await new Sync({ ...options, mapper: testMapper('other') }).run();
    expect(report.warnings).toMatchObject([{ code: 'SYNC_CHANGED' }]);
    expect(await new Sync({ ...options, mapper: testMapper('other') }).run()).toMatchObject({ warnings: [] });
  });

  it('warns of the change also when it gives an interrupted run up', async () => {
    const { options, sink, source } = setUpSync();
    await new Sync(options).run();
    source.time += 60;
    sink.onWrite = refuse;
    expect((await new Sync(options).run()).status).toBe('failed');
    sink.onWrite = undefined;
    const changed = { ...options, mapper: testMapper('other') };
    expect((await new Sync(changed).run()).warnings.map(({ code }) => code)).toEqual(['RUN_ABANDONED', 'SYNC_CHANGED']);
    expect(await new Sync(changed).run()).toMatchObject({ warnings: [] });
  });

  it('skips a run while another one is going on, also on the same object', async () => {
    const { options, sync, sink, source } = setUpSync();
    const others: Promise<unknown>[] = [];
    sink.onWrite = async () => {
      if (others.length > 0) return;
      others.push(sync.run(), new Sync(options).run());
      await Promise.all(others);
    };
    const report = await sync.run();
    expect(report.status).toBe('completed');
    for (const other of others) expect(await other).toMatchObject({ status: 'skipped', skipReason: 'lease-held' });
    expect(source.statements).toHaveLength(1);
  });

  it('lets one of two runs begun at the same instant deliver', async () => {
    const { sync, sink } = setUpSync();
    const reports = await Promise.all([sync.run(), sync.run(), sync.run()]);
    expect(reports.map(({ status }) => status).sort()).toEqual(['completed', 'skipped', 'skipped']);
    expect(sink.accepted).toHaveLength(250);
  });

  it('waits for the lease when asked to', async () => {
    const { sync, sink } = setUpSync({ lease: { wait: 10 } });
    const reports = await Promise.all([sync.run(), sync.run()]);
    expect(reports.map(({ status }) => status)).toEqual(['completed', 'completed']);
    expect(sink.accepted).toHaveLength(500);
  });

  it('skips a disabled sync', async () => {
    const { sync, source } = setUpSync({ enabled: false });
    expect(await sync.run()).toMatchObject({ status: 'skipped', skipReason: 'disabled' });
    expect(source.statements).toEqual([]);
  });

  it('ends within the time of a batch when aborted, keeps what is settled and gives the lease back', async () => {
    const { options, sink, state } = setUpSync({ concurrency: 1 });
    const controller = new AbortController();
    sink.onWrite = () => sink.accepted.length >= 50 && controller.abort(new Error('shutting down'));
    const report = await new Sync(options).run({ signal: controller.signal });
    expect(report).toMatchObject({ status: 'aborted', error: { code: 'ABORTED' } });
    const stored = (await state.get('people'))!.value;
    expect(stored.lease).toBeUndefined();
    expect(stored.run?.settled[0]?.to).toBe(sink.accepted.length);
    sink.onWrite = undefined;
    expect(await new Sync(options).run()).toMatchObject({ status: 'completed', runId: report.runId, rowsRead: 250 });
    expect(sink.accepted).toHaveLength(250);
  });

  it('does nothing with a signal that is aborted already', async () => {
    const { sync, source } = setUpSync();
    expect(await sync.run({ signal: AbortSignal.abort() })).toMatchObject({ status: 'aborted' });
    expect(source.statements).toEqual([]);
  });

  it('is not touched by listeners that throw or reject', async () => {
    const { sync } = setUpSync();
    for (const event of [
      'run:start',
      'query:done',
      'progress',
      'batch:delivered',
      'checkpoint',
      'run:complete',
    ] as const) {
      sync.on(event, () => {
        throw new Error('listener');
      });
      sync.on(event, async () => Promise.reject(new Error('listener')));
    }
    expect((await sync.run()).status).toBe('completed');
  });

  it('tells its events in order, and once listeners and removed ones no more', async () => {
    const { sync } = setUpSync();
    const told: string[] = [];
    const names = ['run:start', 'query:done', 'batch:delivered', 'checkpoint', 'run:complete', 'run:skip'] as const;
    for (const name of names) sync.once(name, () => told.push(name));
    const never = (): number => told.push('never');
    sync.on('run:start', never).off('run:start', never);
    await sync.run();
    await sync.run();
    expect(told.slice(0, 3)).toEqual(['run:start', 'query:done', 'batch:delivered']);
    expect([...told].sort()).toEqual(['batch:delivered', 'checkpoint', 'query:done', 'run:complete', 'run:start']);
    expect(told.at(-1)).toBe('run:complete');
  });

  it('fails a run whose source gives fewer rows than it said', async () => {
    const { sync, source, state } = setUpSync();
    const { execute } = source;
    const lying = new Sync({
      ...setUpSync({ state }).options,
      source: {
        execute: async (statement, options) => ({ ...(await execute(statement, options)), rowCount: 300 }),
        reopen: source.reopen,
        now: source.now,
        close: source.close,
      },
    });
    expect(await lying.run()).toMatchObject({ status: 'failed', error: { code: 'BOOKS_UNBALANCED' } });
    expect((await state.get('people'))?.value.lastSyncTime).toBe(0);
    expect(sync.name).toBe('people');
  });

  it.each(['execute', 'now', 'reopen'] as const)('reports a source whose %s throws anything', async (method) => {
    const { options, source, sink } = setUpSync();
    sink.onWrite = refuse;
    if (method === 'reopen') await new Sync(options).run();
    const broken = { execute: source.execute, reopen: source.reopen, now: source.now, close: source.close };
    const sync = new Sync({
      ...options,
      source: {
        ...broken,
        [method]: async () => {
          // What a broken plug-in may do.
          // eslint-disable-next-line @typescript-eslint/only-throw-error
          throw 'a string';
        },
      },
    });
    expect(await sync.run()).toMatchObject({ status: 'failed', error: { code: 'SOURCE_FAILED' } });
  });
});

describe('a run that fails before there is a result', () => {
  it('is in the history, with the code and the time, and takes nothing from the run that is resumed', async () => {
    const { options, source } = setUpSync();
    let isRefused = true;
    const { execute, reopen, close } = source;
    const now = (): Promise<Date> =>
      isRefused ? Promise.reject(new SourceError('SOURCE_LOGIN_REFUSED', 'no', { retryable: false })) : source.now();
    const sync = new Sync({ ...options, source: { execute, reopen, close, now } });
    const before = Math.floor(Date.now() / 1000);
    const failed = await sync.run();
    expect(failed).toMatchObject({ status: 'failed', error: { code: 'SOURCE_LOGIN_REFUSED' } });
    const { history, run } = await sync.status();
    expect(run).toBeUndefined();
    expect(history).toMatchObject([{ runId: failed.runId, status: 'failed', reason: 'SOURCE_LOGIN_REFUSED' }]);
    expect(history[0]?.startedAt).toBeGreaterThanOrEqual(before);
    expect(history[0]?.startedAt).toBeLessThanOrEqual(Math.ceil(Date.now() / 1000));
    isRefused = false;
    expect(await sync.run()).toMatchObject({ status: 'completed' });
    expect((await sync.status()).history.map(({ status }) => status)).toEqual(['failed', 'completed']);
  });

  it('names the part of the host that threw', async () => {
    const query = {
      ...setUpSync().options.query,
      render: () => {
        throw new TypeError('x');
      },
    };
    const sync = new Sync({ ...setUpSync().options, query: query as never });
    const error = { code: 'HOOK_FAILED', message: "The query's render() threw an error of type TypeError." };
    expect(await sync.run()).toMatchObject({ status: 'failed', error });
    await expect(sync.preview()).rejects.toMatchObject(error);
  });
});

describe('new Sync', () => {
  it.each([
    ['name', { name: 'Über' }, 'CONFIG_NAME_INVALID'],
    ['name', { name: '' }, 'CONFIG_NAME_INVALID'],
    ['source', { source: {} }, 'CONFIG_INVALID'],
    ['sink', { sink: undefined }, 'CONFIG_INVALID'],
    ['state', { state: './folder' }, 'CONFIG_INVALID'],
    ['maxRejected', { maxRejected: 5 }, 'CONFIG_INVALID'],
    ['retry.attempts', { retry: { attempts: 0 } }, 'CONFIG_INVALID'],
    ['lease.ttlSeconds', { lease: { ttlSeconds: -1 } }, 'CONFIG_INVALID'],
    ['breaker', { breaker: { maxRow: 5 } }, 'CONFIG_INVALID'],
    ['retires', { retires: 5 }, 'CONFIG_INVALID'],
  ])('refuses a wrong %s', (option, wrong, code) => {
    const { options } = setUpSync();
    let error: unknown;
    try {
      new Sync({ ...options, ...wrong } as never);
    } catch (caught) {
      error = caught;
    }
    expect(error).toBeInstanceOf(ConfigError);
    expect(error).toMatchObject({ code, message: expect.stringContaining(option), hint: expect.any(String) });
  });
});

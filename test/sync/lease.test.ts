import { fork } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { FileStateStore, MemoryStateStore, StateError, Sync } from 'snowmelt';
import type { StateStore } from 'snowmelt';
import { describe, expect, it } from 'vitest';
import { buildChild } from '../child/build-child.js';
import { nextTurn, pass, passUntil, stopTime } from '../stopped-time.js';
import { setUp } from './set-up.js';

/** A lease that a process of another machine holds. */
function leaseElsewhere() {
  const expiresAt = Date.now() + 60_000;
  return { holder: 'x.1', host: 'elsewhere', pid: 1, processStart: '1', ttlMs: 60_000, expiresAt };
}

/** A store in front of another one that misbehaves on demand. */
class FaultyStore implements StateStore {
  readonly inner = new MemoryStateStore();
  /** Called before each call; the call fails when it throws. */
  before: ((verb: 'get' | 'compareAndSet' | 'delete') => unknown) | undefined;
  /** Called after each successful write; its answer is lost when it throws. */
  after: (() => unknown) | undefined;

  readonly get: StateStore['get'] = async (key) => {
    await this.before?.('get');
    return this.inner.get(key);
  };
  readonly compareAndSet: StateStore['compareAndSet'] = async (key, version, value) => {
    await this.before?.('compareAndSet');
    const stored = await this.inner.compareAndSet(key, version, value);
    await this.after?.();
    return stored;
  };
  readonly delete: StateStore['delete'] = async (key, version) => {
    await this.before?.('delete');
    await this.inner.delete(key, version);
  };
}

const away = (): never => {
  throw new StateError('STATE_UNAVAILABLE', 'away');
};
const never = (): Promise<never> => new Promise(() => undefined);

describe('a state store that misbehaves', () => {
  it('is tried again while it is away for a moment', async () => {
    const state = new FaultyStore();
    const { options, sink } = setUp({ state });
    let calls = 0;
    state.before = () => calls++ % 3 !== 2 && away();
    expect(await new Sync(options).run()).toMatchObject({ status: 'completed', rowsRead: 250 });
    expect(sink.accepted).toHaveLength(250);
  });

  it('says so when it is tried again', async () => {
    const state = new FaultyStore();
    const { options } = setUp({ state });
    let calls = 0;
    state.before = () => calls++ === 0 && away();
    const sync = new Sync(options);
    const warnings: string[] = [];
    sync.on('warning', ({ code, message }) => void warnings.push(`${code} ${message}`));
    expect((await sync.run()).status).toBe('completed');
    expect(warnings).toEqual(['STATE_UNAVAILABLE away']);
  });

  it('ends the run at once when trying again cannot help', async () => {
    const state = new FaultyStore();
    const { options, sink } = setUp({ state });
    let calls = 0;
    state.before = () => {
      calls += 1;
      throw new StateError('STATE_UNAVAILABLE', 'refused', { retryable: false, hint: 'Check the password.' });
    };
    expect(await new Sync(options).run()).toMatchObject({
      status: 'failed',
      error: { code: 'STATE_UNAVAILABLE', hint: 'Check the password.' },
    });
    expect(calls).toBe(1);
    expect(sink.accepted).toEqual([]);
  });

  it('may lose the answer of every write: nothing is written twice or taken for lost', async () => {
    const state = new FaultyStore();
    const { options, sink } = setUp({ state });
    let writes = 0;
    state.after = () => writes++ % 2 === 0 && away();
    expect(await new Sync(options).run()).toMatchObject({ status: 'completed', rowsRead: 250, rowsDelivered: 250 });
    expect(sink.accepted).toHaveLength(250);
    const { history, lease } = (await state.inner.get('people'))!.value;
    expect(history).toHaveLength(1);
    expect(lease).toBeUndefined();
  });

  it.each([
    ['away', away],
    ['hanging', never],
  ])('that stays %s fails a run before its lease, within the time of a lease', async (_how, before) => {
    stopTime();
    const state = new FaultyStore();
    const { options, source } = setUp({ state, lease: { ttlSeconds: 0.3 } });
    state.before = before;
    const startedAt = Date.now();
    const report = await passUntil(new Sync(options).run());
    expect(Date.now() - startedAt).toBeLessThanOrEqual(300);
    expect(report).toMatchObject({ status: 'failed', error: { code: 'STATE_UNAVAILABLE' } });
    expect(source.statements).toEqual([]);
  });

  it.each([
    ['away', away],
    ['hanging', never],
  ])(
    'that goes %s during a run costs the lease: nothing is sent any more, and the next run resumes',
    async (_how, before) => {
      stopTime();
      const state = new FaultyStore();
      const { options, sink } = setUp({ state, concurrency: 1, lease: { ttlSeconds: 0.5 } });
      sink.onWrite = async () => {
        if (sink.accepted.length < 100) return;
        state.before = before;
        await new Promise((resolve) => setTimeout(resolve, 30));
      };
      const report = await passUntil(new Sync(options).run());
      expect(report).toMatchObject({ status: 'failed', error: { code: 'LEASE_LOST' } });
      const sent = sink.accepted.length;
      expect(sent).toBeLessThan(250);
      state.before = undefined;
      sink.onWrite = undefined;
      const stored = (await state.inner.get('people'))!.value;
      expect(stored.lastSyncTime).toBe(0);
      const below = stored.run!.settled[0]!.to;
      expect(below).toBeGreaterThanOrEqual(50);
      expect(await new Sync(options).run()).toMatchObject({
        status: 'completed',
        runId: report.runId,
        resumedFromRow: below,
      });
      expect(sink.users.size).toBe(250);
      expect(sink.accepted.length).toBe(250 + sent - below);
    },
  );

  it('is aborted while the lease is taken: the lease is given back', async () => {
    const state = new FaultyStore();
    const { options } = setUp({ state });
    await new Sync(options).run();
    const controller = new AbortController();
    state.after = async () => {
      controller.abort();
      // The answer comes after the abort.
      await nextTurn();
    };
    expect(await new Sync(options).run({ signal: controller.signal })).toMatchObject({ status: 'aborted' });
    expect((await state.inner.get('people'))?.value.lease).toBeUndefined();
  });

  it('that hangs while the lease is taken does not hold an abort up', async () => {
    const state = new FaultyStore();
    const { options } = setUp({ state });
    const controller = new AbortController();
    state.before = (verb) => {
      if (verb !== 'compareAndSet') return;
      controller.abort();
      return never();
    };
    stopTime();
    const startedAt = performance.now();
    expect(await passUntil(new Sync(options).run({ signal: controller.signal }))).toMatchObject({ status: 'aborted' });
    expect(performance.now() - startedAt).toBeLessThan(5_000);
  });

  it('that loses the race for the lease skips the run', async () => {
    const state = new FaultyStore();
    const { options } = setUp({ state });
    let isFirst = true;
    state.before = async (verb) => {
      if (verb !== 'compareAndSet' || !isFirst) return;
      isFirst = false;
      const lease = leaseElsewhere();
      await state.inner.compareAndSet('people', undefined, {
        schema: 3,
        lastSyncTime: 0,
        fencingToken: 1,
        lastToken: 1,
        lease,
        history: [],
      });
    };
    expect(await new Sync(options).run()).toMatchObject({ status: 'skipped', skipReason: 'lease-held' });
  });
});

describe('the lease', () => {
  it('is renewed while a batch takes longer than its ttl', async () => {
    stopTime();
    const { options, sink } = setUp({ lease: { ttlSeconds: 0.3 } });
    let others: Promise<unknown> | undefined;
    sink.onWrite = async () => {
      if (others !== undefined) return;
      await new Promise((resolve) => setTimeout(resolve, 800));
      others = new Sync(options).run();
      await others;
    };
    expect((await passUntil(new Sync(options).run())).status).toBe('completed');
    expect(await others).toMatchObject({ status: 'skipped' });
  });

  it('that another process took over stops its old holder, whose writes are refused', async () => {
    const { options, sink, state } = setUp({ concurrency: 1 });
    let isTaken = false;
    sink.onWrite = async () => {
      if (isTaken || sink.accepted.length < 100) return;
      isTaken = true;
      const { version, value } = (await state.get('people'))!;
      const lease = { ...value.lease!, holder: 'other.1', host: 'elsewhere', expiresAt: Date.now() + 60_000 };
      await state.compareAndSet('people', version, { ...value, fencingToken: value.fencingToken + 1, lease });
    };
    expect(await new Sync(options).run()).toMatchObject({ status: 'failed', error: { code: 'LEASE_LOST' } });
    expect((await state.get('people'))!.value.lease).toMatchObject({ holder: 'other.1' });
  });

  it('of a dead machine is waited for and then taken over with a higher fencing token', async () => {
    stopTime();
    const { options, state, sink } = setUp();
    const lease = {
      holder: 'x.1',
      host: 'elsewhere',
      pid: 1,
      processStart: '1',
      ttlMs: 300,
      expiresAt: Date.now() + 300,
    };
    await state.compareAndSet('people', undefined, {
      schema: 3,
      lastSyncTime: 0,
      fencingToken: 7,
      lastToken: 7,
      lease,
      history: [],
    });
    expect(await new Sync(options).run()).toMatchObject({ status: 'skipped' });
    await pass(300);
    expect(await new Sync(options).run()).toMatchObject({ status: 'completed' });
    expect(sink.contexts[0]?.fencingToken).toBe(8);
  });

  it('that was written before the clock of the store was set back counts for nothing', async () => {
    const { options, state } = setUp();
    const day = 86_400_000;
    const lease = {
      holder: 'x.1',
      host: 'elsewhere',
      pid: 1,
      processStart: '1',
      ttlMs: 3_000,
      expiresAt: Date.now() + day,
    };
    await state.compareAndSet('people', undefined, {
      schema: 3,
      lastSyncTime: 0,
      fencingToken: 7,
      lastToken: 7,
      lease,
      history: [],
    });
    expect(await new Sync(options).run()).toMatchObject({ status: 'completed' });
  });

  it('that is lost when the answer to the commit was does not make a completed run a failed one', async () => {
    const { options, source, state } = setUp();
    let commits = 0;
    const store: StateStore = {
      get: state.get,
      delete: state.delete,
      compareAndSet: async (key, version, value) => {
        const written = await state.compareAndSet(key, version, value);
        if (value.history.length === 0 || (commits += 1) > 1) return written;
        const lease = leaseElsewhere();
        await state.compareAndSet(key, written.version, { ...value, fencingToken: value.fencingToken + 1, lease });
        throw new StateError('STATE_UNAVAILABLE', 'the answer was lost');
      },
    };
    expect(await new Sync({ ...options, state: store }).run()).toMatchObject({
      status: 'completed',
      rowsDelivered: 250,
      lastSyncTime: { before: 0, after: source.time },
    });
  });

  it('of a killed process of this machine is taken over at once, even before its parent has noticed', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'snowmelt-lease-'));
    try {
      const child = fork(await buildChild('test/child/lease-holder.ts'), [folder], {
        stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
      });
      await once(child, 'message');
      const { options } = setUp({ state: new FileStateStore(folder) });
      expect(await new Sync(options).run()).toMatchObject({ status: 'skipped', skipReason: 'lease-held' });
      const ended = once(child, 'exit');
      child.kill('SIGKILL');
      await ended;
      expect(await new Sync(options).run()).toMatchObject({ status: 'completed' });
    } finally {
      await rm(folder, { recursive: true, force: true });
    }
  });
});

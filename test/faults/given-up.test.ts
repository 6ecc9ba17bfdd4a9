import { FileStateStore } from 'snowmelt';
import { afterEach, beforeAll, describe, expect, it } from 'vitest';
import { buildChild } from '../child/build-child.js';
import type { RunnerAnswer, RunnerCommand } from '../child/people-runner.js';
import { startPeople, type People } from './people.js';
import { StoppedProcess } from './stopped-process.js';

const ROWS = 5_000;
const SLOW = { from: 0, to: 4_000 };
const BAD = { from: 4_000, to: ROWS };
const TTL_SECONDS = 6;

let program: string;
beforeAll(async () => {
  program = await buildChild('test/child/people-runner.ts');
});

type Runner = StoppedProcess<RunnerCommand, RunnerAnswer>;
let people: People;
let runners: Runner[] = [];
afterEach(async () => {
  for (const runner of runners) {
    runner.goOn();
    await runner.kill();
  }
  runners = [];
  await people.close();
});

async function start(): Promise<Runner> {
  const setup = { ...people.setup, wait: 120, ttlSeconds: TTL_SECONDS };
  const runner: Runner = new StoppedProcess(program, [JSON.stringify(setup)]);
  runners.push(runner);
  expect(await runner.next()).toEqual({ is: 'ready' });
  return runner;
}

// SIGSTOP and proc_pid_stat(5).
describe.runIf(process.platform === 'linux')('a run in ranges that is given up while a worker is stopped', () => {
  it('is not replaced before the lease of that range expires, and the worker sends nothing afterwards', async () => {
    people = await startPeople(ROWS);
    const { collector, snowflake, folder } = people;
    // A person without an id is rejected, and nobody allows it.
    await snowflake.query('UPDATE PEOPLE SET ID = NULL WHERE ID = 4500');
    // So slow that requests of the range are still to come.
    collector.fault({ kind: 'slow', delayMs: 1_000 }, { times: Infinity });
    const [first, second] = [await start(), await start()];
    const begun = await second.ask({ do: 'begin' });
    if (begun.is !== 'begun') throw new Error(JSON.stringify(begun));
    const { handle } = begun;
    first.send({ do: 'range', handle, range: SLOW });
    await expect.poll(() => collector.messages.length, { interval: 5 }).toBeGreaterThan(0);
    await first.stop();
    collector.clearFaults();
    expect(await second.ask({ do: 'range', handle, range: BAD })).toMatchObject({ code: 'TOO_MANY_REJECTS' });
    const ofFirst = (): number =>
      collector.messages.filter(({ messageId }) => isOf(handle.runId, messageId, SLOW)).length;
    const before = ofFirst();
    expect(before).toBeLessThan(SLOW.to);
    const state = new FileStateStore(`${folder}/state`);
    const range = (await state.get(`people/${handle.runId}/${SLOW.from}-${SLOW.to}`))!.value;
    expect(range).toMatchObject({ lease: { pid: first.child.pid }, run: { failure: 'TOO_MANY_REJECTS' } });

    await snowflake.query(`UPDATE PEOPLE SET ID = 4500 WHERE ID IS NULL`);
    await snowflake.query(`UPDATE PEOPLE SET EMAIL = 'new', UPDATED = SYSDATE()`);
    second.send({ do: 'run' });
    const ofNext = (): number => collector.messages.filter(({ messageId }) => !isOf(handle.runId, messageId)).length;
    await expect.poll(ofNext, { interval: 5, timeout: 60_000 }).toBeGreaterThan(0);
    expect(Date.now()).toBeGreaterThanOrEqual(range.lease!.expiresAt);
    expect(await second.next()).toMatchObject({ status: 'completed', rowsDelivered: ROWS });

    first.goOn();
    expect(await first.next()).toMatchObject({ status: 'failed', code: 'LEASE_LOST' });
    expect(ofFirst()).toBe(before);
    const emails = new Map(collector.messages.map(({ userId, traits }) => [userId, traits]));
    expect(emails.size).toBe(ROWS);
    expect(new Set([...emails.values()].map((traits) => JSON.stringify(traits)))).toEqual(new Set(['{"email":"new"}']));
    // Nothing of the run is left.
    expect(await state.get(`people/${handle.runId}/${SLOW.from}-${SLOW.to}`)).toBeUndefined();
    expect((await state.get('people'))!.value.run).toBeUndefined();
  }, 180_000);
});

function isOf(runId: string, messageId = '', range = { from: 0, to: ROWS }): boolean {
  const row = Number(messageId.slice(runId.length + 1));
  return messageId.startsWith(`${runId}-`) && row >= range.from && row < range.to;
}

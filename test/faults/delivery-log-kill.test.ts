import { join } from 'node:path';
import type { DeliveryRecord } from 'snowmelt';
import { readDeliveryLog } from 'snowmelt/sinks';
import { afterEach, beforeAll, expect, it } from 'vitest';
import { buildChild } from '../child/build-child.js';
import { isSoak } from './long-form.js';
import { startPeople, type People } from './people.js';
import { announceSeed, seededRandom } from './random.js';
import { RunnerProcess } from './runner-process.js';

const ROWS = isSoak ? 200_000 : 20_000;
const KILLS = isSoak ? 30 : 5;

let program: string;
beforeAll(async () => {
  program = await buildChild('test/child/people-runner.ts');
});

let people: People | undefined;
let runner: RunnerProcess | undefined;
afterEach(async () => {
  await runner?.kill();
  await people?.close();
});

async function recordsOf(path: string): Promise<DeliveryRecord[]> {
  const records: DeliveryRecord[] = [];
  for await (const record of readDeliveryLog(path)) records.push(record);
  return records;
}

it(`has a record of every settled row when its process is killed ${KILLS} times`, { timeout: 600_000 }, async () => {
  const random = seededRandom(announceSeed('delivery log'));
  people = await startPeople(ROWS);
  const { collector, folder } = people;
  collector.fault({ kind: 'slow', delayMs: 150 }, { times: Infinity });
  const deliveryLog = join(folder, 'delivered.ndjson');
  const setup = { ...people.setup, deliveryLog, everyRows: 500 };
  const { stored } = people;
  const settledRows = async (): Promise<number> => {
    const { run, lastSyncTime = 0 } = (await stored()) ?? {};
    return run?.settled[0]?.to ?? (lastSyncTime === 0 ? 0 : ROWS);
  };
  let settledBefore = 0;
  let killsInDelivery = 0;
  for (let kill = 1; kill <= KILLS; kill += 1) {
    runner = await new RunnerProcess(program, setup).ready();
    const ended = { is: false };
    void runner.ask({ do: 'run' }).then(() => (ended.is = true));
    const patience = { timeout: 120_000, interval: 5 };
    await expect.poll(async () => ended.is || (await settledRows()) > settledBefore, patience).toBe(true);
    const until = collector.messages.length + random() * 3_000;
    await expect.poll(() => ended.is || collector.messages.length >= until, patience).toBe(true);
    await runner.kill();
    const settled = await settledRows();
    const rows = new Set(settled === 0 ? [] : (await recordsOf(deliveryLog)).map(({ row }) => row));
    const missing = Array.from({ length: settled }, (_, row) => row).filter((row) => !rows.has(row));
    expect(missing).toEqual([]);
    settledBefore = settled;
    if (settled === ROWS) break;
    killsInDelivery += 1;
  }
  runner = await new RunnerProcess(program, setup).ready();
  expect(await runner.ask({ do: 'run' })).toMatchObject({ status: 'completed' });
  expect(killsInDelivery).toBeGreaterThan(1);

  // A row that stands twice has the same ids, and those are what arrived.
  const first = (await recordsOf(deliveryLog)).filter(
    ({ runId }, _index, [{ runId: own } = { runId: '' }]) => runId === own,
  );
  const ids = new Map<number, string>();
  for (const { row, messageIds, outcome } of first) {
    expect(outcome).toBe('delivered');
    expect(ids.get(row) ?? messageIds.join()).toBe(messageIds.join());
    ids.set(row, messageIds.join());
  }
  expect(ids.size).toBe(ROWS);
  const arrived = new Set(collector.messages.map(({ messageId }) => messageId));
  expect([...ids.values()].filter((id) => !arrived.has(id))).toEqual([]);
  process.stdout.write(`delivery log: ${first.length - ROWS} of ${ROWS} rows have a second record\n`);
});

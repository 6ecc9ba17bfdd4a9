import { afterEach, beforeAll, expect, it } from 'vitest';
import { buildChild } from '../child/build-child.js';
import { startPeople, type People } from './people.js';
import { RunnerProcess } from './runner-process.js';

const ROWS = 20_000;
/** How long the destination takes for one batch, milliseconds. */
const BATCH_MS = 300;
/** Messages in flight at most: eight batches. */
const ON_THE_WAY = 8 * 250;

let program: string;
beforeAll(async () => {
  program = await buildChild('test/child/people-runner.ts');
});

let people: People;
let runner: RunnerProcess | undefined;
afterEach(async () => {
  await runner?.kill();
  await people.close();
});

it('a process told to end (SIGTERM) begins no other batch, stores what arrived and gives the lease back', async () => {
  people = await startPeople(ROWS);
  const { collector, setup } = people;
  collector.fault({ kind: 'slow', delayMs: BATCH_MS }, { times: Infinity });
  runner = await new RunnerProcess(program, setup).ready();
  const running = runner.ask({ do: 'run' });
  await expect.poll(() => collector.messages.length, { timeout: 60_000 }).toBeGreaterThan(1_000);

  runner.child.kill('SIGTERM');
  await runner.stopping;
  const arrivedBefore = collector.messages.length;
  expect(await running).toMatchObject({ status: 'aborted', code: 'ABORTED' });
  // Only what was on its way.
  expect(collector.messages.length - arrivedBefore).toBeLessThanOrEqual(ON_THE_WAY);
  const stored = (await people.stored())!;
  expect(stored).toMatchObject({ lastSyncTime: 0, history: [{ status: 'aborted' }] });
  expect(stored.lease).toBeUndefined();
  // Requests on their way were waited for, so the rows stored as settled are all that arrived without a gap.
  const arrived = collector.messages.length;
  const rows = new Set(collector.messages.map(({ messageId }) => Number(messageId?.split('-').at(-1))));
  let below = 0;
  while (rows.has(below)) below += 1;
  expect(below).toBeGreaterThan(0);
  expect(stored.run?.settled).toMatchObject([{ from: 0, to: below, counts: { delivered: below } }]);
  await runner.kill();

  collector.clearFaults();
  runner = await new RunnerProcess(program, setup).ready();
  expect(await runner.ask({ do: 'run' })).toMatchObject({
    status: 'completed',
    runId: stored.run?.runId,
    resumedFromRow: below,
    rowsDelivered: ROWS,
  });
  expect(collector.messages).toHaveLength(ROWS + arrived - below);
  expect(people.arrived().size).toBe(ROWS);
}, 180_000);

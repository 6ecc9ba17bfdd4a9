import fc from 'fast-check';
import type { PlanToken, RunReport } from 'snowmelt';
import { it } from 'vitest';
import { refuse } from './set-up.js';
import { Process, TTL_MS, World } from './state-world.js';

const RUNS = Number(process.env['SNOWMELT_SOAK_RUNS'] ?? 300);
interface Model {
  /** Rows of the table when the last completed run queried it. */
  completedRows: number;
  /** Plans that were made, whatever has become of them. */
  readonly plans: { readonly token: PlanToken; readonly acceptedBefore: number }[];
  /** Runs of plans that have completed. */
  readonly applied: Set<string>;
}

class Command implements fc.AsyncCommand<Model, World> {
  readonly #name: string;
  readonly #act: (world: World, model: Model) => Promise<void> | void;

  constructor(name: string, act: (world: World, model: Model) => Promise<void> | void) {
    this.#name = name;
    this.#act = act;
  }

  check = (): boolean => true;
  toString = (): string => this.#name;
  run = async (model: Model, world: World): Promise<void> => {
    const before = await world.store.get('people');
    await this.#act(world, model);
    const after = await world.store.get('people');
    const sync = after?.value;
    if (sync === undefined) return;
    if (world.lateWrites > 0) throw new Error('a holder without its lease began to write');
    if (sync.fencingToken < (before?.value.fencingToken ?? 0)) throw new Error('the fencing token fell');
    if (sync.lastSyncTime < (before?.value.lastSyncTime ?? 0)) throw new Error('last_sync_time fell');
    // Nothing is lost: what is stored as settled was accepted, and so was every row of a completed window.
    const users = world.sink.users;
    for (const { from, to } of sync.run?.settled ?? []) {
      const rows = world.source.results.get(sync.run?.ref?.queryId ?? '') ?? [];
      for (const [user] of rows.slice(from, to))
        if (!users.has(user)) throw new Error(`settled row of ${user} was never accepted`);
    }
    if (sync.lastSyncTime > (before?.value.lastSyncTime ?? 0)) {
      const done = sync.history.at(-1);
      if (done?.status !== 'completed') throw new Error('last_sync_time moved without a completed run');
      if (done.counts!.read !== done.counts!.delivered + done.counts!.rejected + done.counts!.skipped) {
        throw new Error('the books of a completed run do not balance');
      }
    }
  };
}

/** What a process does with the sync: a run, or the newest plan but so many. */
type Start = 'run' | number;

const starts = fc.oneof(fc.constant('run' as const), fc.nat({ max: 2 }));

async function runOnce(world: World, model: Model, start: Start = 'run'): Promise<RunReport | undefined> {
  const process = new Process(world);
  const made = start === 'run' ? undefined : model.plans.at(-1 - start);
  const plan = made?.token;
  const timeBefore = (await world.store.get('people'))?.value.lastSyncTime;
  const outcome = await Promise.race([process.sync.run(plan && { plan }), process.crashed]);
  world.stepsLeft = undefined;
  if (made !== undefined) checkApplied(world, process, made);
  if (outcome === 'crashed') return undefined;
  if (outcome.error?.code === 'PLAN_STALE' && process.sent.length > 0) throw new Error('a stale plan was sent');
  if (outcome.status === 'completed') {
    const rows = world.source.results.get(outcome.queryId!)!;
    const users = world.sink.users;
    for (const [user] of rows) if (!users.has(user)) throw new Error(`row of ${user} is lost`);
    if (outcome.rowsRead !== rows.length) throw new Error(`${outcome.rowsRead} rows read of ${rows.length}`);
    model.completedRows = rows.length;
    if (plan !== undefined) checkCompleted(model, plan, outcome, timeBefore);
  }
  return outcome;
}

/** Who applies a plan sends messages of its run and of no other, and none after somebody else's, which may be newer. */
function checkApplied({ sink }: World, { sent }: Process, { token, acceptedBefore }: Model['plans'][number]): void {
  const { runId } = token;
  const other = sent.find(({ messageId }) => messageId?.startsWith(runId) !== true);
  if (other !== undefined) throw new Error(`${other.messageId} is not of the plan ${runId}`);
  const since = sink.accepted.slice(acceptedBefore);
  const first = since.findIndex(({ messageId }) => messageId?.startsWith(runId) === true);
  if (first > 0) throw new Error(`${since[0]?.messageId} came between the plan ${runId} and its run`);
}

function checkCompleted(model: Model, plan: PlanToken, report: RunReport, timeBefore = 0): void {
  const { runId, queryId, lastSyncTime } = report;
  if (model.applied.has(plan.runId)) throw new Error(`the plan ${plan.runId} was applied twice`);
  model.applied.add(plan.runId);
  if (runId !== plan.runId || queryId !== plan.ref.queryId) throw new Error(`${queryId} is not the result of the plan`);
  if (lastSyncTime.after !== plan.startedAt) throw new Error('last_sync_time is not the start of the plan');
  if (timeBefore > plan.startedAt) throw new Error('a plan was applied over a later run');
}

/** Makes a plan, while which the process may die. */
async function planOnce(world: World, model: Model): Promise<void> {
  const process = new Process(world);
  const outcome = await Promise.race([process.sync.plan(), process.crashed]);
  world.stepsLeft = undefined;
  if (outcome !== 'crashed' && outcome.token !== undefined) {
    model.plans.push({ token: outcome.token, acceptedBefore: world.sink.accepted.length });
  }
}

/** Something happens to the time while a process sends, and another process runs: at once, or behind the next batch. */
function interruptedBy(
  name: string,
  amount: fc.Arbitrary<number>,
  happens: (world: World, amount: number) => void,
): fc.Arbitrary<Command> {
  return fc.tuple(fc.integer({ min: 0, max: 20 }), amount, fc.boolean(), starts, starts).map(
    ([writes, ms, atOnce, one, other]) =>
      new Command(`${name}After(${writes}, ${ms}, ${atOnce}, ${one}, ${other})`, async (world, model) => {
        let left = writes;
        world.sink.onWrite = async () => {
          left -= 1;
          if (left === -1) happens(world, ms);
          if (left === (atOnce ? -1 : -2)) await runOnce(world, model, other);
        };
        await runOnce(world, model, one);
        world.sink.onWrite = undefined;
      }),
  );
}

const commands = [
  fc.integer({ min: 0, max: 30 }).map((count) => new Command(`addRows(${count})`, (world) => world.addRows(count))),
  starts.map(
    (start) =>
      new Command(`run(${start})`, async (world, model) => {
        await runOnce(world, model, start);
      }),
  ),
  fc.constant(new Command('plan', planOnce)),
  fc.integer({ min: 0, max: 8 }).map(
    (steps) =>
      new Command(`planAndCrashAfter(${steps})`, async (world, model) => {
        world.stepsLeft = steps;
        await planOnce(world, model);
      }),
  ),
  fc.tuple(fc.integer({ min: 0, max: 60 }), starts).map(
    ([steps, start]) =>
      new Command(`crashAfter(${steps}, ${start})`, async (world, model) => {
        world.stepsLeft = steps;
        await runOnce(world, model, start);
      }),
  ),
  fc.tuple(fc.integer({ min: 0, max: 20 }), starts).map(
    ([writes, start]) =>
      new Command(`sinkFailsAfter(${writes}, ${start})`, async (world, model) => {
        let left = writes;
        world.sink.onWrite = () => left-- <= 0 && refuse();
        await runOnce(world, model, start);
        world.sink.onWrite = undefined;
      }),
  ),
  // The process stands still for longer than its lease, another one runs, then it goes on.
  interruptedBy('freeze', fc.constant(TTL_MS + 1), (world, ms) => void (world.time += ms)),
  interruptedBy('suspend', fc.integer({ min: 1, max: 3 * TTL_MS }), (world, ms) => world.suspend(ms)),
  interruptedBy('setClock', fc.integer({ min: -3 * TTL_MS, max: 3 * TTL_MS }), (world, ms) => void (world.wrong += ms)),
  fc.integer({ min: 1, max: 2 * TTL_MS }).map((ms) => new Command(`pass(${ms})`, (world) => world.pass(ms))),
  fc.constant(
    new Command('resultsExpire', (world) => world.source.results.forEach((_, id, all) => void all.delete(id))),
  ),
];

it(`holds its invariants when it crashes between any two steps (${RUNS} runs)`, { timeout: 600_000 }, async () => {
  await fc.assert(
    fc.asyncProperty(fc.commands(commands, { maxCommands: 25 }), fc.boolean(), async (sequence, isLocal) => {
      const world = new World(isLocal);
      world.addRows(20);
      const model: Model = { completedRows: 0, plans: [], applied: new Set() };
      await fc.asyncModelRun(() => ({ model, real: world }), sequence);
      // However it went, one run after the last lease has expired brings everything over.
      world.sink.onWrite = undefined;
      world.time += TTL_MS + 1;
      const report = await runOnce(world, model);
      if (report?.status !== 'completed') throw new Error(`the last run ${report?.status}: ${report?.error?.message}`);
      const ids = new Map<string, string | undefined>();
      for (const { messageId, userId } of world.sink.accepted) {
        if (messageId === undefined) throw new Error('a message has no id');
        if (ids.has(messageId) && ids.get(messageId) !== userId) throw new Error(`the id ${messageId} names two rows`);
        ids.set(messageId, userId);
      }
    }),
    { numRuns: RUNS },
  );
});

import fc from 'fast-check';
import { expect, it } from 'vitest';
import type { KeepKeys } from '../../src/diff/level/end-run.js';
import { SnapshotCursor } from '../../src/diff/merge/snapshot-cursor.js';
import { isSame16 } from '../../src/diff/segment/compare-keys.js';
import { ACCEPTED, REJECTED } from '../../src/diff/segment/flags.js';
import { acceptedKeys } from '../../src/diff/level/sending-levels.js';
import { openSnapshot } from '../../src/diff/snapshot/open-snapshot.js';
import { newSnapshotId } from '../../src/diff/snapshot/place.js';
import { isSoak } from '../faults/long-form.js';
import { hashOfMessage, inKeyOrder, keyOfText } from './model/keys.js';
import { PlainRun, type PlainEntry, type PlainRow } from './model/plain-model.js';
import { Process, type RunScript, type World } from './model/process.js';
import { Crash, Steps, steppingStore } from './model/steps.js';

const KEYS = 24;
const MESSAGES = ['', 'a', 'b', 'c'];
const UNKNOWN = new Uint8Array(16);

/** One edit of the source: a key gets these messages, a row each. */
const edit = fc.record({
  key: fc.nat({ max: KEYS - 1 }),
  messages: fc.oneof(
    { weight: 6, arbitrary: fc.array(fc.constantFrom(...MESSAGES), { maxLength: 1 }) },
    { weight: 1, arbitrary: fc.constantFrom<string[]>(['a', 'a'], ['b', 'b', 'b', 'b'], ['', '']) },
    { weight: 1, arbitrary: fc.array(fc.constantFrom(...MESSAGES), { minLength: 2, maxLength: 4 }) },
  ),
});

const outcome = fc.constantFrom('rejected', 'partly');

const oneRun = fc.record({
  edits: fc.oneof(fc.array(edit, { maxLength: 6 }), fc.array(edit, { minLength: 8, maxLength: 40 })),
  nulls: fc.nat({ max: 2 }),
  cuts: fc.array(fc.nat({ max: 30 }), { maxLength: 3 }),
  isBackwards: fc.boolean(),
  batch: fc.integer({ min: 1, max: 12 }),
  outcomes: fc.dictionary(fc.constantFrom('a', 'b'), outcome, { maxKeys: 1 }),
  oddOnly: fc.boolean(),
  rejectedRemovals: fc.nat({ max: 3 }),
  holdsRemovals: fc.boolean(),
  abandonAfter: fc.option(fc.integer({ min: 1, max: 6 }), { nil: undefined, freq: 3 }),
});

const history = fc.record({
  mode: fc.constantFrom('upsert' as const, 'append' as const, 'mirror' as const, 'mirror' as const),
  keep: fc.constantFrom('all' as const, 'all' as const, 'window' as const),
  runs: fc.array(oneRun, { minLength: 1, maxLength: 7 }),
  crashes: fc.array(fc.nat({ max: 60 }), { maxLength: 12 }),
});

async function snapshotOf(world: World, keep: KeepKeys): Promise<Map<string, PlainEntry>> {
  const place = { store: steppingStore(world.objects, new Steps([])) };
  const snapshot = await openSnapshot(place, world.record.snapshot);
  const cursor = new SnapshotCursor(place, snapshot.levels);
  const found = new Map<string, PlainEntry>();
  while (await cursor.next()) {
    const key = Array.from({ length: KEYS }, (_, index) => `k${index}`).find((text) =>
      isSame16(keyOfText(text), 0, cursor.keys, cursor.keyAt),
    )!;
    const isHash = (hash: Uint8Array): boolean => isSame16(hash, 0, cursor.hashes, cursor.hashAt);
    const message = MESSAGES.find((text) => isHash(hashOfMessage(text)));
    if (message === undefined) expect(isHash(UNKNOWN)).toBe(true);
    const is = (flag: number): boolean => (cursor.flags & flag) !== 0;
    found.set(key, { message, accepted: is(ACCEPTED), rejected: is(REJECTED) });
  }
  const accepted = [...found.values()].filter((entry) => entry.accepted);
  if (keep === 'all') expect(await acceptedKeys(place, snapshot)).toBe(accepted.length);
  return found;
}

type History = typeof history extends fc.Arbitrary<infer T> ? T : never;

function scriptOf(
  run: History['runs'][number],
  { mode, keep }: History,
  source: Map<string, string[]>,
  old: ReadonlyMap<string, PlainEntry>,
): RunScript {
  const rows: PlainRow[] = [...source].flatMap(([key, messages]) => messages.map((message) => ({ key, message })));
  for (let index = 0; index < run.nulls; index++) rows.push({ key: undefined, message: 'a' });
  const sorted = inKeyOrder(rows);
  const isOdd = (key = 'k0'): boolean => Number(key.slice(1)) % 2 === 1;
  return {
    rows: sorted,
    model: new PlainRun(old, sorted, mode),
    mode,
    keep: mode === 'mirror' ? 'all' : keep,
    cuts: [...new Set(run.cuts)].filter((cut) => cut > 0 && cut < sorted.length).sort((one, other) => one - other),
    isBackwards: run.isBackwards,
    batch: run.batch,
    outcomeOf: ({ key, message }) => {
      const said = run.outcomes[message as 'a' | 'b'];
      return said === undefined || (run.oddOnly && !isOdd(key)) ? 'accepted' : said;
    },
    isRemovalRejected: (key) => run.rejectedRemovals > 0 && Number(key.slice(1)) % 4 < run.rejectedRemovals,
    holdsRemovals: run.holdsRemovals,
    abandonAfter: run.abandonAfter,
    checkpoints: 0,
  };
}

/** Whether a destination shows what the source has, key by key, but for what was rejected or held. */
function expectSame(world: World, script: RunScript, after: ReadonlyMap<string, PlainEntry>): void {
  const { rows, model, mode, holdsRemovals, isRemovalRejected } = script;
  for (let index = 0; index < KEYS; index++) {
    const key = `k${index}`;
    const row = rows.findIndex((candidate) => candidate.key === key);
    const has = world.destination.get(key);
    const isThere = row !== -1 && rows[row]!.message !== '';
    if (isThere && (after.get(key)?.rejected === true || model.verdicts[row] === 'DUPLICATE_KEY')) continue;
    if (isThere && mode !== 'append') same(key, has, rows[row]!.message);
    else if (isThere) same(key, has !== undefined, true);
    else if (mode === 'mirror' && !holdsRemovals && !isRemovalRejected(key) && model.verdicts[row] !== 'DUPLICATE_KEY')
      same(key, has, undefined);
  }
}

/** An assertion of the test runner costs more than a row. */
function same(key: string, has: unknown, wanted: unknown): void {
  if (has !== wanted) expect(`${key}: ${String(has)}`).toBe(`${key}: ${String(wanted)}`);
}

async function live(told: History): Promise<void> {
  const steps = new Steps(told.crashes);
  const world: World = {
    objects: new Map(),
    steps,
    record: { token: 0, snapshot: { id: newSnapshotId() } },
    destination: new Map(),
    endings: [],
  };
  const source = new Map<string, string[]>();
  let old: ReadonlyMap<string, PlainEntry> = new Map();
  for (const run of told.runs) {
    for (const { key, messages } of run.edits) source.set(`k${key}`, messages);
    const script = scriptOf(run, told, source, old);
    const { length } = world.endings;
    while (world.endings.length === length) {
      try {
        await new Process(world, script).run();
      } catch (error) {
        if (!(error instanceof Crash)) throw error;
      }
    }
    const isCompleted = world.endings.at(-1) === 'completed';
    const found = await snapshotOf(world, script.keep);
    const after = isCompleted ? script.model.completed(script.keep) : script.model.abandoned(found);
    expect(sorted(found)).toEqual(sorted(after));
    if (isCompleted) expectSame(world, script, after);
    old = after;
  }
}

function sorted(entries: ReadonlyMap<string, PlainEntry>): [string, PlainEntry][] {
  return [...entries].sort(([one], [other]) => (one < other ? -1 : 1));
}

it('a snapshot says what was settled, and the destination becomes the source, whatever happens in between', async () => {
  await fc.assert(fc.asyncProperty(history, live), { numRuns: isSoak ? 3_000 : 150 });
});

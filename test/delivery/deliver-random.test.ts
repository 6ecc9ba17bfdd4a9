import fc from 'fast-check';
import { expect, test } from 'vitest';
import { deliver, SinkError, type DeadLetter, type LaneKey, type Rejection, type RetryLater } from 'snowmelt';
import { mapper, result, sink, type Note } from './rows.js';
import { nextTurn, until } from '../stopped-time.js';

type Message = Required<Pick<Note, 'row'>> & { readonly keys: LaneKey; readonly part: number; readonly bad: boolean };

const keyOf = fc.constantFrom('a', 'b', 'c', 'd', 'e', 'f', 'g');
const keys: fc.Arbitrary<LaneKey> = fc.oneof(
  { weight: 5, arbitrary: keyOf },
  { weight: 2, arbitrary: fc.tuple(keyOf, keyOf) },
  { weight: 1, arbitrary: fc.constant(undefined) },
);
const row = fc.record({
  kind: fc.oneof(
    { weight: 10, arbitrary: fc.constant('one') },
    { weight: 2, arbitrary: fc.constant('two') },
    { weight: 1, arbitrary: fc.constantFrom('skip', 'throw', 'bad', 'refused') },
  ),
  keys,
});
const idOf = ({ row: number, part }: Message): string => `${number}.${part}`;
const list = (of: LaneKey): readonly string[] => (of === undefined ? [] : typeof of === 'string' ? [of] : of);

test('under random failures, splits, retries and rejects nothing is lost, keys keep their order and the prefix is true', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(row, { minLength: 1, maxLength: 120 }),
      fc.integer({ min: 1, max: 5 }),
      fc.integer({ min: 1, max: 9 }),
      fc.integer({ min: 1, max: 40 }),
      fc.infiniteStream(fc.nat({ max: 99 })),
      async (rows, concurrency, maxMessages, maxInFlightRows, random) => {
        const chance = (percent: number): boolean => (random.next().value as number) < percent;
        const accepted = new Map<string, number>();
        const lastOfKey = new Map<string, number>();
        const dead = new Set<string>();
        const inFlight = new Set<string>();
        let running = 0;
        let mapped = 0;
        let settledBelow = 0;
        // Gathered and not thrown: the engine would try again what a sink throws.
        const violations: string[] = [];
        const check = (holds: boolean, what: string): void => {
          if (!holds) violations.push(what);
        };
        const many = mapper<Message>(
          (number) => {
            mapped = number + 1;
            const { kind, keys: of } = rows[number]!;
            if (kind === 'skip') return undefined;
            if (kind === 'throw') throw new TypeError('cannot');
            const message = { row: number, keys: of, bad: kind === 'bad' || kind === 'refused' };
            return kind === 'two' ? [0, 1].map((part) => ({ ...message, part })) : { ...message, part: 0 };
          },
          (message) => message.keys,
        );
        const isSettled = (number: number): boolean => {
          const { kind } = rows[number]!;
          if (kind === 'skip') return true;
          if (kind === 'throw' || kind === 'bad' || kind === 'refused') return dead.has(String(number));
          return accepted.has(`${number}.0`) && (kind !== 'two' || accepted.has(`${number}.1`));
        };
        const to = sink<Message>(
          async (batch) => {
            running += 1;
            check(running <= concurrency, `${running} requests in flight`);
            check(batch.length <= maxMessages, `${batch.length} messages in a batch`);
            // The rows handed out lie within the window of unsettled rows.
            let prefix = 0;
            while (prefix < mapped && isSettled(prefix)) prefix += 1;
            check(mapped - prefix <= maxInFlightRows, `${mapped - prefix} rows in flight`);
            const ofBatch = new Set(batch.flatMap((message) => list(message.keys)));
            for (const one of ofBatch) check(!inFlight.has(one), `key ${one} in flight twice`);
            for (const one of ofBatch) inFlight.add(one);
            try {
              if (chance(50)) await nextTurn();
              if (chance(15)) throw new SinkError('SINK_FAILED', 'HTTP 503', { retryable: true });
              if (chance(5)) throw new TypeError('socket');
              const isRefused = ({ row: number }: Message): boolean => rows[number]!.kind === 'refused';
              if (batch.some(isRefused)) {
                throw new SinkError('SINK_FAILED', 'HTTP 400', { retryable: false, splittable: true });
              }
              const rejected: Rejection[] = [];
              const retry: RetryLater[] = [];
              const held = new Set<string>();
              batch.forEach((message, index) => {
                if (message.bad) {
                  rejected.push({ index, code: 'BAD', reason: 'bad' });
                  return;
                }
                // A real destination that puts a message off puts off what follows it for the same key too.
                if (chance(10) || list(message.keys).some((one) => held.has(one))) {
                  for (const one of list(message.keys)) held.add(one);
                  retry.push({ index, reason: 'later' });
                  return;
                }
                accepted.set(idOf(message), (accepted.get(idOf(message)) ?? 0) + 1);
                for (const one of list(message.keys)) {
                  check((lastOfKey.get(one) ?? -1) <= message.row * 2 + message.part, `key ${one} out of order`);
                  lastOfKey.set(one, message.row * 2 + message.part);
                }
              });
              return { accepted: batch.length - rejected.length - retry.length, rejected, retry };
            } finally {
              running -= 1;
              for (const one of ofBatch) inFlight.delete(one);
            }
          },
          { limits: { maxMessages } },
        );
        const report = await deliver({
          rows: result(rows.length, 1 + (random.next().value as number)),
          mapper: many,
          sink: to,
          deadLetter: sink<DeadLetter<Message>>((letters) => {
            for (const letter of letters) dead.add(String(letter.row));
            return { accepted: letters.length };
          }),
          maxRejected: rows.length,
          concurrency,
          maxInFlightRows,
          retry: { minDelayMs: 0, attempts: 1_000 },
          onSettled: (below) => {
            expect(below).toBeGreaterThan(settledBelow);
            for (let number = settledBelow; number < below; number += 1) expect(isSettled(number)).toBe(true);
            settledBelow = below;
          },
        });
        expect(violations).toEqual([]);
        report.throwIfFailed();
        expect(settledBelow).toBe(rows.length);
        const of = (...kinds: string[]): number => rows.filter(({ kind }) => kinds.includes(kind)).length;
        expect(report).toMatchObject({
          rowsRead: rows.length,
          rowsSkipped: of('skip'),
          rowsRejected: of('throw', 'bad', 'refused'),
          rowsDelivered: of('one', 'two'),
          messages: of('one') + 2 * of('two'),
        });
        expect(dead.size).toBe(report.rowsRejected);
        for (const count of accepted.values()) expect(count).toBe(1);
      },
    ),
    { numRuns: 150 },
  );
});

test('never hands out more rows than maxInFlightRows while one lane is stuck', async () => {
  let highest = 0;
  let highestWhileStuck: number | undefined;
  const stuck = sink<Note>(
    async (batch) => {
      for (const { row: number } of batch) highest = Math.max(highest, number);
      if (batch.some(({ row: number }) => number === 0)) {
        await until(() => highest >= 499);
        // What goes out goes out in the turn in which it may: a hundred of them show that nothing else does.
        for (let turn = 0; turn < 100; turn += 1) await nextTurn();
        highestWhileStuck ??= highest;
      }
      return { accepted: batch.length };
    },
    { limits: { maxMessages: 10 } },
  );
  const keyed = mapper<Note>(
    (number) => ({ row: number, key: `k${number % 97}` }),
    (note) => note.key,
  );
  const report = await deliver({ rows: result(5_000), mapper: keyed, sink: stuck, maxInFlightRows: 500 });
  expect(highestWhileStuck).toBe(499);
  report.throwIfFailed();
  expect(report.rowsDelivered).toBe(5_000);
});

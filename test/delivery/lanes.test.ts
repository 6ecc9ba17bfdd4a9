import fc from 'fast-check';
import { expect, test } from 'vitest';
import { batchLimits } from '../../src/delivery/read/batch-limits.js';
import type { Item } from '../../src/delivery/read/item.js';
import { Lanes } from '../../src/delivery/lanes/lanes.js';
import type { LaneKey } from '../../src/mapping/row-mapper.js';

const item = (row: number, keys: LaneKey, bytes = 0): Item<number> => ({
  row,
  message: row,
  text: undefined,
  bytes,
  keys,
});
const keysOf = ({ keys }: Item<number>): readonly string[] =>
  keys === undefined ? [] : typeof keys === 'string' ? [keys] : keys;

const key = fc.constantFrom('a', 'b', 'c', 'd', 'e');
const keys: fc.Arbitrary<LaneKey> = fc.oneof(
  { weight: 4, arbitrary: key },
  { weight: 2, arbitrary: fc.tuple(key, key) },
  { weight: 1, arbitrary: fc.constant(undefined) },
);

test('messages of one key never are in two lanes at once, and leave in their order', () => {
  fc.assert(
    fc.property(
      fc.array(keys, { maxLength: 80 }),
      fc.integer({ min: 1, max: 4 }),
      fc.integer({ min: 1, max: 5 }),
      fc.infiniteStream(fc.nat()),
      (rows, laneCount, maxMessages, random) => {
        const lanes = new Lanes<number>(laneCount, batchLimits({ maxMessages }, undefined));
        const inFlight = new Map<number, Item<number>[]>();
        const last = new Map<string, number>();
        let left = 0;
        const step = (): void => {
          const candidates = lanes.all.filter((lane) => lane.busy || lane.queue.length > 0);
          const lane = candidates[(random.next().value as number) % candidates.length]!;
          const busy = inFlight.get(lane.index);
          if (busy !== undefined) {
            inFlight.delete(lane.index);
            lanes.release(lane, busy);
            left += busy.length;
            return;
          }
          const taken = lanes.take(lane);
          expect(taken.length).toBeGreaterThan(0);
          expect(taken.length).toBeLessThanOrEqual(maxMessages);
          const elsewhere = new Set([...inFlight.values()].flat().flatMap(keysOf));
          for (const message of taken) {
            for (const one of keysOf(message)) {
              expect(elsewhere.has(one)).toBe(false);
              expect(last.get(one) ?? -1).toBeLessThanOrEqual(message.row);
              last.set(one, message.row);
            }
          }
          inFlight.set(lane.index, taken);
        };
        rows.forEach((of, row) => {
          // A barrier: some lane has to drain first, and it always can.
          while (lanes.place(item(row, of)) === undefined) step();
          if ((random.next().value as number) % 2 === 0) step();
        });
        while (!lanes.isEmpty || inFlight.size > 0) step();
        expect(left).toBe(rows.length);
      },
    ),
  );
});

test('a batch never has more messages or bytes than the sink takes, and is as large as it can be', () => {
  fc.assert(
    fc.property(
      fc.array(fc.integer({ min: 1, max: 40 }), { minLength: 1, maxLength: 60 }),
      fc.integer({ min: 1, max: 10 }),
      (sizes, maxMessages) => {
        const limits = batchLimits({ maxMessages, maxBatchBytes: 100, batchOverheadBytes: 10 }, undefined);
        const lanes = new Lanes<number>(1, limits);
        const lane = lanes.all[0]!;
        sizes.forEach((bytes, row) => lanes.place(item(row, undefined, bytes)));
        let row = 0;
        while (lane.queue.length > 0) {
          const taken = lanes.take(lane);
          const bytes = 10 + taken.reduce((sum, one) => sum + one.bytes, 0) + taken.length - 1;
          expect(bytes).toBeLessThanOrEqual(100);
          expect(taken.length).toBeLessThanOrEqual(maxMessages);
          const next = lane.queue[0];
          if (next !== undefined) expect(taken.length === maxMessages || bytes + 1 + next.bytes > 100).toBe(true);
          for (const one of taken) expect(one.row).toBe(row++);
          lanes.release(lane, taken);
        }
        expect(row).toBe(sizes.length);
      },
    ),
  );
});

test('a free key goes to an idle lane before a busy one', () => {
  const lanes = new Lanes<number>(2, batchLimits({ maxMessages: 10 }, undefined));
  const first = lanes.place(item(0, 'a'))!;
  lanes.take(first);
  expect(lanes.place(item(1, 'b'))).not.toBe(first);
  expect(lanes.place(item(2, 'a'))).toBe(first);
});

test('has no room when every lane has a full batch waiting', () => {
  const lanes = new Lanes<number>(2, batchLimits({ maxMessages: 2 }, undefined));
  for (let row = 0; row < 4; row += 1) {
    expect(lanes.hasRoom).toBe(true);
    lanes.place(item(row, undefined));
  }
  expect(lanes.hasRoom).toBe(false);
});

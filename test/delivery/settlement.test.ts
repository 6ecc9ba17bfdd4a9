import fc from 'fast-check';
import { expect, test } from 'vitest';
import { Settlement } from '../../src/delivery/settle/settlement.js';

type Outcome = 'accept' | 'reject';

test('the settled prefix and its counts equal those of a plain list of rows, in whatever order rows settle', () => {
  const change = fc.constantFrom('added' as const, 'changed' as const, 'unchanged' as const, undefined);
  const row = fc.record({ messages: fc.nat({ max: 3 }), rejects: fc.nat({ max: 3 }), change });
  fc.assert(
    fc.property(
      fc.array(row, { maxLength: 60 }),
      fc.integer({ min: 1, max: 20 }),
      fc.nat({ max: 1000 }),
      fc.infiniteStream(fc.nat()),
      (rows, maxRows, first, random) => {
        const told: (readonly [row: number, outcome: string])[] = [];
        const settlement = new Settlement(first, maxRows, undefined, (row, outcome) => told.push([row, outcome]));
        // The model: what is left of each row, and how it was settled.
        const left: {
          open: Outcome[];
          total: number;
          rejected: boolean;
          accepted: number;
          change: 'added' | 'changed' | 'unchanged' | undefined;
        }[] = [];
        const prefix = (): number => {
          const index = left.findIndex(({ open }) => open.length > 0);
          return index < 0 ? left.length : index;
        };
        const settleOne = (): void => {
          const candidates = left.flatMap(({ open }, index) => (open.length > 0 ? [index] : []));
          const index = candidates[(random.next().value as number) % candidates.length]!;
          const entry = left[index]!;
          if (entry.open.pop() === 'accept') {
            entry.accepted += 1;
            settlement.accept(first + index);
          } else {
            expect(settlement.markRejected(first + index)).toBe(!entry.rejected);
            entry.rejected = true;
            settlement.reject(first + index);
          }
        };
        const check = (): void => {
          const done = left.slice(0, prefix());
          expect(settlement.below).toBe(first + done.length);
          const waiting = left.slice(prefix()).filter(({ change }) => change !== 'unchanged');
          expect(settlement.hasRoom).toBe(waiting.length < maxRows);
          expect(settlement.lastValues).toEqual(done.length === 0 ? undefined : [first + done.length - 1]);
          const ofChange = (what: string): number => done.filter(({ change }) => change === what).length;
          const { added = 0, changed = 0, unchanged = 0, ...counts } = settlement.settled;
          expect({ added, changed, unchanged }).toEqual({
            added: ofChange('added'),
            changed: ofChange('changed'),
            unchanged: ofChange('unchanged'),
          });
          expect(told).toEqual(
            done.flatMap(({ change, total, rejected }, index) =>
              change === 'unchanged'
                ? []
                : [[first + index, total === 0 ? 'skipped' : rejected ? 'rejected' : 'delivered']],
            ),
          );
          expect(counts).toEqual({
            read: done.length,
            skipped: done.filter(({ total, change }) => total === 0 && change !== 'unchanged').length,
            rejected: done.filter(({ rejected }) => rejected).length,
            delivered: done.filter(({ total, rejected }) => total > 0 && !rejected).length,
            messages: done.reduce((sum, { accepted }) => sum + accepted, 0),
          });
        };
        for (const { messages, rejects, change } of rows) {
          while (!settlement.hasRoom) settleOne();
          const values = [first + left.length];
          const total = change === 'unchanged' ? 0 : messages;
          if (change === 'unchanged') settlement.pass(values);
          else settlement.open(messages, values, change);
          const open = Array.from({ length: total }, (_, at): Outcome => (at < rejects ? 'reject' : 'accept'));
          left.push({ open, total, rejected: false, accepted: 0, change });
          check();
          if ((random.next().value as number) % 2 === 0 && prefix() < left.length) settleOne();
          check();
        }
        while (prefix() < left.length) settleOne();
        check();
        expect(settlement.settled).toEqual(settlement.seen);
      },
    ),
  );
});

test('goes on counting from an earlier part of the run', () => {
  const settlement = new Settlement(10, 4, { read: 10, delivered: 7, rejected: 2, skipped: 1, messages: 7 });
  settlement.open(1, []);
  settlement.accept(10);
  expect(settlement.settled).toEqual({ read: 11, delivered: 8, rejected: 2, skipped: 1, messages: 8 });
});

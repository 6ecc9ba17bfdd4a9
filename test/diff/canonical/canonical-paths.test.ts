import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Column, Message, RowMapper } from 'snowmelt';
import { messageHasher, type MessageHasher } from '../../../src/diff/canonical/message-hasher.js';
import { bindOrRefuse, columnsAndRows, mappers } from '../../mapping/arbitrary-rows.js';

const hashers = [messageHasher(), messageHasher({ secret: 'secret', ignore: ['email', 'category', 'A b', 'A_b'] })];

interface Hashes {
  readonly fromText: string;
  readonly fromObject: string;
}

/** The hash of a row on both paths; `undefined` when the mapper leaves it to the objects. */
function bothPaths(
  hasher: MessageHasher,
  one: RowMapper,
  columns: readonly Column[],
  values: readonly unknown[],
): Hashes | undefined {
  const bound = bindOrRefuse(one, columns);
  const made = bound?.toJson?.({ sync: 's', messageId: () => 'run-0', canonical: hasher.json })(values, 0);
  if (bound === undefined || made === undefined) return undefined;
  const message = bound(values, { row: 0, sync: 's' }) as Message;
  // What is delivered is the whole message all the same.
  expect(JSON.parse(made.text)).toStrictEqual({ messageId: 'run-0', ...message });
  return {
    fromText: hasher.ofText(made.canonical!).toString('hex'),
    fromObject: hasher.ofMessages([message], 0).toString('hex'),
  };
}

describe('a row has the same hash', () => {
  it('whether its message was made as text or as an object', () => {
    let seen = 0;
    fc.assert(
      fc.property(columnsAndRows, mappers, fc.constantFrom(...hashers), ({ columns, rows }, one, hasher) => {
        for (const values of rows) {
          const hashes = bothPaths(hasher, one, columns, values);
          if (hashes === undefined) continue;
          seen += 1;
          expect(hashes.fromText).toBe(hashes.fromObject);
        }
      }),
      { numRuns: 800 },
    );
    expect(seen).toBeGreaterThan(100);
  });
});

import { describe, expect, it } from 'vitest';
import type { BoundMapper, Column, Message } from 'snowmelt';
import { messageHasher } from '../../../src/diff/canonical/message-hasher.js';
import { builtInMappers } from '../../contract/built-in-mappers.js';
import { mapperVectors } from './mapper-vectors.js';

const hasher = messageHasher();

function objectHash(bound: BoundMapper<Message>, values: readonly unknown[], row: number): string {
  const mapped = bound(values, { row, sync: 'sync' });
  return hasher.ofMessages(mapped === undefined ? [] : [mapped].flat(), row).toString('hex');
}

describe('a row has the committed hash from plain objects, from wire values and as text', () => {
  it.each(Object.entries(builtInMappers))('%s', (name, create) => {
    const { mapper, rows, capabilities } = create();
    const native = Object.keys(rows[0]!).map((column): Column => ({ name: column, type: 'native', nullable: true }));
    const fromObjects = rows.map((row, index) => objectHash(mapper.bind(native), Object.values(row), index));
    expect(fromObjects).toStrictEqual(mapperVectors[name]);
    const { wire } = capabilities!;
    const bound = mapper.bind(wire!.columns);
    expect(wire!.rows.map((values, row) => objectHash(bound, values, row))).toStrictEqual(mapperVectors[name]);
    const toJson = bound.toJson?.({ sync: 'other', messageId: (row) => `other-${row}`, canonical: hasher.json });
    for (const [row, values] of wire!.rows.entries()) {
      const made = toJson?.(values, row);
      if (made !== undefined) expect(hasher.ofText(made.canonical!).toString('hex')).toBe(mapperVectors[name]![row]);
    }
  });

  it('and none is left over', () => {
    expect(Object.keys(mapperVectors)).toStrictEqual(Object.keys(builtInMappers));
  });
});

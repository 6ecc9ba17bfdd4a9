import type { Column } from '../../source/source.js';
import { floatId, floatIdHint } from '../values/id-text.js';
import { rowError } from '../row-error.js';
import type { RowInfo } from '../row-mapper.js';

const IDS = ['userId', 'anonymousId', 'groupId', 'previousId', 'objectTypeId', 'messageId'];
/** Where semantic events keep theirs. */
const IDS_IN_PROPERTIES = ['objectId', 'objectTypeId', 'deliveryId'];

/** Refuses a message whose id is a FLOAT of the row that is no id. */
export type RefuseInexactIds = (values: readonly unknown[], message: unknown, info: RowInfo) => void;

function field(value: unknown, key: string): unknown {
  return typeof value === 'object' && value !== null ? (Reflect.get(value, key) as unknown) : undefined;
}

/** The FLOATs of a row that are no ids, as a host's mapper would write them, with their columns. */
function inexactFloats(floats: readonly { column: Column; position: number }[], values: readonly unknown[]) {
  const found = new Map<string, string>();
  for (const { column, position } of floats) {
    const value = values[position];
    if (typeof value === 'string' && floatId(value) === undefined) found.set(String(Number(value)), column.name);
  }
  return found;
}

/**
 * Compiles the check of a host's own mapper, which gets FLOATs as numbers and could make ids of them: what the built-in
 * mappers refuse by the column, this refuses by the value.
 *
 * @returns `undefined` when no column is a FLOAT
 */
export function compileInexactIds(columns: readonly Column[]): RefuseInexactIds | undefined {
  const all = columns.map((column, position) => ({ column, position }));
  const floats = all.filter(({ column }) => column.type === 'real');
  if (floats.length === 0) return undefined;
  return (values, message, info) => {
    const inexact = inexactFloats(floats, values);
    if (inexact.size === 0) return;
    const refuse = (id: unknown, name: string): void => {
      const column = typeof id === 'string' || typeof id === 'number' ? inexact.get(String(id)) : undefined;
      // Another column may hold that very id as it should be.
      const isElsewhere = all.some(
        ({ column: { type }, position }) => type !== 'real' && values[position] === String(id),
      );
      if (column === undefined || isElsewhere) return;
      throw rowError(info.row, {
        column,
        expected: `${name}: a text or a whole number without loss`,
        found: 'a FLOAT that is no whole number of at most 15 digits',
        hint: floatIdHint(column, column),
      });
    };
    for (const name of IDS) refuse(field(message, name), name);
    const properties = field(message, 'properties');
    for (const name of IDS_IN_PROPERTIES) refuse(field(properties, name), name);
  };
}

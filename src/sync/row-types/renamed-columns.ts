import type { StoredField } from './stored-types.js';

/** Fields that both rows have, in the order that both have them in; as many as possible. */
function inBoth(before: readonly StoredField[], now: readonly StoredField[]): ReadonlySet<string> {
  // The longest common subsequence, by the lengths of those of all ends of both.
  const lengths = Array.from({ length: before.length + 1 }, () => new Array<number>(now.length + 1).fill(0));
  const at = (row: number, column: number): number => lengths[row]?.[column] ?? 0;
  for (let i = before.length - 1; i >= 0; i -= 1) {
    for (let j = now.length - 1; j >= 0; j -= 1) {
      const same = before[i]?.name === now[j]?.name;
      (lengths[i] as number[])[j] = same ? at(i + 1, j + 1) + 1 : Math.max(at(i + 1, j), at(i, j + 1));
    }
  }
  const found = new Set<string>();
  for (let i = 0, j = 0; i < before.length && j < now.length;) {
    if (before[i]?.name === now[j]?.name) {
      found.add(before[i]?.name ?? '');
      i += 1;
      j += 1;
    } else if (at(i + 1, j) >= at(i, j + 1)) i += 1;
    else j += 1;
  }
  return found;
}

/** The fields between those that both rows have: one list more than these are. */
function gaps(fields: readonly StoredField[], common: ReadonlySet<string>): readonly StoredField[][] {
  const lists: StoredField[][] = [[]];
  for (const field of fields) {
    if (common.has(field.name)) lists.push([]);
    else lists.at(-1)?.push(field);
  }
  return lists;
}

/** Without the name of the column, where that is another one than the field's. */
const sqlType = (sql: string | undefined): string | undefined => sql?.replace(/, column ".*/, '');

const sameType = (one: StoredField, other: StoredField | undefined): boolean =>
  sqlType(one.sql) === sqlType(other?.sql) && one.type === other?.type && one.nullable === other.nullable;

/**
 * Columns with another name than before: between the same neighbours, as many as there were, each of the type that the
 * one in its place had. Old name to new name.
 */
export function renamedColumns(
  before: readonly StoredField[],
  now: readonly StoredField[],
): ReadonlyMap<string, StoredField> {
  const renamed = new Map<string, StoredField>();
  const common = inBoth(before, now);
  const nowGaps = gaps(now, common);
  const known = new Set(before.map(({ name }) => name));
  const kept = new Set(now.map(({ name }) => name));
  for (const [index, gone] of gaps(before, common).entries()) {
    const come = nowGaps[index] ?? [];
    const isMoved = gone.some(({ name }) => kept.has(name)) || come.some(({ name }) => known.has(name));
    if (isMoved || gone.length !== come.length || !gone.every((field, at) => sameType(field, come[at]))) continue;
    for (const [at, { name }] of gone.entries()) renamed.set(name, come[at] as StoredField);
  }
  return renamed;
}

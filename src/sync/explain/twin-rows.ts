import { checkKey } from '../../diff/key/check-key.js';
import type { SyncContext } from '../options/sync-context.js';
import { makeRows, type MadeRow } from './made-row.js';
import type { QueryTimes, RowFinder } from './row-finder.js';

/**
 * With `changes`: the rows that share their key with another one that becomes something else. A run rejects both, where
 * both lie in its window.
 *
 * @param rows - those that the next run looks at
 * @param areAll - whether they are all rows that have what was asked for
 * @throws SourceError
 */
export async function rowsWithTwins<M>(
  context: SyncContext<M>,
  finder: RowFinder<M>,
  {
    rows,
    areAll,
    times,
  }: { readonly rows: readonly MadeRow<M>[]; readonly areAll: boolean; readonly times: QueryTimes },
): Promise<ReadonlySet<MadeRow<M>>> {
  const { changes } = context.settings;
  const keyed = rows.filter(({ compared }) => compared?.key !== undefined);
  if (changes === undefined || keyed.length === 0) return new Set();
  const key = checkKey(finder.columns, changes.key);
  // Who asks by columns of the key has all rows of it.
  const positions = new Set(key.parts.map(({ position }) => position));
  const areKnown = areAll && finder.conditions.every(({ position }) => positions.has(position));
  const found = areKnown
    ? []
    : await finder.findAlike(
        times,
        key,
        keyed.map((row) => row.found),
      );
  const others = areKnown ? keyed : makeRows(context, finder.columns, found);
  return new Set(keyed.filter((row) => others.some((other) => isTwin(row, other))));
}

function isTwin<M>(row: MadeRow<M>, other: MadeRow<M>): boolean {
  const { key, hash } = row.compared ?? {};
  if (key === undefined || hash === undefined) return false;
  return other.compared?.key?.equals(key) === true && !other.compared.hash.equals(hash);
}

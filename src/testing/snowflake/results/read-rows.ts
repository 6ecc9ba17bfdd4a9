import type { Statement } from './statement.js';

/**
 * Rows of a statement's result as JSON text without the outer brackets, in the order that a fault may have set.
 * A fault's order costs a parse; it is made for small results.
 */
export async function readRows(
  { result, order }: Pick<Statement, 'result' | 'order'>,
  from: number,
  to: number,
): Promise<string> {
  if (result === undefined || from >= to) return '';
  if (order === 'stored') return result.rows(from, to);
  const count = result.rowCount;
  if (order === 'reversed') {
    const rows = JSON.parse(`[${await result.rows(count - to, count - from)}]`) as unknown[];
    return JSON.stringify(rows.reverse()).slice(1, -1);
  }
  // rotated: the last row comes first
  if (from > 0) return result.rows(from - 1, to - 1);
  const last = await result.rows(count - 1, count);
  const rest = to > 1 ? await result.rows(0, to - 1) : '';
  return rest === '' ? last : `${last},${rest}`;
}

import { createHash } from 'node:crypto';
import { ResultExpiredError } from '../errors/errors.js';
import type { Column, ResultRef, ResultSet } from './source.js';

function digest(parts: Iterable<string>): string {
  const hash = createHash('sha256');
  for (const part of parts) hash.update(part);
  return hash.digest('base64url').slice(0, 32);
}

/** Hash of the columns' names, types and scales: a result with another shape is another result. */
export function columnsHash(columns: readonly Column[]): string {
  return digest(columns.map((column) => JSON.stringify([column.name, column.type, column.scale ?? null])));
}

/** Hash of one row's wire values. */
export function rowHash(values: readonly unknown[]): string {
  return digest(values.map(textOf));
}

function textOf(value: unknown): string {
  try {
    // JSON.stringify gives undefined for undefined, which its type does not say.
    const text = JSON.stringify(value, (_key, inner: unknown) => (typeof inner === 'bigint' ? `${inner}n` : inner)) as
      string | undefined;
    return text ?? 'undefined';
  } catch (error) {
    // Too deep, or a circle: the row is rejected, but it stands where it stands.
    return error instanceof Error ? error.name : 'none';
  }
}

/**
 * Compares a re-opened result with its reference. That a stored result keeps its row order is how Snowflake behaves
 * but not what it promises ("RESULT_SCAN", docs.snowflake.com), so one settled row is read again and compared.
 *
 * @throws ResultExpiredError when anything differs
 */
export async function verifyReopened(result: ResultSet, ref: ResultRef, signal?: AbortSignal): Promise<void> {
  const differs = (what: string): ResultExpiredError =>
    new ResultExpiredError(`The result of query ${ref.queryId} is different when read again: ${what}.`, {
      details: { queryId: ref.queryId },
    });
  if (ref.rowCount !== undefined && result.rowCount !== ref.rowCount) {
    throw differs(`${result.rowCount} rows instead of ${ref.rowCount}`);
  }
  if (columnsHash(result.columns) !== ref.columnsHash) throw differs('other columns');
  const check = ref.check;
  if (check === undefined) return;
  for await (const batch of result.read({ from: check.row, to: check.row + 1, signal })) {
    const values = batch.rows[check.row - batch.firstRow];
    if (values === undefined) continue;
    if (rowHash(values) !== check.hash) throw differs(`row ${check.row} has other values`);
    return;
  }
  throw differs(`row ${check.row} is missing`);
}

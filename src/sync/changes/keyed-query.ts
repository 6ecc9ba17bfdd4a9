import { checkKey, type Key } from '../../diff/key/check-key.js';
import { describeStatement, keyStatement } from '../../diff/key/key-statement.js';
import { callSource } from '../../source/call-source.js';
import type { Column, ExecuteOptions, Source, Statement } from '../../source/source.js';

/** A query whose rows come in the order of their keys. */
export interface KeyedQuery {
  /** With the column of the key. */
  readonly statement: Statement;
  readonly key: Key;
  /** Of the query, without that of the key. */
  readonly columns: readonly Column[];
}

/**
 * Describes a query and adds the hash of its key.
 *
 * @throws ConfigError `CONFIG_INVALID` for columns that make no key and for a query that cannot stand in FROM
 */
export async function keyedQuery(
  source: Source,
  statement: Statement,
  names: readonly string[],
  options: ExecuteOptions & { readonly signal: AbortSignal },
): Promise<KeyedQuery> {
  const describing = describeStatement(statement);
  const { signal } = options;
  const described = await callSource('Describing the query', signal, () => source.execute(describing, options));
  const key = checkKey(described.columns, names);
  return { statement: keyStatement(statement, key), key, columns: described.columns };
}

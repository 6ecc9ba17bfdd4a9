import { ConfigError } from '../../errors/errors.js';
import { wrapStatement } from '../../query/wrap-statement.js';
import type { Statement } from '../../source/source.js';
import { KEY_COLUMN, type Key, type KeyPart } from './check-key.js';

/*
 * The text that is hashed: for each column of the key its form's letter, the length of its text in bytes of UTF-8, a
 * colon and the text: `t5:alicen2:42`. So no two keys have one text: not ('ab', 'c') and ('a', 'bc'), not '1' and 1.
 *
 * OCTET_LENGTH counts bytes; || gives NULL where a part is NULL; SHA2 gives lower-case hexadecimal text of the digest of
 * the UTF-8 bytes ("OCTET_LENGTH", "CONCAT , ||", "SHA2 , SHA2_HEX", docs.snowflake.com).
 */

/** Hexadecimal digits of a key: 16 bytes of the digest. */
const DIGITS = 32;

function partSql({ column, form }: KeyPart): string {
  const text = form.sql(`"${column.name.replaceAll('"', '""')}"`);
  return `'${form.letter}' || TO_VARCHAR(OCTET_LENGTH(${text})) || ':' || ${text}`;
}

/** The hash of a key in SQL, over columns that are named as in the described result. */
export function keyHashSql({ parts }: Key): string {
  return `LEFT(SHA2(${parts.map(partSql).join(' || ')}, 256), ${DIGITS})`;
}

function wrapped(before: string, statement: Statement, after: string): Statement {
  const found = wrapStatement(before, statement, after);
  if (found !== undefined) return found;
  throw new ConfigError('CONFIG_INVALID', 'snapshotDiff: the query cannot stand in FROM, where its key is added.', {
    hint: 'Write one SELECT, WITH or VALUES; the rows of SHOW, DESCRIBE or CALL are read from a table that they were put into.',
  });
}

/**
 * The statement that gives the columns of a query and no rows.
 *
 * @throws ConfigError `CONFIG_INVALID` for a query that cannot stand in FROM
 */
export function describeStatement(statement: Statement): Statement {
  return wrapped('SELECT *', statement, 'LIMIT 0');
}

/**
 * The query with the hash of its key as the last column, in the order of that hash. Rows without a key come last.
 *
 * @throws ConfigError `CONFIG_INVALID` for a query that cannot stand in FROM
 */
export function keyStatement(statement: Statement, key: Key): Statement {
  // By name and not by position: a column that the query has got meanwhile would shift it.
  return wrapped(`SELECT *, ${keyHashSql(key)} AS "${KEY_COLUMN}"`, statement, `ORDER BY "${KEY_COLUMN}" NULLS LAST`);
}

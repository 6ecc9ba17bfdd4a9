import { MappingError } from '../../errors/errors.js';
import { userInSql } from '../../options/sql-name.js';
import type { Column } from '../source.js';

const QUOTED_OR_COMMENT =
  /"(?:[^"]|"")*"|'(?:[^'\\]|\\[\s\S]|'')*'|\$\$[\s\S]*?\$\$|--[^\n]*|\/\/[^\n]*|\/\*[\s\S]*?\*\//g;

/**
 * A quoted name of a query, not all in capitals, that is no column of the result while its capitals are one.
 *
 * Either it was an alias: the SQL API has no session in which `QUOTED_IDENTIFIERS_IGNORE_CASE` could be set to FALSE, and
 * where the user or the account has it TRUE, `AS "userId"` arrives as `USERID` ("Identifier requirements",
 * docs.snowflake.com) and would become another trait. Or it is the name of a table or of a column that got an alias of
 * its own. The text of a query cannot tell; {@link PROBE} does.
 */
export function nameInCapitals(sql: string, columns: readonly Column[]): string | undefined {
  const code = sql.replace(QUOTED_OR_COMMENT, (text) => (text.startsWith('"') ? text : ' '));
  const names = new Set(columns.map((column) => column.name));
  for (const match of code.matchAll(/"((?:[^"]|"")+)"/g)) {
    const name = (match[1] ?? '').replaceAll('""', '"');
    if (name !== name.toUpperCase() && !names.has(name) && names.has(name.toUpperCase())) return name;
  }
  return undefined;
}

/** A query whose one column shows whether quoted names keep their case. */
export const PROBE = 'SELECT 1 AS "a"';

/** The error of an alias that came back in capitals. */
export function aliasInCapitals(alias: string, username: string): MappingError {
  const column = alias.toUpperCase();
  return new MappingError('MAPPING_COLUMNS', `The quoted alias "${alias}" came back from Snowflake as ${column}.`, {
    hint: `ALTER USER ${userInSql(username)} SET QUOTED_IDENTIFIERS_IGNORE_CASE = FALSE;`,
    details: { column },
  });
}

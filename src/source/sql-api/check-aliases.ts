import { MappingError } from '../../errors.js';
import type { Column } from '../source.js';

const QUOTED_OR_COMMENT =
  /"(?:[^"]|"")*"|'(?:[^'\\]|\\[\s\S]|'')*'|\$\$[\s\S]*?\$\$|--[^\n]*|\/\/[^\n]*|\/\*[\s\S]*?\*\//g;

/**
 * Finds quoted aliases that came back in capitals. The SQL API has no session in which
 * `QUOTED_IDENTIFIERS_IGNORE_CASE` could be set to FALSE; where the user or the account has it TRUE, `AS "userId"`
 * arrives as `USERID` ("Identifier requirements", docs.snowflake.com) and would become another trait.
 *
 * @throws MappingError `MAPPING_COLUMNS`
 */
export function checkAliases(sql: string, columns: readonly Column[], username: string): void {
  const code = sql.replace(QUOTED_OR_COMMENT, (text) => (text.startsWith('"') ? text : ' '));
  const names = new Set(columns.map((column) => column.name));
  const unquoted = new Set(
    code
      .replace(/"(?:[^"]|"")*"/g, ' ')
      .toUpperCase()
      .match(/[A-Z_][A-Z0-9_$]*/g) ?? [],
  );
  for (const match of code.matchAll(/"((?:[^"]|"")+)"/g)) {
    const alias = (match[1] ?? '').replaceAll('""', '"');
    const upper = alias.toUpperCase();
    // Where the name also stands unquoted, the capitals may be meant.
    if (alias === upper || names.has(alias) || !names.has(upper) || unquoted.has(upper)) continue;
    throw new MappingError('MAPPING_COLUMNS', `The quoted alias "${alias}" came back from Snowflake as ${upper}.`, {
      hint: `ALTER USER ${username} SET QUOTED_IDENTIFIERS_IGNORE_CASE = FALSE;`,
      details: { column: upper },
    });
  }
}

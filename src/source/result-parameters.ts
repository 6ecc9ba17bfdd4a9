import { ConfigError } from '../errors/errors.js';
import { userInSql } from '../options/sql-name.js';

/*
 * The parameters of Snowflake that change which rows a query returns, how many, in which order, how binds are read or how
 * values look ("Parameters", docs.snowflake.com); a user or an account may have set each of them. They are pinned to
 * Snowflake's defaults: by the driver source in its session, by the SQL API source in the request or, where the API does
 * not take them there, looked at before the first row. TIMEZONE, STRICT_JSON_OUTPUT, QUOTED_IDENTIFIERS_IGNORE_CASE and
 * the output formats have places of their own.
 *
 * Left to the user on purpose, because the rows stay the same: USE_CACHED_RESULT (a cached result is used only while the
 * data are unchanged), SEARCH_PATH (it finds objects, as database and schema do), the timeouts, ABORT_DETACHED_QUERY,
 * and all that is named CLIENT_, JDBC_ or ODBC_, which is for drivers that are not used here.
 */

/** By name, as in SQL. */
export const RESULT_PARAMETERS: Readonly<Record<string, string>> = {
  BINARY_INPUT_FORMAT: "'HEX'",
  DATE_INPUT_FORMAT: "'AUTO'",
  DEFAULT_NULL_ORDERING: "'LAST'",
  ROWS_PER_RESULTSET: '0',
  TIMESTAMP_DAY_IS_ALWAYS_24H: 'FALSE',
  TIMESTAMP_INPUT_FORMAT: "'AUTO'",
  TIMESTAMP_TYPE_MAPPING: "'TIMESTAMP_NTZ'",
  TIME_INPUT_FORMAT: "'AUTO'",
  TWO_DIGIT_CENTURY_START: '1970',
  WEEK_OF_YEAR_POLICY: '0',
  WEEK_START: '0',
};

/** The same for texts of JSON: only what is looked at, such as the digits of a number, depends on them. */
export const JSON_PARAMETERS: Readonly<Record<string, string>> = {
  JSON_INDENT: '0',
  // Without it VARIANT text may hold undefined, NaN and Infinity.
  STRICT_JSON_OUTPUT: 'TRUE',
};

/** Set with each request of the SQL API, which takes no other of them ("SQL API reference", parameters). */
export const OF_THE_REQUEST: ReadonlySet<string> = new Set(['ROWS_PER_RESULTSET']);

/** Those that differ where `SHOW PARAMETERS` lists them, as SQL that sets them. */
export function otherParameters(shown: ReadonlyMap<string, string>, names: readonly string[]): readonly string[] {
  return names.flatMap((name) => {
    const wanted = RESULT_PARAMETERS[name] ?? '';
    const value = shown.get(name);
    const isSame = value === undefined || value.toUpperCase() === wanted.replaceAll("'", '').toUpperCase();
    return isSame ? [] : [`${name} = ${wanted}`];
  });
}

/** The error of a user, or an account, that has set them otherwise. */
export function parametersDiffer(settings: readonly string[], username: string): ConfigError {
  const names = settings.map((setting) => setting.split(' ', 1)[0] ?? '');
  return new ConfigError(
    'CONFIG_INVALID',
    `The user ${username}, or its account, has set ${names.join(', ')}, which changes what queries return, and the SQL API cannot set it for a statement.`,
    {
      hint: `ALTER USER ${userInSql(username)} SET ${settings.join(' ')};   -- or take SnowflakeSource, which sets it in its session`,
      details: { parameters: names },
    },
  );
}

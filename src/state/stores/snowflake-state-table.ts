/** The columns of a Snowflake state table, for `CREATE TABLE`. Snowflake notes the primary key and does not enforce it. */
export const SNOWFLAKE_STATE_COLUMNS =
  'KEY VARCHAR NOT NULL PRIMARY KEY, VERSION NUMBER(38, 0) NOT NULL, VALUE VARCHAR NOT NULL';

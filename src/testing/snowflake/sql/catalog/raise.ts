/** A DuckDB expression that fails with Snowflake's code and state; `message` is an expression of text. */
export const raise = (code: string, state: string, message: string): string =>
  `error('SF|${code}|${state}|' || ${message})`;

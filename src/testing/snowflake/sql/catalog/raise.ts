/** What a function of JavaScript fails with when its result has more than 38 digits. */
export const OUT_OF_RANGE = 'SF|100046|22003|Number out of representable range: more than 38 digits';

/** A DuckDB expression that fails with Snowflake's code and state; `message` is an expression of text. */
export const raise = (code: string, state: string, message: string): string =>
  `error('SF|${code}|${state}|' || ${message})`;

import type { EmbeddedSnowflake } from 'snowmelt/testing';

export const WRITE_KEY = 'planted-write-key-0815';

/** What nothing but the dead letter may show: keys, tokens, values of rows. */
export function planted(snowflake: EmbeddedSnowflake): string[] {
  const { privateKey } = snowflake.connection();
  const keyLines = privateKey.split('\n').slice(1, 3);
  // How JSON web tokens begin, and a part of every session token of the embedded Snowflake.
  const tokens = ['eyJhbGciOi', 'ETMsDgAAAX'];
  return [WRITE_KEY, Buffer.from(`${WRITE_KEY}:`).toString('base64'), ...keyLines, ...tokens, '@example.com'];
}

import type { Call } from '../http/call.js';

/** The token of `Authorization: Snowflake Token="…"`. */
export function sessionToken(call: Call): string | undefined {
  const header = call.headers['authorization'];
  if (typeof header !== 'string') return undefined;
  return /^Snowflake Token="([^"]*)"$/.exec(header)?.[1];
}

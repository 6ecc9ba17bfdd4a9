import { callSource } from '../../source/call-source.js';
import type { ExecuteOptions, Source } from '../../source/source.js';

/**
 * Who reads at Snowflake; `undefined` for another source. Asked of Snowflake, because a token alone does not tell.
 *
 * @throws SourceError, or the signal's reason
 */
export async function sourceUser(
  source: Source,
  options: ExecuteOptions & { readonly signal: AbortSignal },
): Promise<string | undefined> {
  if (source.snowflakeSql !== true) return undefined;
  const { signal } = options;
  const who = { sql: 'SELECT CURRENT_USER() AS USER_NAME', binds: [] };
  const result = await callSource('Asking who reads', signal, () => source.execute(who, options));
  let user: unknown;
  for await (const { rows } of result.read({ signal })) user = rows[0]?.[0];
  return typeof user === 'string' ? user : undefined;
}

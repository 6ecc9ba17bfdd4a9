import * as z from 'zod';
import { checkOptions } from '../../options/check-options.js';

/** The token that Snowflake puts into its own containers; made by {@link sessionTokenFile}. */
export interface SessionTokenFile {
  readonly kind: 'session-token-file';
  readonly path: string;
}

/** Options of {@link sessionTokenFile}. */
export interface SessionTokenFileOptions {
  /** Where the token lies. @default /snowflake/session/token */
  readonly path?: string | undefined;
}

const shape = { path: z.string().min(1).default('/snowflake/session/token') };

/**
 * Signs in from inside Snowpark Container Services: `token: sessionTokenFile()`. The file is read anew at each login,
 * because Snowflake writes it anew every few minutes; account and host come from `SNOWFLAKE_ACCOUNT` and `SNOWFLAKE_HOST`,
 * unless `account` or `accessUrl` is given ("Snowpark Container Services: SQL execution", docs.snowflake.com).
 *
 * @throws ConfigError `CONFIG_INVALID` for a wrong option
 */
export function sessionTokenFile(options: SessionTokenFileOptions = {}): SessionTokenFile {
  const { path } = checkOptions('sessionTokenFile', shape, options);
  return { kind: 'session-token-file', path };
}

import * as z from 'zod';
import { ConfigError } from '../../../errors/errors.js';
import type { ServerClock } from '../results/server-clock.js';
import type { Catalog, CatalogUser, TokenKind, UserToken } from '../sql/types/sql-engine.js';

/** A token that opens sessions for a user. */
export interface SnowflakeTokenOptions {
  /** How clients have to name it: `authenticator` of a source. */
  readonly type: TokenKind;
  /** The token itself. For a workload of AWS: its access key id, because what the driver sends changes with each login. */
  readonly token: string;
  /** As `SHOW USER PROGRAMMATIC ACCESS TOKENS` lists it. @default 'TOKEN' and a number */
  readonly name?: string | undefined;
  /** The roles that its sessions may have. @default all of the user's */
  readonly roles?: readonly string[] | undefined;
  /** After so many seconds it is refused. @default never */
  readonly expiresInSeconds?: number | undefined;
}

/** Validates a token's options. */
export const tokenSchema = z.strictObject({
  type: z.enum(['PROGRAMMATIC_ACCESS_TOKEN', 'OAUTH', 'WORKLOAD_IDENTITY']),
  token: z.string().min(1),
  name: z.string().min(1).optional(),
  roles: z.array(z.string().min(1)).default([]),
  expiresInSeconds: z.number().optional(),
});

/** The tokens of a server, to be issued and revoked while it runs. */
export interface SnowflakeTokens {
  /** Gives a user another token. Throws `ConfigError` (CONFIG_INVALID) for an unknown user or wrong options. */
  readonly add: (user: string, token: SnowflakeTokenOptions) => void;
  /** Takes a token back: from now on it is refused. Sessions that it opened stay. */
  readonly revoke: (token: string) => void;
}

/** A token as the catalog keeps it. */
export function userToken(options: z.output<typeof tokenSchema>, number: number, now: number): UserToken {
  const { type, token, name, roles, expiresInSeconds } = options;
  return {
    kind: type,
    secret: token,
    name: name?.toUpperCase() ?? `TOKEN_${number}`,
    roles: roles.map((role) => role.toUpperCase()),
    createdOn: now,
    days: undefined,
    expiresAt: expiresInSeconds === undefined ? undefined : now + expiresInSeconds * 1000,
    disabled: false,
    comment: '',
  };
}

/** The tokens of one server. */
export function createTokens({ users }: Catalog, clock: ServerClock): SnowflakeTokens {
  return {
    add: (name, token) => {
      const user: CatalogUser | undefined = users.get(name.toUpperCase());
      const parsed = tokenSchema.safeParse(token);
      if (user === undefined || !parsed.success) {
        const problem = user === undefined ? `there is no user ${name}` : (parsed.error?.issues[0]?.message ?? '');
        throw new ConfigError('CONFIG_INVALID', `tokens.add: ${problem}`, {
          hint: 'Correct what `tokens.add` is given.',
        });
      }
      user.tokens = [...user.tokens, userToken(parsed.data, user.tokens.length + 1, clock.now())];
    },
    revoke: (token) => {
      for (const user of users.values()) user.tokens = user.tokens.filter(({ secret }) => secret !== token);
    },
  };
}

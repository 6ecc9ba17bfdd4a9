import * as z from 'zod';
import { homePath } from '../../../disk/home-path.js';
import { ConfigError } from '../../../errors/errors.js';
import { tokenSchema, type SnowflakeTokenOptions } from './user-tokens.js';
import { faultSchema, type SnowflakeFault } from '../faults/snowflake-fault.js';

/** A user of the embedded Snowflake. */
export interface SnowflakeUserOptions {
  /** Upper-cased, as Snowflake does with unquoted names. */
  readonly name: string;
  /** PEM, or base64 of the SPKI as `ALTER USER … SET RSA_PUBLIC_KEY` takes it. Two keys: an array. */
  readonly publicKey?: string | readonly string[] | undefined;
  /** Both halves as PEM text; lets `connection()` fill in the private key. Without any key a pair is generated, once per process and name. */
  readonly keyPair?: { readonly publicKey: string; readonly privateKey: string } | undefined;
  /** Tokens that open sessions for the user, besides the key. More can be added at any time. */
  readonly tokens?: readonly SnowflakeTokenOptions[] | undefined;
  /**
   * Addresses and ranges of a network policy for the user; a programmatic access token needs one, and so it has this
   * machine's unless another is given. `[]` makes none.
   */
  readonly allowedIps?: readonly string[] | undefined;
  /** Roles granted to the user; created where they don't exist. The first one is the default role. Default PUBLIC. */
  readonly roles?: readonly string[] | undefined;
  /** The warehouse that the user's sessions begin with. */
  readonly warehouse?: string | undefined;
  /** The database that the user's sessions begin with. */
  readonly database?: string | undefined;
  /** The schema that the user's sessions begin with. */
  readonly schema?: string | undefined;
  /** Default SERVICE. */
  readonly type?: 'PERSON' | 'SERVICE' | 'LEGACY_SERVICE' | undefined;
  /** A disabled user's logins fail with code 390101. Default false. */
  readonly disabled?: boolean | undefined;
}

/** Options of `startSnowflake`. Everything has a default. */
export interface StartSnowflakeOptions {
  /** Account identifier that clients have to use. @default 'SNOWMELT-TEST' */
  readonly account?: string | undefined;
  /** Port on 127.0.0.1; 0 takes a free one. @default 0 */
  readonly port?: number | undefined;
  /** Who can sign in. @default one user SNOWMELT with a generated key pair and the role ACCOUNTADMIN */
  readonly users?: readonly SnowflakeUserOptions[] | undefined;
  /** Databases to create; the first is where `seedSql` and `query` start. @default ['TEST'] */
  readonly databases?: readonly string[] | undefined;
  /** Names of the warehouses. @default ['COMPUTE_WH'] */
  readonly warehouses?: readonly string[] | undefined;
  /** SQL run as ACCOUNTADMIN before the server accepts requests; several statements may stand in one text. */
  readonly seedSql?: string | readonly string[] | undefined;
  /** Files of SQL run after `seedSql`, one after the other; `~` is the home of this user. A failure names file and line. */
  readonly seedFiles?: readonly string[] | undefined;
  /** File that keeps the data between starts; `~` is the home of this user. @default in memory */
  readonly databaseFile?: string | undefined;
  /** Rows of the largest chunk or partition; the first ones are smaller, as Snowflake's are. @default 49152 */
  readonly resultChunkRows?: number | undefined;
  /** Rows sent inline with the answer. @default a quarter of `resultChunkRows` */
  readonly resultInlineRows?: number | undefined;
  /** How long a result can be re-opened by its query id, in seconds. @default 86400 (24 hours) */
  readonly resultLifeSeconds?: number | undefined;
  /** How long a chunk's link works, in seconds. @default 21600 (6 hours) */
  readonly chunkLinkSeconds?: number | undefined;
  /** Life of a session token in seconds. @default 3600 */
  readonly sessionTokenSeconds?: number | undefined;
  /** Life of a master token in seconds. @default 14400 */
  readonly masterTokenSeconds?: number | undefined;
  /** How long a request for an unfinished statement is held before "in progress" is answered, in seconds. @default 45 */
  readonly holdSeconds?: number | undefined;
  /**
   * Letter case of the SQL API's type names. The documentation's examples show upper case; clients should take both.
   * @default 'upper'
   */
  readonly sqlApiTypeCase?: 'upper' | 'lower' | undefined;
  /** Faults in force from the start; more can be injected at any time. */
  readonly faults?: readonly SnowflakeFault[] | undefined;
}

const name = z.string().min(1);
const seconds = z.number().positive();

const userSchema = z
  .strictObject({
    name,
    publicKey: z.union([z.string(), z.array(z.string()).min(1).max(2)]).optional(),
    keyPair: z.object({ publicKey: z.string(), privateKey: z.string() }).optional(),
    tokens: z.array(tokenSchema).default([]),
    allowedIps: z.array(z.string()).optional(),
    roles: z.array(name).default(['PUBLIC']),
    warehouse: name.optional(),
    database: name.optional(),
    schema: name.optional(),
    type: z.enum(['PERSON', 'SERVICE', 'LEGACY_SERVICE']).default('SERVICE'),
    disabled: z.boolean().default(false),
  })
  .refine((user) => user.publicKey === undefined || user.keyPair === undefined, {
    message: 'give `publicKey` or `keyPair`, not both',
  });

const optionsSchema = z.strictObject({
  account: z
    .string()
    .regex(/^[A-Za-z0-9_.-]+$/)
    .default('SNOWMELT-TEST'),
  port: z.number().int().min(0).max(65_535).default(0),
  users: z
    .array(userSchema)
    .default([{ name: 'SNOWMELT', roles: ['ACCOUNTADMIN'], tokens: [], type: 'SERVICE', disabled: false }]),
  databases: z.array(name).default(['TEST']),
  warehouses: z.array(name).min(1).default(['COMPUTE_WH']),
  seedSql: z.union([z.string(), z.array(z.string())]).default([]),
  seedFiles: z.array(name.transform((path) => homePath('startSnowflake: `seedFiles`', path))).default([]),
  databaseFile: name.transform((path) => homePath('startSnowflake: `databaseFile`', path)).optional(),
  resultChunkRows: z.number().int().positive().default(49_152),
  resultInlineRows: z.number().int().min(0).optional(),
  resultLifeSeconds: seconds.default(86_400),
  chunkLinkSeconds: seconds.default(21_600),
  sessionTokenSeconds: seconds.default(3600),
  masterTokenSeconds: seconds.default(14_400),
  holdSeconds: seconds.default(45),
  sqlApiTypeCase: z.enum(['upper', 'lower']).default('upper'),
  faults: z.array(faultSchema).default([]),
});

/** Options with the defaults filled in. */
export type SnowflakeSettings = z.output<typeof optionsSchema>;

/** Validates the options. Throws `ConfigError` (CONFIG_INVALID) naming the option. */
export function parseSnowflakeOptions(options: StartSnowflakeOptions): SnowflakeSettings {
  const parsed = optionsSchema.safeParse(options);
  if (parsed.success) return parsed.data;
  const [issue] = parsed.error.issues;
  throw new ConfigError('CONFIG_INVALID', `startSnowflake: ${issue?.path.join('.') ?? ''}: ${issue?.message ?? ''}`, {
    hint: 'Correct that option of `startSnowflake`.',
  });
}

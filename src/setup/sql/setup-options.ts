import { isIP } from 'node:net';
import * as z from 'zod';
import { checkOptions } from '../../options/check-options.js';
import { ConfigError } from '../../errors/errors.js';
import { quoteIdentifier, splitName } from './identifier.js';
import { resolveSignInSetup, signInSetupShape, type SignInSetup, type SignInSetupOptions } from './sign-in-setup.js';

/** A resource monitor on the warehouse; creating one needs ACCOUNTADMIN. */
export interface ResourceMonitorOptions {
  /** Of the monitor. */
  readonly name: string;
  /** Credits a month. The warehouse is suspended when they are used up; not exact, keep a reserve. */
  readonly creditQuota: number;
}

/** Options of {@link setupSql} and {@link tearDownSql}. Names are plain (upper-cased) or in double quotes (kept). */
export interface SetupOptions extends SignInSetupOptions {
  /** The service user that snowmelt logs in as. @default 'SNOWMELT' */
  readonly user?: string | undefined;
  /** The role that may read, and nothing else. @default 'SNOWMELT' */
  readonly role?: string | undefined;
  /** The warehouse that runs the queries. @default 'SNOWMELT' */
  readonly warehouse?: string | undefined;
  /** Whether to create the warehouse (XSMALL, auto-suspend, auto-resume). @default true */
  readonly createWarehouse?: boolean | undefined;
  /** Seconds of idleness after which the warehouse stops. @default 60 */
  readonly autoSuspendSeconds?: number | undefined;
  /**
   * What the role may select from: `DB.SCHEMA.TABLE` (a table), `DB.SCHEMA.*` (all tables and views of a schema) or
   * `DB.*` (of a database).
   */
  readonly select: readonly string[];
  /** Names in `select` that are views, not tables. */
  readonly views?: readonly string[] | undefined;
  /** Grant SELECT also on tables and views that are created later, for the `*` entries. @default false */
  readonly future?: boolean | undefined;
  /**
   * Addresses or CIDR ranges that the user may come from; a network policy for this user alone. Programmatic access tokens
   * need one.
   */
  readonly allowedIps?: readonly string[] | undefined;
  /** Longest run of one statement in seconds. @default 3600 */
  readonly statementTimeoutSeconds?: number | undefined;
  /** Makes a monitor for the warehouse. @default none */
  readonly resourceMonitor?: ResourceMonitorOptions | undefined;
  /** Table of a `SnowflakeStateStore`, `DB.SCHEMA.TABLE`: created, and the one thing the role may write. */
  readonly stateTable?: string | undefined;
}

const shape = {
  ...signInSetupShape,
  user: z.string().default('SNOWMELT'),
  role: z.string().default('SNOWMELT'),
  warehouse: z.string().default('SNOWMELT'),
  createWarehouse: z.boolean().default(true),
  autoSuspendSeconds: z.int().min(30).default(60),
  select: z.array(z.string()).min(1),
  views: z.array(z.string()).default([]),
  future: z.boolean().default(false),
  allowedIps: z.array(z.string()).optional(),
  statementTimeoutSeconds: z.int().min(1).max(604_800).default(3600),
  resourceMonitor: z.strictObject({ name: z.string(), creditQuota: z.int().min(1) }).optional(),
  stateTable: z.string().optional(),
};

/** One entry of `select`, quoted. */
export interface SelectTarget {
  readonly kind: 'database' | 'schema' | 'table' | 'view';
  readonly database: string;
  readonly schema?: string;
  /** The full quoted name. */
  readonly name: string;
}

/** The options after validation, every name quoted. */
export interface ResolvedSetup {
  readonly user: string;
  readonly role: string;
  readonly warehouse: string;
  readonly createWarehouse: boolean;
  readonly autoSuspendSeconds: number;
  readonly signIn: SignInSetup;
  readonly targets: readonly SelectTarget[];
  readonly future: boolean;
  readonly networkPolicy: { readonly name: string; readonly ips: readonly string[] } | undefined;
  readonly statementTimeoutSeconds: number;
  readonly resourceMonitor: ResourceMonitorOptions | undefined;
  readonly stateTable: SelectTarget | undefined;
}

function invalid(message: string, hint: string): ConfigError {
  return new ConfigError('CONFIG_INVALID', message, { hint });
}

function target(name: string, isView: boolean): SelectTarget {
  const parts = splitName('`select`', name);
  const [database, schema, table] = parts;
  const quoted = (part: string | undefined): string => quoteIdentifier('`select`', part ?? '');
  if (parts.length === 2 && schema === '*') {
    return { kind: 'database', database: quoted(database), name: quoted(database) };
  }
  if (parts.length !== 3) {
    throw invalid(
      `\`select\` does not say which object: ${JSON.stringify(name)}.`,
      'Write DB.SCHEMA.TABLE, DB.SCHEMA.* or DB.*',
    );
  }
  const path = `${quoted(database)}.${quoted(schema)}`;
  if (table === '*') return { kind: 'schema', database: quoted(database), schema: path, name: path };
  return {
    kind: isView ? 'view' : 'table',
    database: quoted(database),
    schema: path,
    name: `${path}.${quoted(table)}`,
  };
}

/** Views are told by the object that a name means: `db.s.v` and `"DB".S.V` are one. */
function targets(select: readonly string[], views: readonly string[]): readonly SelectTarget[] {
  const selected = new Set(select.map((name) => target(name, false).name));
  const areViews = new Set(
    views.map((name) => {
      const view = target(name, true).name;
      if (selected.has(view)) return view;
      throw invalid(`\`views\` names ${JSON.stringify(name)}, which \`select\` does not.`, 'Add it to `select` too.');
    }),
  );
  return select.map((name) => target(name, areViews.has(target(name, false).name)));
}

function checkIp(entry: string): string {
  const [address = '', bits, more] = entry.split('/');
  const family = isIP(address);
  const size = Number(bits ?? 0);
  if (family === 0 || more !== undefined || !/^\d{0,3}$/.test(bits ?? '') || size > (family === 4 ? 32 : 128)) {
    throw invalid(
      `\`allowedIps\` holds ${JSON.stringify(entry)}.`,
      'Write addresses or ranges such as 203.0.113.7 or 203.0.113.0/24.',
    );
  }
  return entry;
}

/** @throws ConfigError `CONFIG_INVALID` */
export function resolveSetup(owner: string, options: SetupOptions): ResolvedSetup {
  const given = checkOptions(owner, shape, options);
  const user = quoteIdentifier('`user`', given.user);
  const stateTable = given.stateTable === undefined ? undefined : target(given.stateTable, false);
  if (stateTable !== undefined && stateTable.kind !== 'table') {
    throw invalid('`stateTable` must name one table.', 'Write DB.SCHEMA.TABLE.');
  }
  const role = quoteIdentifier('`role`', given.role);
  if (given.authenticator === 'PROGRAMMATIC_ACCESS_TOKEN' && given.allowedIps === undefined) {
    throw invalid(
      `${owner}: \`allowedIps\` is missing: Snowflake takes programmatic access tokens of a service user only under a network policy.`,
      'Pass the addresses that the program comes from, such as 203.0.113.7.',
    );
  }
  return {
    user,
    role,
    warehouse: quoteIdentifier('`warehouse`', given.warehouse),
    createWarehouse: given.createWarehouse,
    autoSuspendSeconds: given.autoSuspendSeconds,
    signIn: resolveSignInSetup(owner, given, user, role),
    targets: targets(given.select, given.views),
    future: given.future,
    networkPolicy:
      given.allowedIps === undefined
        ? undefined
        : { name: `"${user.slice(1, -1)}_NETWORK"`, ips: given.allowedIps.map(checkIp) },
    statementTimeoutSeconds: given.statementTimeoutSeconds,
    resourceMonitor:
      given.resourceMonitor === undefined
        ? undefined
        : { ...given.resourceMonitor, name: quoteIdentifier('`resourceMonitor.name`', given.resourceMonitor.name) },
    stateTable,
  };
}

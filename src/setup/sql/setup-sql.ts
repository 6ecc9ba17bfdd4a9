import { SNOWFLAKE_STATE_COLUMNS } from '../../state/stores/snowflake-state-store.js';
import type { Authenticator } from '../../source/auth/sign-in-options.js';
import { quoteText } from './identifier.js';
import type { ResolvedSetup, SetupOptions } from './setup-options.js';
import { resolveSetup } from './setup-options.js';
import { RESULT_PARAMETERS } from '../../source/result-parameters.js';

const unique = (lines: readonly string[]): string[] => [...new Set(lines)];

function warehouse(setup: ResolvedSetup): string[] {
  const lines: string[] = [];
  if (setup.createWarehouse) {
    lines.push(
      `CREATE WAREHOUSE IF NOT EXISTS ${setup.warehouse} WAREHOUSE_SIZE = 'XSMALL' WAREHOUSE_TYPE = 'STANDARD' AUTO_SUSPEND = ${setup.autoSuspendSeconds} AUTO_RESUME = TRUE INITIALLY_SUSPENDED = TRUE;`,
    );
  }
  if (setup.resourceMonitor !== undefined) {
    lines.push(
      `CREATE RESOURCE MONITOR IF NOT EXISTS ${setup.resourceMonitor.name} WITH CREDIT_QUOTA = ${setup.resourceMonitor.creditQuota} FREQUENCY = MONTHLY START_TIMESTAMP = IMMEDIATELY TRIGGERS ON 80 PERCENT DO NOTIFY ON 100 PERCENT DO SUSPEND;`,
      `ALTER WAREHOUSE ${setup.warehouse} SET RESOURCE_MONITOR = ${setup.resourceMonitor.name};`,
    );
  }
  return lines;
}

function grants(setup: ResolvedSetup): string[] {
  const to = `TO ROLE ${setup.role};`;
  const usage: string[] = [];
  const select: string[] = [];
  for (const target of setup.targets) {
    usage.push(`GRANT USAGE ON DATABASE ${target.database} ${to}`);
    if (target.kind === 'database') {
      usage.push(`GRANT USAGE ON ALL SCHEMAS IN DATABASE ${target.name} ${to}`);
      if (setup.future) usage.push(`GRANT USAGE ON FUTURE SCHEMAS IN DATABASE ${target.name} ${to}`);
    } else if (target.schema !== undefined) {
      usage.push(`GRANT USAGE ON SCHEMA ${target.schema} ${to}`);
    }
    if (target.kind === 'table' || target.kind === 'view') {
      select.push(`GRANT SELECT ON ${target.kind.toUpperCase()} ${target.name} ${to}`);
      continue;
    }
    for (const kind of ['TABLES', 'VIEWS']) {
      const place = `${kind} IN ${target.kind.toUpperCase()} ${target.name}`;
      select.push(`GRANT SELECT ON ALL ${place} ${to}`);
      if (setup.future) select.push(`GRANT SELECT ON FUTURE ${place} ${to}`);
    }
  }
  return unique([`GRANT USAGE ON WAREHOUSE ${setup.warehouse} ${to}`, ...usage, ...select]);
}

function stateTable(setup: ResolvedSetup): string[] {
  const table = setup.stateTable;
  if (table === undefined) return [];
  return [
    `CREATE TABLE IF NOT EXISTS ${table.name} (${SNOWFLAKE_STATE_COLUMNS});`,
    `GRANT USAGE ON DATABASE ${table.database} TO ROLE ${setup.role};`,
    `GRANT USAGE ON SCHEMA ${table.schema ?? ''} TO ROLE ${setup.role};`,
    `GRANT SELECT, INSERT, UPDATE, DELETE ON TABLE ${table.name} TO ROLE ${setup.role};`,
  ];
}

function user(setup: ResolvedSetup): string[] {
  return [
    `CREATE USER IF NOT EXISTS ${setup.user} TYPE = SERVICE;`,
    `ALTER USER ${setup.user} SET TYPE = SERVICE DEFAULT_ROLE = ${setup.role} DEFAULT_WAREHOUSE = ${setup.warehouse}${setup.signIn.properties && ` ${setup.signIn.properties}`};`,
    `ALTER USER ${setup.user} SET QUOTED_IDENTIFIERS_IGNORE_CASE = FALSE STRICT_JSON_OUTPUT = TRUE TIMEZONE = 'UTC' STATEMENT_TIMEOUT_IN_SECONDS = ${setup.statementTimeoutSeconds};`,
    // Whatever the account has set, now or later: these change what queries return.
    `ALTER USER ${setup.user} SET ${Object.entries(RESULT_PARAMETERS)
      .map(([name, value]) => `${name} = ${value}`)
      .join(' ')};`,
    `GRANT ROLE ${setup.role} TO USER ${setup.user};`,
  ];
}

function networkPolicy(setup: ResolvedSetup): string[] {
  const policy = setup.networkPolicy;
  if (policy === undefined) return [];
  const list = `ALLOWED_IP_LIST = (${policy.ips.map(quoteText).join(', ')})`;
  return [
    `CREATE NETWORK POLICY IF NOT EXISTS ${policy.name} ${list};`,
    `ALTER NETWORK POLICY ${policy.name} SET ${list};`,
    `ALTER USER ${setup.user} SET NETWORK_POLICY = ${policy.name};`,
  ];
}

const SIGNS_IN: Readonly<Record<Authenticator, string>> = {
  SNOWFLAKE_JWT: 'key pair',
  PROGRAMMATIC_ACCESS_TOKEN: 'programmatic access token',
  OAUTH: 'OAuth',
  WORKLOAD_IDENTITY: 'workload identity',
};

const AGAIN = 'Once: run again, Snowflake says that it is there, and changes nothing';
const ONCE: Readonly<Record<Authenticator, string>> = {
  SNOWFLAKE_JWT: AGAIN,
  PROGRAMMATIC_ACCESS_TOKEN: `${AGAIN}.\n-- The result shows the secret of the token this one time: give it to the application as its token`,
  OAUTH: AGAIN,
  WORKLOAD_IDENTITY: AGAIN,
};

function section(title: string, lines: readonly string[]): string {
  return lines.length === 0 ? '' : `\n-- ${title}\n${lines.join('\n')}\n`;
}

/**
 * Writes the complete set-up script for a Snowflake account: warehouse, role, least-privilege grants, service user with
 * what it signs in with, and on request a network policy, an authentication policy, a resource monitor and a state table.
 * Read it, then run it as ACCOUNTADMIN. Running it again changes nothing (and puts back what was changed by hand); it
 * never holds a secret. The token of a programmatic access token is shown by Snowflake, in the result of the last
 * statement.
 *
 * @throws ConfigError `CONFIG_INVALID` when an option or a name is wrong
 */
export function setupSql(options: SetupOptions): string {
  const setup = resolveSetup('setupSql', options);
  return [
    '-- Set-up for snowmelt. Review it, then run it once as ACCOUNTADMIN; running it again is harmless.\nUSE ROLE ACCOUNTADMIN;\n',
    section('Compute', warehouse(setup)),
    section('A role that may read the named objects and nothing else', [
      `CREATE ROLE IF NOT EXISTS ${setup.role};`,
      ...grants(setup),
    ]),
    section('The state table: the one object that the role may write', stateTable(setup)),
    section(
      `A service user: ${SIGNS_IN[setup.signIn.authenticator]} only, no password, no interactive login`,
      user(setup),
    ),
    section('Only from these addresses', networkPolicy(setup)),
    section('Only in this way', setup.signIn.policy),
    section(ONCE[setup.signIn.authenticator], setup.signIn.once),
  ].join('');
}

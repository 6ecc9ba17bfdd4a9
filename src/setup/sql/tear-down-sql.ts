import type { SetupOptions } from './setup-options.js';
import { resolveSetup } from './setup-options.js';

/**
 * Writes the script that takes back what {@link setupSql} made: user, policies, role and, if the set-up created
 * them, resource monitor and warehouse. A state table stays: drop it by hand when its syncs are really over.
 *
 * @throws ConfigError `CONFIG_INVALID`
 */
export function tearDownSql(options: SetupOptions): string {
  const setup = resolveSetup('tearDownSql', options);
  const lines = [
    '-- Takes back the set-up for snowmelt.',
    'USE ROLE ACCOUNTADMIN;',
    `DROP USER IF EXISTS ${setup.user};`,
    ...(setup.signIn.policyName === undefined
      ? []
      : [`DROP AUTHENTICATION POLICY IF EXISTS ${setup.signIn.policyName};`]),
    ...(setup.networkPolicy === undefined ? [] : [`DROP NETWORK POLICY IF EXISTS ${setup.networkPolicy.name};`]),
    `DROP ROLE IF EXISTS ${setup.role};`,
    ...(setup.createWarehouse ? [`DROP WAREHOUSE IF EXISTS ${setup.warehouse};`] : []),
    ...(setup.resourceMonitor === undefined ? [] : [`DROP RESOURCE MONITOR IF EXISTS ${setup.resourceMonitor.name};`]),
  ];
  return `${lines.join('\n')}\n`;
}

import { ConfigError } from '../../errors/errors.js';
import { rotateKeySql } from '../../setup/sql/rotate-key-sql.js';
import type { ResourceMonitorOptions, SetupOptions } from '../../setup/sql/setup-options.js';
import { setupSql } from '../../setup/sql/setup-sql.js';
import { tearDownSql } from '../../setup/sql/tear-down-sql.js';
import { wholeNumber, type CliValues } from '../arguments.js';
import type { Output } from '../output.js';
import { rotation, signInSetup } from './sign-in-values.js';

/**
 * `snowmelt setup-sql`: prints a script to be read and run by an administrator.
 *
 * @throws ConfigError `CONFIG_INVALID`
 */
export function writeSetupSql(values: CliValues, output: Output): void {
  if (values.rotate) {
    const { addKey, dropOldKey } = rotateKeySql(rotation(values));
    output.result({ addKey, dropOldKey }, `${addKey}\n${dropOldKey}`);
    return;
  }
  const { user, role, warehouse, select, view, future } = values;
  // A view that is named only as such is meant to be read too.
  const all = [...new Set([...select, ...view])];
  if (all.length === 0) {
    throw new ConfigError('CONFIG_INVALID', 'snowmelt setup-sql: --select is missing.', {
      hint: "Name what may be read: --select DB.SCHEMA.TABLE, 'DB.SCHEMA.*' or 'DB.*'; several times for several.",
    });
  }
  const options = {
    ...signInSetup(values),
    user,
    role,
    warehouse,
    createWarehouse: !values['existing-warehouse'],
    select: all,
    views: view,
    future,
    allowedIps: values['allow-ip'],
    stateTable: values['state-table'],
    autoSuspendSeconds: seconds('auto-suspend', values),
    statementTimeoutSeconds: seconds('statement-timeout', values),
    resourceMonitor: resourceMonitor(values),
  };
  const setup = options as SetupOptions;
  const sql = values['tear-down'] ? tearDownSql(setup) : setupSql(setup);
  output.result({ sql }, sql);
}

function seconds(option: 'auto-suspend' | 'statement-timeout', values: CliValues): number | undefined {
  const text = values[option];
  return text === undefined ? undefined : wholeNumber(option, text);
}

function resourceMonitor(values: CliValues): ResourceMonitorOptions | undefined {
  const { 'resource-monitor': name, 'credit-quota': quota } = values;
  if (name !== undefined && quota !== undefined) return { name, creditQuota: wholeNumber('credit-quota', quota) };
  if (name === undefined && quota === undefined) return undefined;
  throw new ConfigError('CONFIG_INVALID', '--resource-monitor and --credit-quota go together.', {
    hint: 'Write --resource-monitor SNOWMELT --credit-quota 10 for ten credits a month.',
  });
}

import { readFileSync } from 'node:fs';
import { ConfigError } from '../errors.js';
import { rotateKeySql } from '../setup/rotate-key-sql.js';
import { setupSql } from '../setup/setup-sql.js';
import { tearDownSql } from '../setup/tear-down-sql.js';
import type { CliValues } from './arguments.js';
import type { Output } from './output.js';

/**
 * `snowmelt setup-sql`: prints a script to be read and run by an administrator.
 *
 * @throws ConfigError `CONFIG_INVALID`
 */
export function writeSetupSql(values: CliValues, output: Output): void {
  const publicKey = readKey(values['public-key']);
  if (values.rotate) {
    const { addKey, dropOldKey } = rotateKeySql({ user: values.user, publicKey });
    output.result({ addKey, dropOldKey }, `${addKey}\n${dropOldKey}`);
    return;
  }
  const { user, role, warehouse, select, view, future } = values;
  const options = {
    publicKey,
    user,
    role,
    warehouse,
    createWarehouse: !values['existing-warehouse'],
    // A view that is named only as such is meant to be read too.
    select: [...new Set([...select, ...view])],
    views: view,
    future,
    allowedIps: values['allow-ip'],
    stateTable: values['state-table'],
  };
  const sql = values['tear-down'] ? tearDownSql(options) : setupSql(options);
  output.result({ sql }, sql);
}

function readKey(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch (cause) {
    throw new ConfigError('CONFIG_INVALID', `The public key ${path} cannot be read.`, {
      hint: 'Run snowmelt keygen first, or pass --public-key <file>.',
      cause,
    });
  }
}

import { finish } from './runner/finish.js';
import type { Outcome } from './runner/outcome.js';
import { checkParameters, unknownParameter } from '../parameters/parameter-levels.js';
import { PARAMETERS } from '../parameters/parameter-table.js';
import { parseProperties } from '../parse/parse-properties.js';
import { unsupported } from '../types/sql-errors.js';
import { requireAdmin } from './account-objects.js';
import { parseParameterNames } from './session-statements.js';
import { type Runner, status } from './runner/statement-runner.js';

/** Parameters of the account alone ("Parameters", account parameters), none of which is emulated. */
const ACCOUNT_ONLY =
  /^(ALLOW_\w+|CLIENT_ENCRYPTION_KEY_SIZE|CORTEX_\w+|DISABLE_USER_PRIVILEGE_GRANTS|ENABLE_\w+|ENFORCE_\w+|EVENT_TABLE|EXTERNAL_OAUTH_\w+|INITIAL_REPLICATION_SIZE_LIMIT_IN_TB|LISTING_\w+|(MIN_)?DATA_RETENTION_TIME_IN_DAYS|MAX_\w+|OAUTH_\w+|PERIODIC_DATA_REKEYING|PREVENT_\w+|REQUIRE_\w+|SAML_IDENTITY_PROVIDER|SSO_LOGIN_PAGE)$/;

/** ALTER ACCOUNT SET | UNSET of session parameters: all of it or nothing. A network policy is taken, without effect. */
export async function alterAccount(runner: Runner): Promise<Outcome> {
  const { cursor, catalog, binder } = runner;
  const { accountParameters } = catalog;
  requireAdmin(runner, 'ACCOUNT', binder.account);
  const known = (name: string): boolean => {
    if (ACCOUNT_ONLY.test(name)) throw unsupported(`ALTER ACCOUNT SET ${name}`);
    return name !== 'NETWORK_POLICY';
  };
  if (cursor.takeWords('UNSET')) {
    const names = parseParameterNames(cursor);
    finish(cursor);
    const unknown = names.find((name) => !PARAMETERS.has(name) && known(name));
    if (unknown !== undefined) throw unknownParameter(unknown, 'ACCOUNT');
    for (const name of names) accountParameters.delete(name);
  } else {
    if (!cursor.takeWords('SET')) throw unsupported(`ALTER ACCOUNT ${cursor.peek().value}`);
    const given = [...parseProperties(cursor)].filter(([name]) => PARAMETERS.has(name) || known(name));
    finish(cursor);
    for (const [name, value] of checkParameters(given, 'ACCOUNT')) accountParameters.set(name, value);
  }
  await runner.persist();
  return status('Statement executed successfully.');
}

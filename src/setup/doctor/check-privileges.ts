import { isSnowmeltError } from '../../errors/errors.js';
import type { Source } from '../../source/source.js';
import type { LoggedIn } from './check-connection.js';
import type { Checklist } from './checklist.js';
import { sqlName } from '../../options/sql-name.js';
import { quoteIdentifier, splitName } from '../sql/identifier.js';
import { queryRows, type TextRow } from './query-rows.js';

/** What the step works with. */
export interface PrivilegeCheck {
  readonly list: Checklist;
  readonly source: Source;
  readonly session: LoggedIn;
  /** `DB.SCHEMA.TABLE` of a state store in Snowflake. */
  readonly stateTable: string | undefined;
  readonly signal: AbortSignal;
}

/** Privileges of a role or of one that it inherits. */
export interface RoleGrant {
  readonly role: string;
  readonly privilege: string;
  readonly on: string;
  readonly name: string;
}

const ADMINISTRATORS = new Set([
  'ACCOUNTADMIN',
  'SECURITYADMIN',
  'SYSADMIN',
  'USERADMIN',
  'ORGADMIN',
  'GLOBALORGADMIN',
]);
const READING = /^(?:USAGE|SELECT|REFERENCES|READ|MONITOR.*|REFERENCE_USAGE|IMPORTED PRIVILEGES|VIEW LINEAGE)$/;
const STATE_WRITES = new Set(['INSERT', 'UPDATE', 'DELETE']);
const SHOWN = 5;
/** A role hierarchy deeper or wider than this is not for one reader. */
const MAX_ROLES = 50;

function exact(name: string): string {
  try {
    return splitName('name', name)
      .map((part) => quoteIdentifier('name', part))
      .join('.');
  } catch {
    // Functions and procedures are shown with their argument types.
    return name;
  }
}

/** Answers of SHOW; what Snowflake does not show to this role is noted. */
class Shown {
  readonly #source: Source;
  readonly #signal: AbortSignal;
  /** What could not be seen. */
  readonly hidden: string[] = [];

  constructor(source: Source, signal: AbortSignal) {
    this.#source = source;
    this.#signal = signal;
  }

  async rows(what: string): Promise<readonly TextRow[]> {
    try {
      return await queryRows(this.#source, `SHOW ${what}`, this.#signal);
    } catch (error) {
      if (!isSnowmeltError(error) || error.code !== 'SOURCE_SQL') throw error;
      this.hidden.push(what);
      return [];
    }
  }
}

async function grantsOf(shown: Shown, role: string): Promise<readonly RoleGrant[]> {
  const roles = [role];
  const grants = new Map<string, RoleGrant>();
  for (let index = 0; index < roles.length && index < MAX_ROLES; index += 1) {
    const each = roles[index] ?? '';
    for (const kind of ['', 'FUTURE ']) {
      const rows = await shown.rows(`${kind}GRANTS TO ROLE ${sqlName(each)}`);
      for (const row of rows) {
        const privilege = (row['privilege'] ?? '').toUpperCase();
        const object = (row['granted_on'] ?? row['grant_on'] ?? '').toUpperCase().replaceAll('_', ' ');
        const on = kind === '' ? object : `FUTURE ${object}S`;
        const name = kind === '' ? (row['name'] ?? '') : futurePlace(row['name'] ?? '');
        if (privilege === 'USAGE' && on === 'ROLE') {
          if (!roles.includes(name)) roles.push(name);
        } else if (privilege === 'USAGE' && on === 'DATABASE ROLE') {
          // Their grants are seen only inside their database.
          shown.hidden.push(`GRANTS TO DATABASE ROLE ${name}`);
        } else grants.set(`${each} ${privilege} ${on} ${name}`, { role: each, privilege, on, name });
      }
    }
  }
  return [...roles.slice(1).map((name) => ({ role, privilege: 'USAGE', on: 'ROLE', name })), ...grants.values()];
}

/** `DB.SCHEMA.<TABLE>`, as future grants are shown, as it stands in a grant. */
function futurePlace(name: string): string {
  const place = name.replace(/\.<[^>]*>$/, '');
  const isSchema = place.replaceAll(/"(?:[^"]|"")*"/g, '').includes('.');
  return `IN ${isSchema ? 'SCHEMA' : 'DATABASE'} ${place}`;
}

function revokes(grants: readonly RoleGrant[]): string {
  const byObject = new Map<string, { grant: RoleGrant; privileges: string[] }>();
  for (const grant of grants) {
    const key = `${grant.role} ${grant.on} ${grant.name}`;
    const entry = byObject.get(key) ?? { grant, privileges: [] };
    entry.privileges.push(grant.privilege);
    byObject.set(key, entry);
  }
  const lines = [...byObject.values()].map(({ grant: { role, on, name }, privileges }) =>
    privileges.includes('OWNERSHIP')
      ? `GRANT OWNERSHIP ON ${on} ${name} TO ROLE SYSADMIN COPY CURRENT GRANTS;`
      : `REVOKE ${privileges.join(', ')} ON ${on === 'ACCOUNT' ? on : `${on} ${name}`} FROM ROLE ${sqlName(role)};`,
  );
  const more = lines.length - SHOWN;
  return [...lines.slice(0, SHOWN), ...(more > 0 ? [`-- and ${more} more objects`] : [])].join('\n');
}

/**
 * Whether the role may do more than read: whoever gets hold of the key could too.
 *
 * @returns the role's grants, `undefined` when they cannot be seen
 * @throws SourceError when Snowflake cannot be asked
 */
export async function checkPrivileges(check: PrivilegeCheck): Promise<readonly RoleGrant[] | undefined> {
  const { list, source, session, stateTable, signal } = check;
  const { user, role } = session;
  const least = `-- setupSql() writes a role that may only read. Then set the option role, and:\nREVOKE ROLE`;
  if (ADMINISTRATORS.has(role)) {
    list.warn(
      'privileges',
      `The role is ${role}: with this key one could change and delete everything.`,
      `${least} ${role} FROM USER ${sqlName(user)};`,
    );
    return undefined;
  }
  const shown = new Shown(source, signal);
  const grants = await grantsOf(shown, role);
  if (shown.hidden.includes(`GRANTS TO ROLE ${sqlName(role)}`)) {
    list.skip('privileges', `Not checked: Snowflake does not show the grants of ${role} to it.`);
    return undefined;
  }
  const inherited = grants.find(({ on, name }) => on === 'ROLE' && ADMINISTRATORS.has(name));
  if (inherited !== undefined) {
    const repair = `REVOKE ROLE ${inherited.name} FROM ROLE ${sqlName(role)};`;
    list.warn('privileges', `The role ${role} inherits ${inherited.name}.`, repair);
    return grants;
  }
  const own = stateTable === undefined ? undefined : exact(stateTable);
  const tooMuch = grants.filter(
    ({ privilege, on, name }) =>
      !READING.test(privilege) && !(on === 'TABLE' && exact(name) === own && STATE_WRITES.has(privilege)),
  );
  const rolesOfUser = await shown.rows(`GRANTS TO USER ${sqlName(user)}`);
  const strong = rolesOfUser.map((row) => row['role'] ?? '').find((name) => ADMINISTRATORS.has(name));
  const unseen = shown.hidden.length === 0 ? '' : ` Not seen: ${shown.hidden.join(', ')}.`;
  if (tooMuch.length > 0) {
    const what = tooMuch.slice(0, SHOWN).map(({ privilege, on, name }) => `${privilege} on ${on} ${name}`);
    const more = tooMuch.length - what.length;
    const reason = `The role ${role} may do more than read: ${what.join(', ')}${more > 0 ? ` and ${more} more` : ''}.`;
    list.warn('privileges', reason + unseen, revokes(tooMuch));
  } else if (strong !== undefined) {
    const reason = `The role ${role} only reads, but the user also has the role ${strong}, and so has this key.`;
    list.warn('privileges', reason + unseen, `REVOKE ROLE ${strong} FROM USER ${sqlName(user)};`);
  } else {
    list.ok('privileges', `The role ${role} may only read${own === undefined ? '' : ' and write its state'}.${unseen}`);
  }
  return grants;
}

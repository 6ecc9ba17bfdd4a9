import type { SessionContext } from '../types/sql-engine.js';
import type { CatalogStore } from './catalog-store.js';
import type { DatabaseObject } from './objects.js';
import { insufficientPrivileges, objectMissing } from '../types/sql-errors.js';

const OWNERS = ['ACCOUNTADMIN'];

/** Whether the role may do everything. SYSADMIN owns objects but isn't told apart here: only ACCOUNTADMIN is unrestricted. */
export function isUnrestricted(catalog: CatalogStore, role: string | undefined): boolean {
  const roles = catalog.rolesOf(role);
  return OWNERS.some((owner) => roles.has(owner));
}

function holds(grants: ReadonlySet<string>, privilege: string, kind: string, name: string): boolean {
  return ['OWNERSHIP', 'ALL', privilege].some((word) => grants.has(`${word} ON ${kind} ${name}`));
}

/** Database and schema can be seen at all. */
export function mayUse(catalog: CatalogStore, role: string | undefined, database: string, schema?: string): boolean {
  if (isUnrestricted(catalog, role)) return true;
  const grants = catalog.grantsOf(role);
  if (!holds(grants, 'USAGE', 'DATABASE', database)) return false;
  return schema === undefined || holds(grants, 'USAGE', 'SCHEMA', `${database}.${schema}`);
}

/**
 * Throws 002003 when the role may not know of the object, 003001 when it may but not so. `ANY` asks for any privilege at
 * all.
 */
export function authorize(
  catalog: CatalogStore,
  context: SessionContext,
  object: DatabaseObject,
  privilege: string,
): void {
  if (isUnrestricted(catalog, context.role) || object.temporary === true) return;
  const path = `${object.database}.${object.schema}.${object.name}`;
  const grants = catalog.grantsOf(context.role);
  const any = ['SELECT', 'INSERT', 'UPDATE', 'DELETE', 'TRUNCATE', 'REFERENCES'].filter((word) =>
    holds(grants, word, object.kind, path),
  );
  if (any.length === 0 || !mayUse(catalog, context.role, object.database, object.schema)) throw objectMissing(path);
  if (privilege === 'ANY' || any.includes(privilege)) return;
  throw insufficientPrivileges(object.kind === 'VIEW' ? 'view' : 'table', object.name);
}

/** CREATE, ALTER, DROP and GRANT need a role that may do everything, or the named grant. */
export function requirePrivilege(
  catalog: CatalogStore,
  context: SessionContext,
  grant: string | undefined,
  kind: string,
  name: string,
): void {
  if (isUnrestricted(catalog, context.role)) return;
  if (grant !== undefined) {
    const grants = catalog.grantsOf(context.role);
    const [privilege, target] = grant.split(' ON ');
    if (grants.has(grant) || grants.has(`OWNERSHIP ON ${target ?? ''}`) || grants.has(`ALL ON ${target ?? ''}`)) return;
    if (privilege === '') return;
  }
  throw insufficientPrivileges(kind, name);
}

import type { AccountObject, Catalog, CatalogUser } from '../types/sql-engine.js';

/** Users, roles, grants, warehouses and account objects. */
export class CatalogStore implements Catalog {
  readonly users = new Map<string, CatalogUser>();
  readonly roles = new Map<string, Set<string>>();
  readonly warehouses = new Set<string>();
  readonly accountParameters = new Map<string, string | number | boolean>();
  /** Role to the roles granted to it. */
  readonly inherited = new Map<string, Set<string>>();
  readonly accountObjects = new Map<string, AccountObject>();
  /** Grants WITH GRANT OPTION and who made them are not kept; the time is, for SHOW GRANTS. */
  readonly grantedOn = new Map<string, number>();

  constructor() {
    for (const role of ['ACCOUNTADMIN', 'SECURITYADMIN', 'USERADMIN', 'SYSADMIN', 'PUBLIC', 'ORGADMIN'])
      this.roles.set(role, new Set());
  }

  /** The role with those it inherits, and PUBLIC. */
  rolesOf(role: string | undefined): Set<string> {
    const all = new Set<string>(['PUBLIC']);
    const visit = (name: string): void => {
      if (all.has(name) && name !== 'PUBLIC') return;
      all.add(name);
      for (const inner of this.inherited.get(name) ?? []) visit(inner);
    };
    if (role !== undefined) visit(role);
    return all;
  }

  /** Everything granted to the role, inherited grants included. */
  grantsOf(role: string | undefined): Set<string> {
    const grants = new Set<string>();
    for (const name of this.rolesOf(role)) for (const grant of this.roles.get(name) ?? []) grants.add(grant);
    return grants;
  }
}

/** A user with nothing set. */
export function newUser(name: string): CatalogUser {
  return {
    name,
    publicKeys: [],
    keyPairs: [],
    tokens: [],
    networkPolicy: undefined,
    authenticationPolicy: undefined,
    workloadIdentity: undefined,
    defaultRole: undefined,
    defaultWarehouse: undefined,
    defaultDatabase: undefined,
    defaultSchema: undefined,
    roles: new Set(),
    parameters: new Map(),
    type: 'PERSON',
    disabled: false,
  };
}

import { finish } from './runner/finish.js';
import { isUnrestricted } from '../catalog/grants.js';
import type { Outcome } from './runner/outcome.js';
import { insufficientPrivileges, objectMissing } from '../types/sql-errors.js';
import { type Runner, status } from './runner/statement-runner.js';
import type { TokenCursor } from '../parse/token-cursor.js';

const PLURALS: Record<string, string> = { TABLES: 'TABLE', VIEWS: 'VIEW', SCHEMAS: 'SCHEMA' };
const ALL_OF: Record<string, readonly string[]> = {
  TABLE: ['SELECT', 'INSERT', 'UPDATE', 'DELETE', 'TRUNCATE', 'REFERENCES'],
  VIEW: ['SELECT', 'REFERENCES'],
  SCHEMA: ['USAGE', 'CREATE TABLE', 'CREATE VIEW', 'MODIFY', 'MONITOR'],
  DATABASE: ['USAGE', 'CREATE SCHEMA', 'MODIFY', 'MONITOR'],
  WAREHOUSE: ['USAGE', 'OPERATE', 'MONITOR', 'MODIFY'],
};

/** GRANT and REVOKE of privileges and roles. */
export async function runGrant(runner: Runner): Promise<Outcome> {
  const { cursor, catalog, binder } = runner;
  const granting = cursor.takeWords('GRANT');
  if (!granting) cursor.expectWords('REVOKE');
  if (!granting && cursor.takeWords('GRANT', 'OPTION', 'FOR')) throw cursor.unexpected();
  if (!isUnrestricted(catalog, binder.context.role)) throw insufficientPrivileges('role', binder.context.role ?? '');
  if (cursor.isWord('ROLE') && !cursor.isWord('ON', 1)) return grantRole(runner, granting);
  const privileges: string[] = [];
  do {
    const words: string[] = [];
    while (!cursor.isOp(',') && !cursor.isWord('ON')) words.push(cursor.name().name);
    privileges.push(words.join(' ').replace(/^ALL PRIVILEGES$/, 'ALL'));
  } while (cursor.takeOp(','));
  cursor.expectWords('ON');
  const targets = parseTargets(runner);
  cursor.expectWords(granting ? 'TO' : 'FROM');
  cursor.takeWords('ROLE');
  const role = cursor.name().name;
  if (cursor.takeWords('WITH')) cursor.expectWords('GRANT', 'OPTION');
  if (!cursor.takeWords('CASCADE')) cursor.takeWords('RESTRICT');
  cursor.takeWords('COPY', 'CURRENT', 'GRANTS');
  cursor.takeWords('REVOKE', 'CURRENT', 'GRANTS');
  finish(cursor);
  const grants = catalog.roles.get(role);
  if (grants === undefined) throw objectMissing(role, 'Role');
  for (const target of targets)
    for (const privilege of privileges) {
      const kind = target.kind.startsWith('FUTURE ') ? (PLURALS[target.kind.slice(7)] ?? '') : target.kind;
      const words = privilege === 'ALL' ? (ALL_OF[kind] ?? ['ALL']) : [privilege];
      for (const word of words) {
        const grant = `${word} ON ${target.kind} ${target.name}`;
        if (granting) {
          grants.add(grant);
          catalog.grantedOn.set(`${role} ${grant}`, Number(binder.now / 1_000_000_000n));
        } else grants.delete(grant);
      }
    }
  await runner.persist();
  return status('Statement executed successfully.');
}

interface Target {
  readonly kind: string;
  readonly name: string;
}

function parseTargets(runner: Runner): Target[] {
  const { cursor, binder } = runner;
  const { objects, context } = binder;
  if (cursor.takeWords('ACCOUNT')) return [{ kind: 'ACCOUNT', name: 'SNOWMELT' }];
  const future = cursor.takeWords('FUTURE');
  if (future || cursor.takeWords('ALL')) {
    const plural = cursor.name().name;
    const kind = PLURALS[plural];
    if (kind === undefined) throw cursor.unexpected();
    cursor.expectWords('IN');
    const container = cursor.takeWords('DATABASE') ? 'DATABASE' : 'SCHEMA';
    if (container === 'SCHEMA') cursor.expectWords('SCHEMA');
    const name = containerName(cursor, container, context.database);
    if (future) return [{ kind: `FUTURE ${plural}`, name: `IN ${container} ${name}` }];
    if (kind === 'SCHEMA')
      return [...(objects.databases.get(name)?.keys() ?? [])].map((schema) => ({ kind, name: `${name}.${schema}` }));
    return objects
      .all()
      .filter((object) => object.kind === kind && `${object.database}.${object.schema}.`.startsWith(`${name}.`))
      .map((object) => ({ kind, name: `${object.database}.${object.schema}.${object.name}` }));
  }
  const kind = cursor.takeWords('NETWORK', 'POLICY')
    ? 'NETWORK POLICY'
    : cursor.takeWords('RESOURCE', 'MONITOR')
      ? 'RESOURCE MONITOR'
      : cursor.name().name;
  if (kind === 'TABLE' || kind === 'VIEW') {
    const written = cursor.qualifiedName();
    const [database, schema, name] = objects.resolve(written, context.database, context.schema);
    const object = objects.find(database, schema, name);
    if (object === undefined)
      throw objectMissing(written.map((part) => part.name).join('.'), kind === 'VIEW' ? 'View' : 'Table');
    // GRANT SELECT ON TABLE works for views too.
    return [{ kind: object.kind, name: `${database}.${schema}.${name}` }];
  }
  if (kind === 'SCHEMA') {
    const name = containerName(cursor, 'SCHEMA', context.database);
    const [database = '', schema = ''] = name.split('.');
    objects.schema(database, schema);
    return [{ kind, name }];
  }
  const name = cursor.name().name;
  if (kind === 'DATABASE' && !objects.databases.has(name)) throw objectMissing(name, 'Database');
  if (kind === 'WAREHOUSE' && !runner.catalog.warehouses.has(name)) throw objectMissing(name, 'Warehouse');
  return [{ kind, name }];
}

function containerName(cursor: TokenCursor, kind: string, database: string | undefined): string {
  const parts = cursor.qualifiedName().map((part) => part.name);
  return kind === 'SCHEMA' && parts.length === 1 ? `${database ?? ''}.${parts[0] ?? ''}` : parts.join('.');
}

async function grantRole(runner: Runner, granting: boolean): Promise<Outcome> {
  const { cursor, catalog } = runner;
  cursor.expectWords('ROLE');
  const role = cursor.name().name;
  cursor.expectWords(granting ? 'TO' : 'FROM');
  const toUser = cursor.takeWords('USER');
  if (!toUser) cursor.expectWords('ROLE');
  const grantee = cursor.name().name;
  finish(cursor);
  if (!catalog.roles.has(role)) throw objectMissing(role, 'Role');
  if (toUser) {
    const user = catalog.users.get(grantee);
    if (user === undefined) throw objectMissing(grantee, 'User');
    if (granting) user.roles.add(role);
    else user.roles.delete(role);
  } else {
    if (!catalog.roles.has(grantee)) throw objectMissing(grantee, 'Role');
    const inner = catalog.inherited.get(grantee) ?? new Set<string>();
    if (granting) inner.add(role);
    else inner.delete(role);
    catalog.inherited.set(grantee, inner);
  }
  await runner.persist();
  return status('Statement executed successfully.');
}

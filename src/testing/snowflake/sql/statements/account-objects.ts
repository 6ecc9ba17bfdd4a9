import { finish, ifExists, ifNotExists } from './runner/finish.js';

import { isUnrestricted } from '../catalog/grants.js';
import type { Outcome } from './runner/outcome.js';
import { parseProperties } from '../parse/parse-properties.js';
import { insufficientPrivileges, objectExists, objectMissing } from '../types/sql-errors.js';
import { type Runner, status } from './runner/statement-runner.js';
import type { TokenCursor } from '../parse/token-cursor.js';

const KINDS = [
  ['ROLE'],
  ['WAREHOUSE'],
  ['NETWORK', 'POLICY'],
  ['NETWORK', 'RULE'],
  ['RESOURCE', 'MONITOR'],
  ['AUTHENTICATION', 'POLICY'],
] as const;

/** Whether the next words are such a kind. */
export function isAccountObject(cursor: TokenCursor): boolean {
  return KINDS.some((words) => words.every((word, i) => cursor.isWord(word, i)));
}

function takeKind(cursor: TokenCursor): string {
  if (cursor.takeWords('USER')) return 'USER';
  for (const words of KINDS) if (cursor.takeWords(...words)) return words.join(' ');
  throw cursor.unexpected();
}

const title = (kind: string): string => kind.charAt(0) + kind.slice(1).toLowerCase();

/** Refuses a role that isn't an administrator's. */
export function requireAdmin(runner: Runner, kind: string, name: string): void {
  if (!isUnrestricted(runner.catalog, runner.binder.context.role))
    throw insufficientPrivileges(kind.toLowerCase(), name);
}

/** CREATE ROLE, WAREHOUSE, NETWORK POLICY | RULE, RESOURCE MONITOR, AUTHENTICATION POLICY. */
export async function createAccountObject(runner: Runner, replace: boolean): Promise<Outcome> {
  const { cursor, catalog, binder } = runner;
  const kind = takeKind(cursor);
  const gentle = ifNotExists(cursor);
  const name = cursor
    .qualifiedName()
    .map((part) => part.name)
    .join('.');
  // WITH CREDIT_QUOTA = 10 TRIGGERS ON 90 PERCENT DO SUSPEND …
  if (cursor.isWord('WITH')) cursor.next();
  const properties = parseProperties(cursor, ['TRIGGERS']);
  if (cursor.isWord('TRIGGERS')) while (!cursor.atEnd() && !cursor.isOp(';')) cursor.next();
  finish(cursor);
  requireAdmin(runner, kind, name);
  const known =
    kind === 'ROLE'
      ? catalog.roles.has(name)
      : kind === 'WAREHOUSE'
        ? catalog.warehouses.has(name)
        : catalog.accountObjects.has(`${kind} ${name}`);
  if (known && !replace) {
    if (gentle) return status(`${name} already exists, statement succeeded.`);
    throw objectExists(name);
  }
  if (kind === 'ROLE') {
    catalog.roles.set(name, new Set());
    catalog.inherited.delete(name);
  } else {
    catalog.accountObjects.set(`${kind} ${name}`, { kind, name, properties });
    if (kind === 'WAREHOUSE') {
      catalog.warehouses.add(name);
      // Creating a warehouse makes it the session's, as in Snowflake.
      binder.context.warehouse = name;
    }
  }
  await runner.persist();
  return status(`${title(kind)} ${name} successfully created.`);
}

/** DROP of the same, and of users. */
export async function dropAccountObject(runner: Runner): Promise<Outcome> {
  const { cursor, catalog } = runner;
  const kind = takeKind(cursor);
  const gentle = ifExists(cursor);
  const name = cursor
    .qualifiedName()
    .map((part) => part.name)
    .join('.');
  finish(cursor);
  requireAdmin(runner, kind, name);
  let gone = catalog.accountObjects.delete(`${kind} ${name}`);
  if (kind === 'ROLE') {
    gone = catalog.roles.delete(name);
    catalog.inherited.delete(name);
    for (const roles of catalog.inherited.values()) roles.delete(name);
    for (const user of catalog.users.values()) user.roles.delete(name);
  } else if (kind === 'WAREHOUSE') gone = catalog.warehouses.delete(name) || gone;
  else if (kind === 'USER') gone = catalog.users.delete(name);
  if (!gone && !gentle) throw objectMissing(name, title(kind));
  await runner.persist();
  return status(
    gone ? `${name} successfully dropped.` : `Drop statement executed successfully (${name} already dropped).`,
  );
}

/** ALTER WAREHOUSE and the like: recorded, without effect on queries. */
export async function alterAccountObject(runner: Runner): Promise<Outcome> {
  const { cursor, catalog } = runner;
  const kind = takeKind(cursor);
  const gentle = ifExists(cursor);
  const name = cursor
    .qualifiedName()
    .map((part) => part.name)
    .join('.');
  requireAdmin(runner, kind, name);
  const key = `${kind} ${name}`;
  const found = catalog.accountObjects.get(key);
  const exists =
    found !== undefined ||
    (kind === 'WAREHOUSE' && catalog.warehouses.has(name)) ||
    (kind === 'ROLE' && catalog.roles.has(name));
  if (!exists) {
    if (gentle) return status('Statement executed successfully.');
    throw objectMissing(name, title(kind));
  }
  const properties = new Map(found?.properties);
  if (cursor.takeWords('SET')) for (const [property, value] of parseProperties(cursor)) properties.set(property, value);
  else if (cursor.takeWords('UNSET'))
    for (const property of parseProperties(cursor).keys()) properties.delete(property);
  else while (!cursor.atEnd() && !cursor.isOp(';')) cursor.next();
  finish(cursor);
  catalog.accountObjects.set(key, { kind, name, properties });
  return status('Statement executed successfully.');
}

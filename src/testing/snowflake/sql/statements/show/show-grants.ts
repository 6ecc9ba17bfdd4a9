import { literalRows, type Cell } from '../../convert/literal-rows.js';
import { type Outcome, SHOW } from '../runner/outcome.js';
import { columns } from './show-columns.js';
import { objectMissing } from '../../types/sql-errors.js';
import type { Runner } from '../runner/statement-runner.js';

/** SHOW GRANTS [TO ROLE | USER | ON …]. */
export function showGrants(runner: Runner): Outcome {
  const { cursor, binder, catalog } = runner;
  const shape = columns('created_on privilege granted_on name granted_to grantee_name grant_option granted_by');
  const done = (query: ReturnType<typeof literalRows>): Outcome => ({ query, statementTypeId: SHOW });
  const split = (role: string, grant: string): Cell[] => {
    const match = /^(.+?) ON (FUTURE \w+|NETWORK POLICY|RESOURCE MONITOR|\w+) (.*)$/.exec(grant);
    return [
      catalog.grantedOn.get(`${role} ${grant}`) ?? 0,
      match?.[1] ?? grant,
      match?.[2] ?? '',
      match?.[3] ?? '',
      'ROLE',
      role,
      'false',
      'ACCOUNTADMIN',
    ];
  };
  const toUser = (name: string): Outcome => {
    const user = catalog.users.get(name);
    if (user === undefined) throw objectMissing(name, 'User');
    return done(
      literalRows(
        columns('created_on role granted_to grantee_name granted_by'),
        [...user.roles].map((role): Cell[] => [0, role, 'USER', name, 'ACCOUNTADMIN']),
      ),
    );
  };
  if (cursor.takeWords('TO', 'USER')) return toUser(cursor.name().name);
  if (cursor.takeWords('TO', 'ROLE')) {
    const { name } = cursor.name();
    const grants = catalog.roles.get(name);
    if (grants === undefined) throw objectMissing(name, 'Role');
    const inherited = [...(catalog.inherited.get(name) ?? [])].map((inner): Cell[] => [
      0,
      'USAGE',
      'ROLE',
      inner,
      'ROLE',
      name,
      'false',
      'ACCOUNTADMIN',
    ]);
    return done(
      literalRows(shape, [
        ...[...grants].filter((grant) => !grant.includes(' ON FUTURE ')).map((grant) => split(name, grant)),
        ...inherited,
      ]),
    );
  }
  if (cursor.takeWords('ON')) {
    const kind = cursor.name().name;
    const parts = cursor.qualifiedName();
    const name =
      kind === 'TABLE' || kind === 'VIEW'
        ? binder.objects.resolve(parts, binder.context.database, binder.context.schema).join('.')
        : kind === 'SCHEMA' && parts.length === 1
          ? `${binder.context.database ?? ''}.${parts[0]?.name ?? ''}`
          : parts.map((part) => part.name).join('.');
    const rows = [...catalog.roles].flatMap(([role, grants]) =>
      [...grants].filter((grant) => grant.endsWith(` ON ${kind} ${name}`)).map((grant) => split(role, grant)),
    );
    return done(literalRows(shape, rows));
  }
  if (cursor.takeWords('OF', 'ROLE')) {
    const { name } = cursor.name();
    const users = [...catalog.users.values()]
      .filter((user) => user.roles.has(name))
      .map((user): Cell[] => [0, name, 'USER', user.name, 'ACCOUNTADMIN']);
    return done(literalRows(columns('created_on role granted_to grantee_name granted_by'), users));
  }
  return toUser(binder.context.user);
}

/** SHOW FUTURE GRANTS TO ROLE. */
export function showFutureGrants({ cursor, catalog }: Runner): Outcome {
  cursor.expectWords('TO', 'ROLE');
  const { name: role } = cursor.name();
  const grants = catalog.roles.get(role);
  if (grants === undefined) throw objectMissing(role, 'Role');
  const rows = [...grants].flatMap((grant): Cell[][] => {
    const match = /^(.+?) ON FUTURE (\w+)S IN \w+ (.*)$/.exec(grant);
    if (match === null) return [];
    const [, privilege = '', kind = '', place = ''] = match;
    return [[0, privilege, kind, `${place}.<${kind}>`, 'ROLE', role, 'false']];
  });
  const shape = columns('created_on privilege grant_on name grant_to grantee_name grant_option');
  return { query: literalRows(shape, rows), statementTypeId: SHOW };
}

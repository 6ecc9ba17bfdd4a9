import { columns, type Columns } from './show-columns.js';
import { parseFilter, type ShowFilter } from './show-filter.js';
import { showCredentials } from './show-credentials.js';
import { showParameters } from './show-parameters.js';
import { showFutureGrants, showGrants } from './show-grants.js';
import { isUnrestricted, mayUse } from '../../catalog/grants.js';
import { literalRows, type Cell } from '../../convert/literal-rows.js';
import { type Outcome, SHOW } from '../runner/outcome.js';
import { objectMissing, unsupported } from '../../types/sql-errors.js';
import type { Runner } from '../runner/statement-runner.js';
import { SnowflakeSqlError } from '../../types/sql-engine.js';
import type { DatabaseObject } from '../../catalog/objects.js';
import { informationType } from '../../bind/information-schema.js';

/** SHOW PARAMETERS, GRANTS, TABLES, VIEWS, COLUMNS, DATABASES, SCHEMAS, WAREHOUSES, ROLES, USERS and account objects. */
export async function runShow(runner: Runner): Promise<Outcome> {
  const { cursor } = runner;
  cursor.expectWords('SHOW');
  cursor.takeWords('TERSE');
  const future = cursor.takeWords('FUTURE');
  const word = cursor.next().value;
  if (word === 'USER') return showCredentials(runner);
  if (word === 'GRANTS') return future ? showFutureGrants(runner) : showGrants(runner);
  const second = ['NETWORK', 'RESOURCE', 'AUTHENTICATION'].includes(word) ? ` ${cursor.next().value}` : '';
  const filter = parseFilter(runner);
  const [shape, rows] = list(runner, `${word}${second}`, filter);
  const nameAt = Math.max(
    0,
    shape.findIndex(([name]) => name === (word === 'COLUMNS' ? 'column_name' : word === 'PARAMETERS' ? 'key' : 'name')),
  );
  const kept = filter.like === undefined ? rows : rows.filter((row) => filter.like?.test(String(row[nameAt])) === true);
  return { query: literalRows(shape, kept), statementTypeId: SHOW };
}

function list(runner: Runner, word: string, filter: ShowFilter): [Columns, Cell[][]] {
  const { binder, catalog } = runner;
  const { context, objects } = binder;
  const role = context.role;
  switch (word) {
    case 'PARAMETERS':
      return showParameters(runner, filter);
    case 'TABLES':
    case 'VIEWS':
    case 'OBJECTS': {
      const kind = word === 'TABLES' ? 'TABLE' : word === 'VIEWS' ? 'VIEW' : undefined;
      const found = visible(runner, filter).filter((object) => kind === undefined || object.kind === kind);
      return [
        columns('created_on name database_name schema_name kind comment owner'),
        found.map((object): Cell[] => [
          object.createdOn,
          object.name,
          object.database,
          object.schema,
          object.temporary === true && object.kind === 'TABLE' ? 'TEMPORARY' : object.kind,
          '',
          object.owner,
        ]),
      ];
    }
    case 'COLUMNS':
      return [
        columns(
          'table_name schema_name column_name data_type null? default kind expression comment database_name autoincrement',
        ),
        visible(runner, filter).flatMap((object) =>
          object.columns.map(({ name, type, nullable, defaultSql }): Cell[] => {
            const json = {
              type: type.kind === 'fixed' ? 'FIXED' : type.kind === 'real' ? 'REAL' : informationType(type),
              ...(type.kind === 'text'
                ? { length: type.length, byteLength: Math.min(16_777_216, type.length * 4) }
                : {}),
              ...(type.kind === 'fixed' ? { precision: type.precision, scale: type.scale } : {}),
              ...(type.kind.startsWith('time') ? { precision: 0, scale: type.scale } : {}),
              nullable,
            };
            return [
              object.name,
              object.schema,
              name,
              JSON.stringify(json),
              nullable ? 'true' : 'NOT_NULL',
              defaultSql ?? '',
              'COLUMN',
              '',
              '',
              object.database,
              '',
            ];
          }),
        ),
      ];
    case 'DATABASES':
      return [
        columns('created_on name is_default is_current origin owner comment'),
        [...objects.databases.keys()]
          .filter((name) => mayUse(catalog, role, name))
          .map((name): Cell[] => [0, name, 'N', name === context.database ? 'Y' : 'N', '', 'ACCOUNTADMIN', '']),
      ];
    case 'SCHEMAS': {
      const database = filter.place[0] ?? context.database ?? '';
      const schemas = [...(objects.databases.get(database)?.keys() ?? [])].filter((name) =>
        mayUse(catalog, role, database, name),
      );
      return [
        columns('created_on name is_default is_current database_name owner comment'),
        schemas.map((name): Cell[] => [
          0,
          name,
          'N',
          name === context.schema ? 'Y' : 'N',
          database,
          'ACCOUNTADMIN',
          '',
        ]),
      ];
    }
    case 'WAREHOUSES':
      return [
        columns('name state type size is_default is_current auto_suspend owner comment'),
        [...catalog.warehouses]
          .filter(
            (name) =>
              isUnrestricted(catalog, role) ||
              [...catalog.grantsOf(role)].some((grant) => grant.endsWith(` ON WAREHOUSE ${name}`)),
          )
          .map((name): Cell[] => {
            const properties = catalog.accountObjects.get(`WAREHOUSE ${name}`)?.properties;
            const size = properties?.get('WAREHOUSE_SIZE') ?? 'X-Small';
            return [
              name,
              'STARTED',
              'STANDARD',
              size,
              'N',
              name === context.warehouse ? 'Y' : 'N',
              properties?.get('AUTO_SUSPEND') ?? '600',
              'ACCOUNTADMIN',
              '',
            ];
          }),
      ];
    case 'ROLES':
      return [
        columns('created_on name is_default is_current is_inherited assigned_to_users owner comment'),
        [...catalog.roles.keys()].map((name): Cell[] => {
          const users = [...catalog.users.values()].filter((user) => user.roles.has(name)).length;
          return [0, name, 'N', name === role ? 'Y' : 'N', 'N', String(users), 'ACCOUNTADMIN', ''];
        }),
      ];
    case 'USERS':
      if (!isUnrestricted(catalog, role))
        throw new SnowflakeSqlError(
          '003001',
          '42501',
          `SQL access control error:\nInsufficient privileges to operate on account '${binder.account}'`,
        );
      return [
        columns('name created_on type disabled default_warehouse default_namespace default_role has_rsa_public_key'),
        [...catalog.users.values()].map((user): Cell[] => [
          user.name,
          0,
          user.type,
          String(user.disabled),
          user.defaultWarehouse ?? '',
          user.defaultDatabase ?? '',
          user.defaultRole ?? '',
          String(user.publicKeys.length > 0),
        ]),
      ];
    case 'NETWORK POLICIES':
    case 'NETWORK RULES':
    case 'RESOURCE MONITORS':
    case 'AUTHENTICATION POLICIES': {
      const kind = word.replace(/IES$/, 'Y').replace(/S$/, '');
      return [
        columns('name kind'),
        [...catalog.accountObjects.values()]
          .filter((object) => object.kind === kind)
          .map((object): Cell[] => [object.name, object.kind]),
      ];
    }
    default:
      throw unsupported(`SHOW ${word}`);
  }
}

function visible({ binder }: Runner, filter: ShowFilter): DatabaseObject[] {
  const { context, objects } = binder;
  const account = filter.kind === 'ACCOUNT';
  const table = filter.kind === 'TABLE' || filter.kind === 'VIEW';
  const parts = table ? filter.place.slice(0, -1) : filter.place;
  const schema = filter.kind === 'DATABASE' || account ? undefined : (parts.at(-1) ?? context.schema);
  const database = account
    ? undefined
    : filter.kind === 'DATABASE'
      ? (parts[0] ?? context.database)
      : parts.length > 1
        ? parts[0]
        : context.database;
  if (database !== undefined && !objects.databases.has(database)) throw objectMissing(database, 'Database');
  return objects.all().filter((object) => {
    if (database !== undefined && object.database !== database) return false;
    if (schema !== undefined && object.schema !== schema) return false;
    if (table && object.name !== filter.place.at(-1)) return false;
    try {
      binder.authorize(object, 'ANY');
      return true;
    } catch {
      return false;
    }
  });
}

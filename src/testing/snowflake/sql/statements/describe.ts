import { TEXT, typeName } from '../types/data-type.js';
import { findTable } from './ddl.js';
import { finish } from './runner/finish.js';
import { literalRows, type Cell } from '../convert/literal-rows.js';
import { type Outcome, SHOW } from './runner/outcome.js';
import { objectMissing, unsupported } from '../types/sql-errors.js';
import type { Runner } from './runner/statement-runner.js';
import { fingerprint } from './show/show-credentials.js';
import { SnowflakeSqlError } from '../types/sql-engine.js';

const names = (list: string): [string, typeof TEXT][] => list.split('|').map((name) => [name, TEXT]);
const TABLE = names(
  'name|type|kind|null?|default|primary key|unique key|check|expression|comment|policy name|privacy domain',
);

/** DESCRIBE TABLE | VIEW | USER | RESULT. */
export async function describe(runner: Runner): Promise<Outcome> {
  const { cursor, binder, catalog } = runner;
  cursor.next();
  if (cursor.takeWords('USER')) {
    const { name } = cursor.name();
    finish(cursor);
    const user = catalog.users.get(name);
    if (user === undefined) throw objectMissing(name, 'User');
    const rows: [string, string | null][] = [
      ['NAME', user.name],
      ['TYPE', user.type],
      ['DISABLED', String(user.disabled)],
      ['DEFAULT_ROLE', user.defaultRole ?? null],
      ['DEFAULT_WAREHOUSE', user.defaultWarehouse ?? null],
      [
        'DEFAULT_NAMESPACE',
        user.defaultDatabase === undefined
          ? null
          : [user.defaultDatabase, user.defaultSchema].filter((part) => part !== undefined).join('.'),
      ],
      ['RSA_PUBLIC_KEY', user.publicKeys[0] ?? null],
      ['RSA_PUBLIC_KEY_FP', fingerprint(user.publicKeys[0])],
      ['RSA_PUBLIC_KEY_2', user.publicKeys[1] ?? null],
      ['RSA_PUBLIC_KEY_2_FP', fingerprint(user.publicKeys[1])],
      ['HAS_PAT', String(user.tokens.some(({ kind }) => kind === 'PROGRAMMATIC_ACCESS_TOKEN'))],
    ];
    return {
      query: literalRows(
        names('property|value|default|description'),
        rows.map(([key, value]): Cell[] => [key, value, null, '']),
      ),
      statementTypeId: SHOW,
    };
  }
  if (cursor.takeWords('RESULT')) {
    const id = cursor.next();
    finish(cursor);
    const stored = binder.results.get(id.value);
    if (stored?.user !== binder.context.user)
      throw new SnowflakeSqlError('000709', '02000', `SQL execution error:\nStatement ${id.value} not found`);
    return {
      query: literalRows(
        TABLE,
        stored.columns.map((column) => columnRow(column.name, typeName(column.type), column.nullable)),
      ),
      statementTypeId: SHOW,
    };
  }
  if (!cursor.takeWords('TABLE') && !cursor.takeWords('VIEW')) throw unsupported(`DESCRIBE ${cursor.peek().value}`);
  const object = findTable(binder, cursor.qualifiedName());
  finish(cursor);
  binder.authorize(object, 'ANY');
  const rows = object.columns.map((column) =>
    columnRow(
      column.name,
      typeName(column.type),
      column.nullable,
      column.defaultSql,
      column.primaryKey,
      column.comment,
    ),
  );
  return { query: literalRows(TABLE, rows), statementTypeId: SHOW };
}

const columnRow = (
  name: string,
  type: string,
  nullable: boolean,
  otherwise?: string,
  primary = false,
  comment?: string,
): Cell[] => [
  name,
  type,
  'COLUMN',
  nullable ? 'Y' : 'N',
  otherwise ?? null,
  primary ? 'Y' : 'N',
  'N',
  null,
  null,
  comment ?? null,
  null,
  null,
];

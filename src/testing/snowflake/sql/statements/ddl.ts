import type { Name } from '../parse/ast.js';
import { bindQuery } from '../bind/bind-query.js';
import { missingName } from '../bind/bind-table.js';
import type { Binder } from '../convert/binder.js';
import { collate } from '../types/collation.js';
import { type DataType, storageOf, text } from '../types/data-type.js';
import { parseTableName } from './dml.js';
import { finish, ifNotExists } from './runner/finish.js';
import { requirePrivilege } from '../catalog/grants.js';
import type { DatabaseObject, TableColumn } from '../catalog/objects.js';
import type { Outcome } from './runner/outcome.js';
import { parseExpression } from '../parse/parse-expression.js';
import { parseNames, parseQuery } from '../parse/parse-query.js';
import { parseType } from '../parse/parse-type.js';
import { newScope, type BoundQuery } from '../convert/scope.js';
import { objectExists, objectMissing, unsupported } from '../types/sql-errors.js';
import { type Runner, status } from './runner/statement-runner.js';
import type { TokenCursor } from '../parse/token-cursor.js';
import { skipProperties } from '../parse/parse-properties.js';
import { isUnrestricted, mayUse } from '../catalog/grants.js';
import { stored } from './dml.js';
import { sequenceOf } from '../bind/bind-routine.js';
import { bindExpression } from '../bind/bind-expression.js';
import { rowsAt } from '../bind/time-travel.js';
import { VERSION_COLUMNS, visible } from '../catalog/history.js';
import { parseTimePoint } from '../parse/parse-from.js';
import { insertSql } from './rows/changed-rows.js';

/** How the CREATE began. */
export interface CreateFlags {
  readonly replace: boolean;
  readonly temporary: boolean;
}

interface Place {
  readonly database: string;
  readonly schema: string;
  readonly name: string;
  readonly existing: DatabaseObject | undefined;
}

function place(runner: Runner, written: readonly Name[], kind: string, temporary: boolean): Place {
  const { binder, catalog } = runner;
  const [database, schema, name] = binder.objects.resolve(written, binder.context.database, binder.context.schema);
  if (!mayUse(catalog, binder.context.role, database, schema)) throw objectMissing(`${database}.${schema}`, 'Schema');
  binder.objects.schema(database, schema);
  const existing = temporary
    ? binder.objects.temporary.get(JSON.stringify([database, schema, name]))
    : binder.objects.permanent(database, schema, name);
  // Nobody else sees a temporary table: USAGE is enough for one.
  if (temporary) return { database, schema, name, existing };
  requirePrivilege(catalog, binder.context, `CREATE ${kind} ON SCHEMA ${database}.${schema}`, 'schema', schema);
  return { database, schema, name, existing };
}

/** CREATE TABLE: columns, LIKE, CLONE, AS query. */
export async function createTable(runner: Runner, flags: CreateFlags): Promise<Outcome> {
  const { binder, cursor } = runner;
  const gentle = ifNotExists(cursor);
  const at = place(runner, parseTableName(cursor), 'TABLE', flags.temporary);
  if (at.existing !== undefined && gentle) return status(`${at.name} already exists, statement succeeded.`);
  if (at.existing !== undefined && !flags.replace) throw objectExists(`${at.database}.${at.schema}.${at.name}`);
  const physical = binder.objects.physicalName();
  let columns: TableColumn[] = [];
  let data: string | undefined;
  if (cursor.takeWords('CLONE') || cursor.isWord('LIKE')) {
    const like = cursor.takeWords('LIKE');
    const source = findTable(binder, parseTableName(cursor));
    binder.authorize(source, 'SELECT');
    if (source.kind === 'VIEW') throw unsupported(`CREATE TABLE … ${like ? 'LIKE' : 'CLONE'} of a view`);
    columns = [...source.columns];
    if (!like) {
      const time = parseTimePoint(cursor);
      const rows = time === undefined ? visible(binder.own.transaction) : rowsAt(binder, source, time);
      data = `SELECT ${columns.map((column) => column.physical).join(', ')} FROM ${source.physical} WHERE ${rows}`;
    }
  } else {
    if (cursor.isOp('(')) columns = await parseColumns(runner, physical);
    skipProperties(cursor, ['AS']);
    if (cursor.takeWords('AS')) {
      const bound = bindQuery(binder, parseQuery(cursor));
      const named = columns;
      columns = bound.columns.map((column, i) => asColumn(named[i], column.name, widened(column.type), i));
      data = selectInto(binder, bound, columns);
    }
  }
  finish(cursor);
  if (!runner.describeOnly) {
    const shape = columns
      .map((column) => `${column.physical} ${storageOf(column.type)}${column.nullable ? '' : ' NOT NULL'}`)
      .join(', ');
    if (at.existing?.kind === 'TABLE') binder.history.claim(at.existing.physical);
    await runner.connection.run(`CREATE TABLE ${physical} (${[shape, VERSION_COLUMNS].filter(Boolean).join(', ')})`);
    const { database, schema, name } = at;
    const object: DatabaseObject = {
      kind: 'TABLE',
      database,
      schema,
      name,
      temporary: flags.temporary || undefined,
      columns,
      physical,
      viewSql: undefined,
      createdOn: Number(binder.now / 1_000_000_000n),
      owner: binder.context.role ?? 'ACCOUNTADMIN',
    };
    if (data !== undefined) await runner.connection.run(insertSql(binder, object, data));
    if (at.existing?.kind === 'TABLE') await runner.connection.run(`DROP TABLE IF EXISTS ${at.existing.physical}`);
    binder.history.begin(physical, BigInt(binder.stamp()));
    add(runner, object);
    await runner.persist();
  }
  return status(`Table ${at.name} successfully created.`);
}

function add(runner: Runner, object: DatabaseObject): void {
  const { database, schema, name, kind } = object;
  const { binder, catalog } = runner;
  binder.objects.add(object);
  if (object.temporary === true) return;
  const path = `${database}.${schema}.${name}`;
  for (const [role, grants] of catalog.roles)
    for (const grant of [...grants])
      for (const scope of [`SCHEMA ${database}.${schema}`, `DATABASE ${database}`]) {
        const future = new RegExp(`^(\\w+) ON FUTURE ${kind}S IN `).exec(grant);
        if (future?.[1] !== undefined && grant.endsWith(` IN ${scope}`))
          catalog.roles.get(role)?.add(`${future[1]} ON ${kind} ${path}`);
      }
  const role = binder.context.role;
  if (role !== undefined && !isUnrestricted(catalog, role))
    catalog.roles.get(role)?.add(`OWNERSHIP ON ${kind} ${path}`);
}

/** Columns of a CREATE TABLE … AS are as wide as Snowflake makes them: texts keep their length, numbers theirs. */
const widened = (type: DataType): DataType => (type.kind === 'null' ? text() : type);

const asColumn = (given: TableColumn | undefined, name: string, type: DataType, i: number): TableColumn => ({
  name: given?.name ?? name,
  type: given === undefined || given.type.kind === 'null' ? type : given.type,
  nullable: given?.nullable ?? true,
  defaultSql: given?.defaultSql,
  physical: `c${i}`,
  primaryKey: false,
});

function selectInto(binder: Binder, bound: BoundQuery, columns: readonly TableColumn[]): string {
  const alias = binder.alias();
  const list = columns.map((column, i) =>
    stored(binder, { sql: `${alias}.o${i}`, type: bound.columns[i]?.type ?? column.type }, column),
  );
  return `SELECT ${list.join(', ')} FROM (${bound.sql}) ${alias}`;
}

async function parseColumns(runner: Runner, physical: string): Promise<TableColumn[]> {
  const { cursor, binder, connection } = runner;
  const columns: TableColumn[] = [];
  cursor.expectOp('(');
  do {
    if (['CONSTRAINT', 'PRIMARY', 'UNIQUE', 'FOREIGN'].includes(cursor.peek().value) && cursor.peek().kind === 'word') {
      skipConstraint(cursor);
      continue;
    }
    const name = cursor.name().name;
    // CREATE TABLE t (a, b) AS SELECT … has names only.
    const bare = cursor.isOp(',') || cursor.isOp(')');
    let type: DataType = bare ? { kind: 'null', precision: 0, scale: 0, length: 0 } : parseType(cursor);
    let nullable = true;
    let primaryKey = false;
    let defaultSql: string | undefined;
    let sequence: string | undefined;
    let comment: string | undefined;
    while (!cursor.isOp(',') && !cursor.isOp(')')) {
      if (cursor.takeWords('NOT', 'NULL')) nullable = false;
      else if (cursor.takeWords('NULL')) nullable = true;
      else if (cursor.takeWords('PRIMARY', 'KEY')) {
        primaryKey = true;
        nullable = false;
      } else if (cursor.takeWords('UNIQUE') || cursor.takeWords('ENFORCED') || cursor.takeWords('NOT', 'ENFORCED'))
        continue;
      else if (cursor.takeWords('DEFAULT')) {
        const start = cursor.peek().start;
        const expr = parseExpression(cursor);
        bindExpression({ ...binder, binds: [], describeOnly: false }, expr, newScope());
        // The sequence is meant that the name has now, wherever rows are inserted from.
        if (expr.kind === 'column') sequence = sequenceOf(binder, expr)?.physical;
        defaultSql = cursor.sql.slice(start, cursor.lastEnd);
      } else if (cursor.takeWords('AUTOINCREMENT') || cursor.takeWords('IDENTITY')) {
        sequence = `s_${physical}_${columns.length}`;
        const [start, step] = parseIdentity(cursor);
        if (!runner.describeOnly) await connection.run(`CREATE SEQUENCE ${sequence} START ${start} INCREMENT ${step}`);
      } else if (cursor.takeWords('COMMENT')) comment = cursor.next().value;
      else if (cursor.takeWords('COLLATE')) ({ type } = collate({ sql: '', type }, cursor.next().value));
      else if (cursor.isWord('REFERENCES') || cursor.isWord('CONSTRAINT') || cursor.isWord('FOREIGN'))
        skipConstraint(cursor);
      else throw cursor.unexpected();
    }
    columns.push({ name, type, nullable, defaultSql, physical: `c${columns.length}`, primaryKey, sequence, comment });
  } while (cursor.takeOp(','));
  cursor.expectOp(')');
  return columns;
}

function parseIdentity(cursor: TokenCursor): [number, number] {
  let start = 1;
  let step = 1;
  if (cursor.takeOp('(')) {
    start = Number(cursor.next().value);
    cursor.expectOp(',');
    step = Number(cursor.next().value);
    cursor.expectOp(')');
  } else {
    if (cursor.takeWords('START')) start = Number(cursor.next().value);
    if (cursor.takeWords('INCREMENT')) step = Number(cursor.next().value);
  }
  if (!cursor.takeWords('ORDER')) cursor.takeWords('NOORDER');
  return [start, step];
}

/** Constraints other than NOT NULL are recorded by Snowflake but not enforced. */
function skipConstraint(cursor: TokenCursor): void {
  let depth = 0;
  while (depth > 0 || (!cursor.isOp(',') && !cursor.isOp(')'))) {
    if (cursor.isOp('(')) depth += 1;
    if (cursor.isOp(')')) depth -= 1;
    if (cursor.atEnd()) throw cursor.unexpected();
    cursor.next();
  }
}

export function findTable(binder: Binder, name: readonly Name[]): DatabaseObject {
  const [database, schema, table] = binder.objects.resolve(name, binder.context.database, binder.context.schema);
  const object = binder.objects.find(database, schema, table);
  if (object === undefined) throw objectMissing(missingName(name));
  return object;
}

/** CREATE VIEW: the text is kept, and compiled whenever it is read. */
export async function createView(runner: Runner, flags: CreateFlags): Promise<Outcome> {
  const { binder, cursor } = runner;
  const gentle = ifNotExists(cursor);
  const at = place(runner, parseTableName(cursor), 'VIEW', flags.temporary);
  if (at.existing !== undefined && gentle) return status(`${at.name} already exists, statement succeeded.`);
  if (at.existing !== undefined && !flags.replace) throw objectExists(`${at.database}.${at.schema}.${at.name}`);
  const names = cursor.isOp('(') ? parseNames(cursor) : [];
  skipProperties(cursor, ['AS']);
  cursor.expectWords('AS');
  const { start } = cursor.peek();
  const bound = bindQuery(binder, parseQuery(cursor));
  const viewSql = cursor.sql.slice(start, cursor.lastEnd);
  finish(cursor);
  if ((binder.batch ?? binder.binds).length > 0) throw unsupported('CREATE VIEW with binds');
  const columns = bound.columns.map((column, i): TableColumn => ({
    ...asColumn(undefined, names[i]?.name ?? column.name, column.type, i),
    nullable: column.nullable,
  }));
  add(runner, {
    kind: 'VIEW',
    database: at.database,
    schema: at.schema,
    name: at.name,
    temporary: flags.temporary || undefined,
    columns,
    physical: '',
    viewSql,
    createdOn: Number(binder.now / 1_000_000_000n),
    owner: binder.context.role ?? 'ACCOUNTADMIN',
  });
  await runner.persist();
  return status(`View ${at.name} successfully created.`);
}

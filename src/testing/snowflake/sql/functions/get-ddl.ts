import type { FunctionBinder } from '../convert/binder.js';
import type { DatabaseObject } from '../catalog/objects.js';
import { splitName } from '../parse/token-cursor.js';
import { TEXT, typeName } from '../types/data-type.js';
import { quote } from '../types/quote.js';
import { objectMissing, unsupported } from '../types/sql-errors.js';

const shown = (name: string): string => (/^[A-Z_][A-Z0-9_$]*$/.test(name) ? name : `"${name.replaceAll('"', '""')}"`);

function tableDdl({ name, columns, temporary }: DatabaseObject): string {
  const lines = columns.map((column) => {
    if (column.sequence !== undefined && column.defaultSql === undefined)
      throw unsupported('GET_DDL of a table with AUTOINCREMENT');
    const otherwise = column.defaultSql === undefined ? '' : ` DEFAULT ${column.defaultSql}`;
    const comment = column.comment === undefined ? '' : ` COMMENT ${quote(column.comment)}`;
    return `\t${shown(column.name)} ${typeName(column.type)}${column.nullable ? '' : ' NOT NULL'}${otherwise}${comment}`;
  });
  const keys = columns.filter(({ primaryKey }) => primaryKey).map((column) => shown(column.name));
  if (keys.length > 0) lines.push(`\tprimary key (${keys.join(', ')})`);
  return `create or replace ${temporary === true ? 'TEMPORARY ' : ''}TABLE ${shown(name)} (\n${lines.join(',\n')}\n);`;
}

function viewDdl({ name, columns, viewSql, temporary }: DatabaseObject): string {
  const list = columns.map((column) => `\t${shown(column.name)}`).join(',\n');
  return `create or replace ${temporary === true ? 'temporary ' : ''}view ${shown(name)}(\n${list}\n) as ${viewSql ?? ''};`;
}

/** GET_DDL of tables and views ("GET_DDL"). */
const getDdl: FunctionBinder = (call) => {
  const { binder } = call;
  const [kind, name] = [call.arg(0).constant?.toUpperCase(), call.arg(1).constant];
  if (call.args.length > 2 && call.arg(2).sql !== 'false') throw unsupported('GET_DDL with full names');
  if (kind !== 'TABLE' && kind !== 'VIEW') throw unsupported(`GET_DDL of ${kind ?? 'a computed kind'}`);
  if (name === undefined) throw unsupported('GET_DDL of a computed name');
  const path = binder.objects.resolve(splitName(name), binder.context.database, binder.context.schema);
  const object = binder.objects.find(...path);
  if (object?.kind !== kind) throw objectMissing(name, kind === 'TABLE' ? 'Table' : 'View');
  binder.authorize(object, 'ANY');
  return { sql: quote(kind === 'TABLE' ? tableDdl(object) : viewDdl(object)), type: TEXT };
};

/** Functions that tell of objects. */
export const metadataFunctions: Record<string, FunctionBinder> = { GET_DDL: getDdl };

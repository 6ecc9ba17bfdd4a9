import type { Alias } from '../parse/ast.js';
import { type BoundRef, fromQuery } from './bind-from.js';
import type { Binder } from '../convert/binder.js';
import { type DataType, INTEGER, isSemi, TEXT, VARIANT } from '../types/data-type.js';
import { quote } from '../types/quote.js';
import type { ResultColumn, ScopeColumn, Typed } from '../convert/scope.js';
import { unsupported } from '../types/sql-errors.js';

const column = (name: string, type: DataType): ResultColumn => ({ name, type, nullable: true });

const COLUMNS = [
  column('SEQ', INTEGER),
  column('KEY', TEXT),
  column('PATH', TEXT),
  column('INDEX', INTEGER),
  column('VALUE', VARIANT),
  column('THIS', VARIANT),
];

/**
 * FLATTEN: one row for each element of an array or each pair of an object. Where items stand before it, the elements are
 * unnested beside them, so that rows keep the input's order; a lateral join would lose it.
 */
export function bindFlatten(
  binder: Binder,
  arg: (name: string, index: number) => Typed | undefined,
  alias: Alias,
  before: BoundRef | undefined,
): BoundRef {
  const input = arg('INPUT', 0);
  if (input === undefined) throw unsupported('FLATTEN without INPUT');
  if (!isSemi(input.type) && input.type.kind !== 'null')
    throw unsupported('FLATTEN of a value that is not semi-structured');
  const flag = (name: string, index: number): boolean => arg(name, index)?.sql === 'true';
  if (flag('RECURSIVE', 3)) throw unsupported('FLATTEN … RECURSIVE => TRUE');
  const outer = flag('OUTER', 2);
  const mode = (arg('MODE', 4)?.constant ?? 'BOTH').toUpperCase();
  const path = arg('PATH', 1)?.constant ?? '';
  let root = input.type.kind === 'null' ? 'CAST(NULL AS JSON)' : input.sql;
  for (const step of path.matchAll(/\[(\d+)\]|([^.[\]]+)/g))
    root = step[1] === undefined ? `sf_key(${root}, ${quote(step[2] ?? '')})` : `sf_index(${root}, ${step[1]})`;
  if (before === undefined) {
    const inner = binder.alias();
    const source = `(SELECT r, unnest(${indexes('r', mode, outer)}) AS i FROM (SELECT ${root} AS r)) ${inner}`;
    const items = elements(`${inner}.r`, `${inner}.i`, 'CAST(1 AS BIGINT)', path, mode);
    const list = items.map((sql, i) => `${sql} AS o${i}`).join(', ');
    return fromQuery(binder, { sql: `SELECT ${list} FROM ${source}`, columns: COLUMNS }, alias, true);
  }
  const [kept, all] = [binder.alias(), binder.alias()];
  let count = 0;
  const list: string[] = [];
  const relations = before.relations.map((relation) => ({
    ...relation,
    columns: relation.columns.map((own): ScopeColumn => {
      list.push(`${own.sql} AS l${count}`);
      return { ...own, sql: `${all}.l${count++}` };
    }),
  }));
  const rooted = `SELECT ${[...list, `${root} AS r`, 'row_number() OVER () AS s'].join(', ')} FROM ${before.sql}`;
  const sql = `(SELECT ${kept}.*, unnest(${indexes(`${kept}.r`, mode, outer)}) AS i FROM (${rooted}) ${kept}) ${all}`;
  const sqls = elements(`${all}.r`, `${all}.i`, `${all}.s`, path, mode);
  const columns = COLUMNS.map((own, i): ScopeColumn => ({
    ...own,
    name: alias.columns[i]?.name ?? own.name,
    sql: sqls[i] ?? 'NULL',
  }));
  return { sql, relations: [...relations, { alias: alias.name?.name, path: [], columns }] };
}

const isArray = (root: string, mode: string): string =>
  mode === 'OBJECT' ? 'false' : `coalesce(json_type(${root}) = 'ARRAY', false)`;
const isObject = (root: string, mode: string): string =>
  mode === 'ARRAY' ? 'false' : `coalesce(json_type(${root}) = 'OBJECT', false)`;

function size(root: string, mode: string): string {
  return `CASE WHEN ${isArray(root, mode)} THEN CAST(json_array_length(${root}) AS BIGINT) WHEN ${isObject(root, mode)} THEN len(json_keys(${root})) ELSE 0 END`;
}

/** With OUTER, an input without elements gives one row, of index -1. */
function indexes(root: string, mode: string, outer: boolean): string {
  const count = size(root, mode);
  return outer
    ? `CASE WHEN (${count}) = 0 THEN [CAST(-1 AS BIGINT)] ELSE range(0, ${count}) END`
    : `range(0, ${count})`;
}

/** SEQ, KEY, PATH, INDEX, VALUE, THIS; keys in order, as Snowflake gives them. */
function elements(root: string, index: string, seq: string, path: string, mode: string): string[] {
  const object = `${isObject(root, mode)} AND ${index} >= 0`;
  const array = `${isArray(root, mode)} AND ${index} >= 0`;
  const key = `(list_sort(json_keys(${root})))[${index} + 1]`;
  const plain = `${quote(path === '' ? '' : `${path}.`)} || ${key}`;
  const bracketed = `${quote(`${path}['`)} || ${key} || ${quote(`']`)}`;
  const name = `CASE WHEN regexp_full_match(${key}, '[A-Za-z_][A-Za-z0-9_]*') THEN ${plain} ELSE ${bracketed} END`;
  return [
    seq,
    `CASE WHEN ${object} THEN ${key} END`,
    `CASE WHEN ${object} THEN ${name} WHEN ${array} THEN ${quote(path)} || '[' || ${index} || ']' END`,
    `CASE WHEN ${array} THEN ${index} END`,
    `CASE WHEN ${object} THEN sf_key(${root}, ${key}) WHEN ${array} THEN sf_index(${root}, ${index}) END`,
    root,
  ];
}

import type { Name, TableRef } from '../parse/ast.js';
import { fromQuery, type BoundRef } from './bind-from.js';
import { bindQuery } from './bind-query.js';
import type { Binder } from '../convert/binder.js';
import { storedColumn } from '../types/collation.js';
import { informationSchema } from './information-schema.js';
import { parseQuery } from '../parse/parse-query.js';
import type { DatabaseObject } from '../catalog/objects.js';
import type { ScopeColumn } from '../convert/scope.js';
import { objectMissing, unsupported } from '../types/sql-errors.js';
import { splitName, TokenCursor } from '../parse/token-cursor.js';
import { tokenize } from '../parse/tokenize.js';
import { bindBind } from './bind-bind.js';
import { visible } from '../catalog/history.js';
import { rowsAt } from './time-travel.js';

/** A named table: a common table expression, INFORMATION_SCHEMA, a view or a table. */
export function bindTable(binder: Binder, ref: Extract<TableRef, { kind: 'table' }>): BoundRef {
  const name = resolveIdentifier(binder, ref.name);
  const [only] = name;
  const label = ref.alias.name ?? name.at(-1);
  const alias = { name: label, columns: ref.alias.columns };
  const sample = ref.sample !== undefined && 'clause' in ref.sample ? ` USING SAMPLE ${ref.sample.clause}` : '';
  const seeded = ref.sample !== undefined && 'seed' in ref.sample ? ref.sample : undefined;
  if (name.length === 1 && only !== undefined && seeded === undefined) {
    const cte = [...binder.ctes]
      .reverse()
      .find((frame) => frame.has(only.name))
      ?.get(only.name);
    if (cte !== undefined)
      return fromQuery(
        binder,
        {
          sql: `SELECT ${cte.columns.map((_, i) => `o${i}`).join(', ')} FROM ${cte.sql}${sample}`,
          columns: cte.columns,
        },
        alias,
      );
  }
  const [database, schema, table] = binder.objects.resolve(name, binder.context.database, binder.context.schema);
  if (schema === 'INFORMATION_SCHEMA') return fromQuery(binder, informationSchema(binder, database, table), alias);
  const object = binder.objects.find(database, schema, table);
  if (object === undefined) throw objectMissing(missingName(name));
  binder.authorize(object, 'SELECT');
  binder.used.push(object);
  if (object.kind === 'VIEW') {
    if (ref.time !== undefined) throw unsupported(`${ref.time.word} on a view`);
    // As documented for SAMPLE.
    if (seeded !== undefined) throw unsupported('SAMPLE … SEED of a view');
    const bound = fromQuery(binder, viewQuery(binder, object), alias);
    return {
      ...bound,
      relations: bound.relations.map((relation) => ({ ...relation, path: [database, schema, table] })),
    };
  }
  const inner = binder.alias();
  const origin = { database, schema, table };
  const columns = object.columns.map((column, i): ScopeColumn => ({
    name: ref.alias.columns[i]?.name ?? column.name,
    type: column.type,
    nullable: column.nullable,
    sql: storedColumn(`${inner}.${column.physical}`, column.type),
    origin,
  }));
  const rows = ref.time === undefined ? visible(binder.own.transaction) : rowsAt(binder, object, ref.time);
  const chosen =
    seeded === undefined
      ? ''
      : ` AND hash(rowid * 1000003 + ${seeded.seed}) % 1000000 < ${Number(seeded.percent) * 10_000}`;
  const from = `(SELECT * FROM ${object.physical} WHERE ${rows}${chosen}${sample}) ${inner}`;
  return { sql: from, relations: [{ alias: ref.alias.name?.name, path: [database, schema, table], columns }] };
}

/** The view's query, compiled in the view's own database and schema with its owner's rights. */
function viewQuery(binder: Binder, view: DatabaseObject): ReturnType<typeof bindQuery> {
  const sql = view.viewSql ?? '';
  const query = parseQuery(new TokenCursor(sql, tokenize(sql)));
  const inside: Binder = {
    ...binder,
    sql,
    context: { ...binder.context, database: view.database, schema: view.schema },
    ctes: [],
    binds: [],
    inView: true,
    authorize: () => undefined,
  };
  const bound = bindQuery(inside, query);
  return {
    ...bound,
    columns: bound.columns.map((column, i) => ({ ...column, name: view.columns[i]?.name ?? column.name })),
  };
}

/** `IDENTIFIER(?)` takes its name from the bind. */
export function resolveIdentifier(binder: Binder, name: readonly Name[]): readonly Name[] {
  const [first] = name;
  const index = /^\?(\d+)$/.exec(first?.name ?? '')?.[1];
  if (index === undefined) return name;
  return splitName(bindBind(binder, Number(index), first?.start ?? 0).constant ?? '');
}

/** The name as Snowflake repeats it in 002003. */
export function missingName(name: readonly Name[]): string {
  return name.map((part) => (/^[A-Z_][A-Z0-9_$]*$/.test(part.name) ? part.name : `"${part.name}"`)).join('.');
}

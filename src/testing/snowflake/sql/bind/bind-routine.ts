import type { Sequence, SqlFunction } from '../catalog/routines.js';
import { pathOf } from '../catalog/objects.js';
import type { Binder } from '../convert/binder.js';
import { castTo } from '../convert/cast.js';
import { type BoundQuery, newScope, type Scope, type Typed } from '../convert/scope.js';
import { coerce } from '../convert/unify.js';
import type { CallNode, Expr } from '../parse/ast.js';
import { parseExpression } from '../parse/parse-expression.js';
import { parseQuery, startsQuery } from '../parse/parse-query.js';
import { TokenCursor } from '../parse/token-cursor.js';
import { tokenize } from '../parse/tokenize.js';
import { fixed } from '../types/data-type.js';
import { objectMissing, unsupported } from '../types/sql-errors.js';
import { bindExpression } from './bind-expression.js';
import { bindQuery } from './bind-query.js';
import { resolveIdentifier } from './bind-table.js';

/** Only the owner and ACCOUNTADMIN may: grants of functions and sequences are not emulated. Inside a view its owner's rights count. */
const mayUse = (binder: Binder, { owner }: { readonly owner: string }): boolean =>
  binder.inView === true || binder.context.role === owner || binder.context.role === 'ACCOUNTADMIN';

/** The function of the user that a call means ("CREATE FUNCTION", "UDF naming"), if there is one. */
export function findRoutine(binder: Binder, node: CallNode): SqlFunction | undefined {
  const { database, schema } = binder.context;
  const named = [...(node.path ?? []), { name: node.name, start: node.start }];
  if (named.length === 1 && (database === undefined || schema === undefined)) return undefined;
  const path = binder.objects.resolve(resolveIdentifier(binder, named), database, schema);
  const found = binder.objects.functions.get(pathOf(...path, node.args.length));
  return found !== undefined && mayUse(binder, found) ? found : undefined;
}

/** A call of a scalar function: its text in the place of the call. */
export function bindRoutine(binder: Binder, routine: SqlFunction, node: CallNode, scope: Scope): Typed {
  if (Array.isArray(routine.returns)) throw unsupported(`table function ${routine.name} in this place`);
  if (node.over !== undefined || node.distinct || node.orderBy.length > 0 || node.named.size > 0)
    throw unsupported(`${routine.name} with OVER, DISTINCT, WITHIN GROUP or named arguments`);
  const { inside, cursor, inner } = enter(binder, routine, node.args, scope);
  const { start } = cursor.peek();
  const expr: Expr = startsQuery(cursor)
    ? { kind: 'subquery', query: parseQuery(cursor), start, end: cursor.lastEnd }
    : parseExpression(cursor);
  leave(cursor);
  const value = castTo(
    inside,
    bindExpression(inside, expr, inner),
    routine.returns as Exclude<SqlFunction['returns'], readonly unknown[]>,
  );
  return { sql: `(${value.sql})`, type: value.type };
}

/** The rows of a table function. */
export function bindTableRoutine(binder: Binder, routine: SqlFunction, node: CallNode, scope: Scope): BoundQuery {
  const { returns } = routine;
  if (!isTable(returns)) throw unsupported(`TABLE(${routine.name}(…)) of a function that returns a value`);
  const { inside, cursor, inner } = enter(binder, routine, node.args, scope);
  const bound = bindQuery(inside, parseQuery(cursor), inner);
  leave(cursor);
  if (bound.columns.length !== returns.length)
    throw unsupported(`${routine.name}: a query of another number of columns`);
  const alias = binder.alias();
  const items = returns.map(
    ({ type }, i) =>
      `${coerce(inside, { sql: `${alias}.o${i}`, type: bound.columns[i]?.type ?? type }, type).sql} AS o${i}`,
  );
  return {
    sql: `SELECT ${items.join(', ')} FROM (${bound.sql}) ${alias}`,
    columns: returns.map(({ name, type }) => ({ name, type, nullable: true })),
  };
}

const isTable = (returns: SqlFunction['returns']): returns is Extract<SqlFunction['returns'], readonly unknown[]> =>
  Array.isArray(returns);

interface Entered {
  readonly inside: Binder;
  readonly cursor: TokenCursor;
  readonly inner: Scope;
}

/** The function's own text, schema and names: of the statement around it only the arguments are in sight. */
function enter(binder: Binder, routine: SqlFunction, args: readonly Expr[], scope: Scope): Entered {
  const depth = (binder.depth ?? 0) + 1;
  if (depth > 20) throw unsupported(`recursive function ${routine.name}`);
  const columns = routine.parameters.map(({ name, type }, i) => {
    const arg = args[i];
    const value = castTo(binder, arg === undefined ? { sql: 'NULL', type } : bindExpression(binder, arg, scope), type);
    // The text may name its argument twice, and means one value.
    if (/\b(random|nextval|uuid|gen_random_uuid|sf_random)\(/.test(value.sql))
      throw unsupported(`${routine.name} of a value that is another each time`);
    return { name, type, sql: value.sql, nullable: true };
  });
  const inner = newScope();
  inner.relations.push({ alias: routine.name, path: [], columns });
  const { database, schema, body: sql } = routine;
  const inside: Binder = {
    ...binder,
    sql,
    context: { ...binder.context, database, schema },
    ctes: [],
    binds: [],
    batch: undefined,
    inView: true,
    depth,
    authorize: () => undefined,
  };
  return { inside, cursor: new TokenCursor(sql, tokenize(sql)), inner };
}

function leave(cursor: TokenCursor): void {
  cursor.takeOp(';');
  if (!cursor.atEnd()) throw cursor.unexpected();
}

/** The sequence that `s.NEXTVAL` means; nothing for any other column. */
export function sequenceOf(binder: Binder, expr: Extract<Expr, { kind: 'column' }>): Sequence | undefined {
  if (expr.parts.at(-1)?.name !== 'NEXTVAL' || expr.parts.length < 2) return undefined;
  const { database, schema } = binder.context;
  const path = binder.objects.resolve(expr.parts.slice(0, -1), database, schema);
  const sequence = binder.objects.sequences.get(pathOf(...path));
  if (sequence === undefined || !mayUse(binder, sequence)) throw objectMissing(path[2], 'Sequence');
  return sequence;
}

/** `s.NEXTVAL`: another number wherever it stands ("Using Sequences"). */
export function nextValue(binder: Binder, expr: Extract<Expr, { kind: 'column' }>): Typed | undefined {
  const sequence = sequenceOf(binder, expr);
  if (sequence === undefined) return undefined;
  return { sql: `CAST(nextval('${sequence.physical}') AS HUGEINT)`, type: fixed(19, 0), nullable: false };
}

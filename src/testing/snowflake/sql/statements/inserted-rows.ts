import { bindExpression } from '../bind/bind-expression.js';
import type { Binder } from '../convert/binder.js';
import { castTo } from '../convert/cast.js';
import { newScope, type Typed } from '../convert/scope.js';
import type { Expr } from '../parse/ast.js';
import type { TableColumn } from '../catalog/objects.js';
import { BOOLEAN, type DataType, fixed, REAL, TEXT, VARIANT } from '../types/data-type.js';
import { quote } from '../types/quote.js';
import type { WireBatch, WireBind } from '../types/sql-engine.js';

/** Compiles every row of VALUES to its list of stored values. */
type CompileRows = (value: (expr: Expr) => Typed) => string[];

/** What an INSERT … VALUES inserts: its rows, or with array binds those rows once for each row of them. */
export function insertedRows(
  binder: Binder,
  rows: readonly (readonly Expr[])[],
  targets: readonly TableColumn[],
  compile: CompileRows,
): string {
  const { batch } = binder;
  const ofBinds = (binds: readonly (WireBind | undefined)[]): string[] =>
    compile((expr) => bindExpression({ ...binder, binds, batch: undefined }, expr, newScope()));
  if (batch === undefined) return valuesOf(ofBinds(binder.binds));
  const size = batch.find((each) => each !== undefined)?.values.length ?? 0;
  const columns = rows.length === 1 ? batchColumns(binder, rows[0] ?? [], targets, batch) : undefined;
  if (columns !== undefined) {
    // One list of texts that DuckDB reads by itself: an expression for every value would take it far longer to compile.
    const texts = Array.from({ length: size }, (_, row) => batch.map((each) => each?.values[row] ?? null));
    const [list] = compile((expr) => columns.get(expr) ?? bindExpression({ ...binder, binds: [] }, expr, newScope()));
    return `SELECT ${list ?? ''} FROM (SELECT unnest(from_json(${quote(JSON.stringify(texts))}, '[["VARCHAR"]]')) AS b)`;
  }
  return valuesOf(
    Array.from({ length: size }, (_, row) =>
      ofBinds(
        batch.map((each) => (each === undefined ? undefined : { type: each.type, value: each.values[row] ?? null })),
      ),
    ).flat(),
  );
}

const valuesOf = (rows: readonly string[]): string => `VALUES ${rows.map((row) => `(${row})`).join(', ')}`;

/**
 * The variables of a row as columns of the list of binds. Nothing where a variable stands inside of an expression other
 * than a cast: there Snowflake takes it as a constant; and nothing for values that a column would treat in another way.
 */
function batchColumns(
  binder: Binder,
  row: readonly Expr[],
  targets: readonly TableColumn[],
  batch: readonly (WireBatch | undefined)[],
): ReadonlyMap<Expr, Typed> | undefined {
  const columns = new Map<Expr, Typed>();
  const typed = (expr: Expr, target: DataType | undefined): Typed | undefined => {
    if (expr.kind === 'cast') {
      const inner = typed(expr.expr, expr.type);
      return inner === undefined ? undefined : castTo(binder, inner, expr.type, expr.lenient);
    }
    const bind = expr.kind === 'param' ? batch[expr.index] : undefined;
    if (expr.kind !== 'param' || bind === undefined) return undefined;
    return columnOf(binder, bind, `b[${expr.index + 1}]`, target);
  };
  for (const [index, expr] of row.entries()) {
    const column = typed(expr, targets[index]?.type);
    if (column !== undefined) columns.set(expr, column);
    else if (/[?]|:\d/.test(binder.sql.slice(expr.start, expr.end))) return undefined;
  }
  return columns;
}

/** What JSON text can't carry into DuckDB: lone surrogates and zero bytes. */
const UNFIT = /\p{Surrogate}|\0/u;

function columnOf(
  binder: Binder,
  { type, values }: WireBatch,
  sql: string,
  target: DataType | undefined,
): Typed | undefined {
  if (values.some((value) => value !== null && UNFIT.test(value))) return undefined;
  const column: Typed = { sql, type: TEXT, shown: '?' };
  switch (type.toUpperCase()) {
    case 'TEXT':
      return column;
    case 'REAL':
      return castTo(binder, column, REAL);
    case 'BOOLEAN':
      return castTo(binder, column, BOOLEAN);
    case 'VARIANT':
      return { sql: `sf_parse_json(${sql})`, type: VARIANT };
    case 'FIXED':
      return fixedColumn(binder, column, values, target);
    default:
      return undefined;
  }
}

/** Numbers of one type: alone, each would have its own digits behind the point, which only a number or float forgets. */
function fixedColumn(
  binder: Binder,
  column: Typed,
  values: readonly (string | null)[],
  target: DataType | undefined,
): Typed | undefined {
  let whole = 1;
  let scale = 0;
  for (const value of values) {
    if (value === null) continue;
    const match = /^-?(\d+)(?:\.(\d+))?$/.exec(value);
    if (match === null) return undefined;
    whole = Math.max(whole, match[1]?.length ?? 0);
    scale = Math.max(scale, match[2]?.length ?? 0);
  }
  if (whole + scale > 38 || (scale > 0 && target?.kind !== 'fixed' && target?.kind !== 'real')) return undefined;
  return castTo(binder, column, fixed(whole + scale, scale));
}

import type { Expr } from './ast.js';
import { bindExpression, bool } from './bind-expression.js';
import type { Binder } from './binder.js';
import { asText } from './cast.js';
import type { Scope, Typed } from './scope.js';
import { unsupported } from './sql-errors.js';

/** LIKE, ILIKE and RLIKE, with ANY and ALL. */
export function bindLike(binder: Binder, expr: Extract<Expr, { kind: 'like' }>, scope: Scope): Typed {
  const subject = asText(binder, bindExpression(binder, expr.expr, scope));
  const escape = expr.escape === undefined ? undefined : bindExpression(binder, expr.escape, scope);
  const tests = expr.patterns.map((pattern) => {
    const bound = bindExpression(binder, pattern, scope);
    const text = asText(binder, bound);
    if (expr.op === 'RLIKE') return `regexp_full_match(${subject}, '(?-s)' || ${text})`;
    if (escape !== undefined) return `(${subject} ${expr.op} ${text} ESCAPE ${escape.sql})`;
    return `(${subject} ${expr.op} ${text})`;
  });
  if (tests.length === 0) throw unsupported(`${expr.op} ANY without patterns`);
  const joined = `(${tests.join(expr.quantifier === 'ALL' ? ' AND ' : ' OR ')})`;
  return bool(expr.not ? `(NOT ${joined})` : joined);
}

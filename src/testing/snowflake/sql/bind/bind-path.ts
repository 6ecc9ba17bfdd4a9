import type { PathStep } from '../parse/ast.js';
import { bindExpression } from './bind-expression.js';
import type { Binder } from '../convert/binder.js';
import { asText, castTo } from '../convert/cast.js';
import { INTEGER, isSemi, typeName, VARIANT } from '../types/data-type.js';
import { quote } from '../types/quote.js';
import type { Scope, Typed } from '../convert/scope.js';
import { invalidArguments } from '../types/sql-errors.js';

/** `v:a.b[0]`, `v['k']`: NULL where the path leads nowhere. */
export function bindPath(binder: Binder, base: Typed, steps: readonly PathStep[], scope: Scope): Typed {
  if (base.type.kind === 'map' && steps.length === 1 && steps[0] !== undefined && 'index' in steps[0])
    return mapValue(binder, base, bindExpression(binder, steps[0].index, scope));
  if (!isSemi(base.type)) throw invalidArguments('GET', `${typeName(base.type)}, VARCHAR`);
  let { sql } = base;
  for (const step of steps) {
    if ('key' in step) sql = `sf_key(${sql}, ${quote(step.key)})`;
    else sql = elementAt(binder, sql, bindExpression(binder, step.index, scope));
  }
  return { sql, type: VARIANT };
}

/** `map[key]`, of the type that the map's values have. */
function mapValue(binder: Binder, map: Typed, index: Typed): Typed {
  const [key, value] = map.type.parts ?? [];
  const text = asText(binder, key === undefined ? index : castTo(binder, index, key));
  const found: Typed = { sql: `sf_key(${map.sql}, ${text})`, type: VARIANT };
  return value === undefined ? found : castTo(binder, found, value);
}

/** GET: by key or, from 0, by index. */
export function elementAt(binder: Binder, sql: string, index: Typed): string {
  if (index.type.kind === 'text') return `sf_key(${sql}, ${index.sql})`;
  return `sf_index(${sql}, ${castTo(binder, index, INTEGER).sql})`;
}

import { bindExpression } from '../bind/bind-expression.js';
import type { Call, FunctionBinder } from '../convert/binder.js';
import { asText } from '../convert/cast.js';
import { type Hierarchic, newScope, type Relation, type Typed } from '../convert/scope.js';
import { TEXT } from '../types/data-type.js';
import { unsupported } from '../types/sql-errors.js';

function hierarchyOf(call: Call): Hierarchic {
  if (call.scope.hierarchy === undefined) throw unsupported(`${call.node.name} without CONNECT BY`);
  return call.scope.hierarchy;
}

function bindIn(call: Call, relations: readonly Relation[]): Typed {
  const [expr] = call.node.args;
  if (expr === undefined) throw unsupported(`${call.node.name} of nothing`);
  const scope = newScope(call.scope.parent);
  scope.relations.push(...relations);
  return bindExpression(call.binder, expr, scope);
}

/** Of the row above. */
const prior: FunctionBinder = (call) => ({ ...bindIn(call, hierarchyOf(call).prior), nullable: true });

/** Of the row that the hierarchy starts with. */
const root: FunctionBinder = (call) => {
  const { path, top } = hierarchyOf(call);
  if (path === undefined) throw unsupported(`${call.node.name} in CONNECT BY`);
  return bindIn(call, top);
};

/** The values from the root down, each behind the separator. */
const pathText: FunctionBinder = (call) => {
  const { path, each } = hierarchyOf(call);
  if (path === undefined) throw unsupported(`${call.node.name} in CONNECT BY`);
  const separator = call.node.args[1];
  if (separator === undefined) throw unsupported('SYS_CONNECT_BY_PATH without a separator');
  const by = asText(call.binder, bindExpression(call.binder, separator, call.scope));
  const text = asText(call.binder, bindIn(call, each));
  return {
    sql: `array_to_string(list_transform(${path}, lambda e: ${by} || COALESCE(${text}, '')), '')`,
    type: TEXT,
  };
};

/** What looks up and down a hierarchy (Snowflake documentation, "CONNECT BY"). */
export const hierarchies: Record<string, FunctionBinder> = {
  PRIOR: prior,
  CONNECT_BY_ROOT: root,
  SYS_CONNECT_BY_PATH: pathText,
};

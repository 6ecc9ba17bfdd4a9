import { bindExpression, condition, elementOf } from '../../bind/bind-expression.js';
import type { Call, FunctionBinder } from '../../convert/binder.js';
import { castTo } from '../../convert/cast.js';
import { newScope, type Scope, type Typed } from '../../convert/scope.js';
import { coerce, commonType } from '../../convert/unify.js';
import type { LambdaNode } from '../../parse/ast.js';
import { ARRAY, type DataType, fixed, isSemi, TEXT, typeName, VARIANT } from '../../types/data-type.js';
import { invalidArguments, unsupported } from '../../types/sql-errors.js';
import { arrayOf, guarded, json, list, NOTHING } from './elements.js';

function lambdaAt(call: Call, index: number, parameters: number): LambdaNode {
  const node = call.node.args[index];
  if (node?.kind !== 'lambda') throw unsupported(`${call.node.name} without a lambda`);
  if (node.parameters.length !== parameters)
    throw unsupported(`${call.node.name} with a lambda of ${node.parameters.length} arguments`);
  return node;
}

/** The first argument, which is bound apart: the lambda beside it is no value. */
function arrayAt(call: Call): string {
  const node = call.node.args[0];
  if (node === undefined) throw unsupported(`${call.node.name} without an array`);
  const value = bindExpression(call.binder, node, call.scope);
  if (!isSemi(value.type) && value.type.kind !== 'null') throw invalidArguments(call.node.name, typeName(value.type));
  return isSemi(value.type) ? value.sql : 'CAST(NULL AS JSON)';
}

/** Parameters hide columns and aliases of their names. */
function inside(call: Call, lambda: LambdaNode, values: readonly Typed[]): Scope {
  const scope = newScope(call.scope);
  const columns = lambda.parameters.map(({ name, type }, i) => {
    const value = values[i] ?? { sql: 'NULL', type: VARIANT };
    const typed = type === undefined ? value : castTo(call.binder, value, type);
    return { name, type: typed.type, sql: typed.sql, nullable: true };
  });
  scope.relations.push({ alias: undefined, path: [], columns });
  return scope;
}

/** An element as the lambda sees it: what is undefined is SQL NULL. */
const elementValue = (name: string): Typed => ({ sql: `nullif(${name}, ${NOTHING})`, type: VARIANT });

const filter: FunctionBinder = (call) => {
  const lambda = lambdaAt(call, 1, 1);
  const array = arrayAt(call);
  const name = call.binder.alias();
  const kept = condition(call.binder, lambda.body, inside(call, lambda, [elementValue(name)]));
  return json(guarded(array, arrayOf(`list_filter(${list(array)}, lambda ${name}: COALESCE(${kept}, false))`)), ARRAY);
};

const transform: FunctionBinder = (call) => {
  const lambda = lambdaAt(call, 1, 1);
  const array = arrayAt(call);
  const name = call.binder.alias();
  const value = bindExpression(call.binder, lambda.body, inside(call, lambda, [elementValue(name)]));
  const made = elementOf(call.binder, value);
  return json(guarded(array, arrayOf(`list_transform(${list(array)}, lambda ${name}: ${made})`)), ARRAY);
};

/** What a value grows to: digits and characters at their most. */
const widest = (type: DataType): DataType =>
  type.kind === 'fixed' ? fixed(38, type.scale) : type.kind === 'text' ? TEXT : type;

/** The accumulator has the type of the first value, widened by what the lambda makes of it ("REDUCE"). */
const reduce: FunctionBinder = (call) => {
  const lambda = lambdaAt(call, 2, 2);
  const array = arrayAt(call);
  const first = call.node.args[1];
  if (first === undefined) throw unsupported('REDUCE without a first value');
  const { binder } = call;
  const start = bindExpression(binder, first, call.scope);
  const [sum, each] = [binder.alias(), binder.alias()];
  const held = (type: DataType): Typed => ({ ...castTo(binder, elementValue(sum), type), type });
  const step = (type: DataType): Typed =>
    bindExpression(binder, lambda.body, inside(call, lambda, [held(type), elementValue(each)]));
  let type = widest(start.type);
  const made = step(type);
  type = widest(type.kind === 'null' ? made.type : commonType({ sql: '', type }, made));
  const next = elementOf(binder, coerce(binder, step(type), type));
  const begin = elementOf(binder, coerce(binder, start, type));
  const result = `list_reduce(${list(array)}, lambda ${sum}, ${each}: ${next}, ${begin})`;
  return castTo(binder, { sql: guarded(array, `nullif(${result}, ${NOTHING})`), type: VARIANT }, type);
};

/** Functions that take a lambda (Snowflake documentation, "Use lambda functions on data with higher-order functions"). */
export const lambdas: Record<string, FunctionBinder> = { FILTER: filter, TRANSFORM: transform, REDUCE: reduce };

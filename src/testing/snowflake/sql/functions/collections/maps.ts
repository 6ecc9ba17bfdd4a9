import { raise } from '../../catalog/raise.js';
import type { Call, FunctionBinder } from '../../convert/binder.js';
import { asText, castTo } from '../../convert/cast.js';
import type { Typed } from '../../convert/scope.js';
import { jsonOf } from '../../convert/variant.js';
import { ARRAY, BOOLEAN, INTEGER, TEXT, typeName } from '../../types/data-type.js';
import { invalidArguments } from '../../types/sql-errors.js';
import { boolOf } from '../call/function-binder.js';
import { json, merge, pairsOf } from './elements.js';

/** A MAP is stored as an object: its keys are their texts. */
function mapAt(call: Call, index: number): Typed {
  const value = call.arg(index);
  if (value.type.kind === 'map') return value;
  throw invalidArguments(call.node.name, call.args.map(({ type }) => typeName(type)).join(', '));
}

function keyAt(call: Call, index: number, map: Typed): string {
  const [key] = map.type.parts ?? [];
  const value = call.arg(index);
  return asText(call.binder, key === undefined ? value : castTo(call.binder, value, key));
}

const keysAt = (call: Call, map: Typed): string =>
  call.args
    .slice(1)
    .map((_, i) => keyAt(call, i + 1, map))
    .join(', ');

/** Of the second map where both have the key ("MAP_CAT"). */
const cat: FunctionBinder = (call) => {
  const [a, b] = [mapAt(call, 0), mapAt(call, 1)];
  const kept = `SELECT k, v FROM (${pairsOf(a.sql)}) WHERE NOT list_contains(json_keys(${b.sql}), k)`;
  const whole = merge(`${kept} UNION ALL SELECT k, v FROM (${pairsOf(b.sql)})`);
  return json(`(CASE WHEN ${a.sql} IS NOT NULL AND ${b.sql} IS NOT NULL THEN ${whole} END)`, a.type);
};

/** A key that is there fails, unless the fourth argument says to update it ("MAP_INSERT"). */
const insert: FunctionBinder = (call) => {
  const map = mapAt(call, 0);
  const key = keyAt(call, 1, map);
  const type = map.type.parts?.[1];
  const value = type === undefined ? call.arg(2) : castTo(call.binder, call.arg(2), type);
  const stored = `COALESCE(${jsonOf(call.binder, value)}, CAST('null' AS JSON))`;
  const update = call.args.length > 3 ? boolOf(call, 3) : 'false';
  const clash = `CAST(${raise('100131', '22000', `'Duplicate field key in a MAP'`)} AS JSON)`;
  const whole = merge(`SELECT k, v FROM (${pairsOf(map.sql)}) WHERE k <> ${key} UNION ALL SELECT ${key}, ${stored}`);
  return json(
    `(CASE WHEN ${map.sql} IS NULL OR ${key} IS NULL THEN NULL WHEN NOT ${update} AND list_contains(json_keys(${map.sql}), ${key}) THEN ${clash} ELSE ${whole} END)`,
    map.type,
  );
};

const picked =
  (test: 'IN' | 'NOT IN'): FunctionBinder =>
  (call) => {
    const map = mapAt(call, 0);
    const whole = merge(`SELECT k, v FROM (${pairsOf(map.sql)}) WHERE k ${test} (${keysAt(call, map)})`);
    return json(`(CASE WHEN ${map.sql} IS NOT NULL THEN ${whole} END)`, map.type);
  };

/** Functions of MAP. */
export const maps: Record<string, FunctionBinder> = {
  MAP_CAT: cat,
  MAP_CONTAINS_KEY: (call) => {
    const map = mapAt(call, 1);
    return { sql: `list_contains(json_keys(${map.sql}), ${keyAt(call, 0, map)})`, type: BOOLEAN };
  },
  MAP_DELETE: picked('NOT IN'),
  MAP_INSERT: insert,
  MAP_KEYS: (call) => {
    const map = mapAt(call, 0);
    const key = map.type.parts?.[0] ?? TEXT;
    const each = jsonOf(call.binder, castTo(call.binder, { sql: 'e', type: TEXT }, key));
    return json(`to_json(list_transform(json_keys(${map.sql}), lambda e: ${each}))`, ARRAY);
  },
  MAP_PICK: picked('IN'),
  MAP_SIZE: (call) => ({ sql: `len(json_keys(${mapAt(call, 0).sql}))`, type: INTEGER }),
};

import { raise } from '../../catalog/raise.js';
import type { Call, FunctionBinder } from '../../convert/binder.js';
import type { Typed } from '../../convert/scope.js';
import { ARRAY, OBJECT, VARIANT } from '../../types/data-type.js';
import { boolOf, intOf, jsonAt } from '../call/function-binder.js';
import { arrayOf, element, guarded, json, list, merge, NOTHING, once } from './elements.js';

const failing = (code: string, state: string, message: string): string =>
  `CAST(${raise(code, state, `'${message}'`)} AS JSON)`;

/**
 * As FLATTEN and ORDER BY would sort. SQL NULLs go to the front or the end, JSON nulls count as the greatest
 * ("ARRAY_SORT").
 */
const sort: FunctionBinder = (call) => {
  const ascending = call.args.length > 1 ? boolOf(call, 1) : 'true';
  const nullsFirst = call.args.length > 2 ? boolOf(call, 2) : `NOT (${ascending})`;
  const keyed = `list_transform(list_filter(g['l'], lambda e: e <> ${NOTHING}), lambda e: {'n': sf_typeof(e) = 'NULL_VALUE', 'k': sf_vkey(e), 'v': e})`;
  const sorted = `list_transform(CASE WHEN g['up'] THEN list_sort(${keyed}, 'ASC') ELSE list_sort(${keyed}, 'DESC') END, lambda s: s['v'])`;
  const nothing = `list_filter(g['l'], lambda e: e = ${NOTHING})`;
  const whole = `CASE WHEN g['first'] THEN list_concat(${nothing}, ${sorted}) ELSE list_concat(${sorted}, ${nothing}) END`;
  const array = jsonAt(call, 0);
  const made = once({ l: list(array), up: ascending, first: nullsFirst }, arrayOf(whole));
  return json(
    `(CASE WHEN (${ascending}) IS NOT NULL AND (${nullsFirst}) IS NOT NULL THEN ${guarded(array, made)} END)`,
    ARRAY,
  );
};

/** Of arrays of arrays: one level less. NULL among them makes NULL of all ("ARRAY_FLATTEN"). */
const flatten: FunctionBinder = (call) => {
  const array = jsonAt(call, 0);
  const bad = failing('100107', '22000', 'Not an array: Input argument to ARRAY_FLATTEN is not an array of arrays');
  const made = `CASE WHEN list_contains(g['l'], ${NOTHING}) THEN NULL WHEN len(list_filter(g['l'], lambda e: json_type(e) <> 'ARRAY')) > 0 THEN ${bad} ELSE ${arrayOf(`flatten(list_transform(g['l'], lambda e: ${list('e')}))`)} END`;
  return json(guarded(array, once({ l: list(array) }, made)), ARRAY);
};

/** From the end when negative; places between the end and the new element are undefined ("ARRAY_INSERT"). */
const insert: FunctionBinder = (call) => {
  const array = jsonAt(call, 0);
  const at = `(CASE WHEN g['at'] < 0 THEN len(g['l']) + g['at'] ELSE g['at'] END)`;
  const gap = `list_transform(range(len(g['l']), ${at}), lambda i: ${NOTHING})`;
  const whole = `list_concat(list_slice(g['l'], 1, ${at}), ${gap}, [g['v']], list_slice(g['l'], ${at} + 1, len(g['l'])))`;
  const bad = failing('000002', '0A000', 'Unsupported feature ARRAY_INSERT before the first element');
  const made = `CASE WHEN g['at'] IS NULL THEN NULL WHEN ${at} < 0 THEN ${bad} ELSE ${arrayOf(whole)} END`;
  return json(guarded(array, once({ l: list(array), at: intOf(call, 1), v: element(call, 2) }, made)), ARRAY);
};

/** Equal elements are those of equal stored text. */
const remove: FunctionBinder = (call) => {
  const array = jsonAt(call, 0);
  const made = once(
    { l: list(array), v: `CAST(${element(call, 1)} AS VARCHAR)` },
    arrayOf(`list_filter(g['l'], lambda e: CAST(e AS VARCHAR) <> g['v'])`),
  );
  return json(`(CASE WHEN ${call.arg(1).sql} IS NOT NULL THEN ${guarded(array, made)} END)`, ARRAY);
};

const removeAt: FunctionBinder = (call) => {
  const array = jsonAt(call, 0);
  const at = `(CASE WHEN g['at'] < 0 THEN len(g['l']) + g['at'] ELSE g['at'] END)`;
  const made = `CASE WHEN g['at'] IS NOT NULL THEN ${arrayOf(`list_filter(g['l'], lambda e, i: i - 1 <> ${at})`)} END`;
  return json(guarded(array, once({ l: list(array), at: intOf(call, 1) }, made)), ARRAY);
};

/** Of multisets: the n-th of equal elements is in both when the other side has n of them ("ARRAY_EXCEPT"). */
const compared =
  (keep: '>' | '<='): FunctionBinder =>
  (call) => {
    const [a, b] = [jsonAt(call, 0), jsonAt(call, 1)];
    const texts = (sql: string): string => `CAST(${list(sql)} AS VARCHAR[])`;
    const before = `len(list_filter(list_slice(g['t'], 1, i), lambda x: x = CAST(e AS VARCHAR)))`;
    const others = `len(list_filter(g['o'], lambda x: x = CAST(e AS VARCHAR)))`;
    const made = arrayOf(`list_filter(g['l'], lambda e, i: ${before} ${keep} ${others})`);
    return json(guarded(a, guarded(b, once({ l: list(a), t: texts(a), o: texts(b) }, made))), ARRAY);
  };

/** The least or greatest element that is neither undefined nor null. */
const extreme = (call: Call, order: 'ASC' | 'DESC'): Typed => {
  const array = jsonAt(call, 0);
  const keyed = `list_transform(list_filter(${list(array)}, lambda e: e <> ${NOTHING} AND sf_typeof(e) <> 'NULL_VALUE'), lambda e: {'k': sf_vkey(e), 'v': e})`;
  return json(guarded(array, `(list_sort(${keyed}, '${order}'))[1]['v']`), VARIANT);
};

/** Functions of arrays that look at more than one element. */
export const arrays: Record<string, FunctionBinder> = {
  ARRAY_SORT: sort,
  ARRAY_FLATTEN: flatten,
  ARRAY_INSERT: insert,
  ARRAY_REMOVE: remove,
  ARRAY_REMOVE_AT: removeAt,
  ARRAY_EXCEPT: compared('>'),
  ARRAY_INTERSECTION: compared('<='),
  ARRAY_MIN: (call) => extreme(call, 'ASC'),
  ARRAY_MAX: (call) => extreme(call, 'DESC'),
  ARRAY_REVERSE: (call) => {
    const array = jsonAt(call, 0);
    return json(guarded(array, arrayOf(`list_reverse(${list(array)})`)), ARRAY);
  },
  ARRAYS_TO_OBJECT: (call) => {
    const [keys, values] = [jsonAt(call, 0), jsonAt(call, 1)];
    const pairs = `SELECT unnest(list_transform(${list(keys)}, lambda e: sf_vtext(e))) AS k, unnest(${list(values)}) AS v`;
    const bad = failing('100107', '22000', 'Key array and value array had unequal lengths in ARRAYS_TO_OBJECT');
    const made = merge(`SELECT k, v FROM (${pairs}) WHERE k IS NOT NULL AND v <> ${NOTHING}`);
    const same = `len(${list(keys)}) = len(${list(values)})`;
    return json(guarded(keys, guarded(values, `CASE WHEN ${same} THEN ${made} ELSE ${bad} END`)), OBJECT);
  },
};

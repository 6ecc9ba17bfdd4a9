import { bindObject } from '../../bind/bind-expression.js';
import { elementAt } from '../../bind/bind-path.js';
import { castTo } from '../../convert/cast.js';
import {
  ARRAY,
  BOOLEAN,
  type DataType,
  fixed,
  INTEGER,
  isSemi,
  OBJECT,
  REAL,
  TEXT,
  VARIANT,
} from '../../types/data-type.js';
import { quote } from '../../types/quote.js';
import { starColumns } from '../../bind/resolve-column.js';
import type { Typed } from '../../convert/scope.js';
import { unsupported } from '../../types/sql-errors.js';
import { jsonOf } from '../../convert/variant.js';
import type { FunctionBinder } from '../../convert/binder.js';
import { arrayOf, element, guarded, json, list, merge, pairsOf } from './elements.js';
import { boolResult, intOf, jsonAt, template, textOf } from '../call/function-binder.js';

const construct =
  (keepNulls: boolean): FunctionBinder =>
  (call) => {
    const { binder, node, scope } = call;
    const [only] = node.args;
    if (only?.kind === 'star') {
      const entries = starColumns(only, scope).map((column): [Typed, Typed] => [
        { sql: quote(column.name), type: TEXT, constant: column.name },
        { sql: column.sql, type: column.type },
      ]);
      return bindObject(binder, entries, keepNulls);
    }
    const entries: [Typed, Typed][] = [];
    for (let at = 0; at < node.args.length; at += 2) entries.push([call.arg(at), call.arg(at + 1)]);
    return bindObject(binder, entries, keepNulls);
  };

const only =
  (names: string, type: DataType): FunctionBinder =>
  (call) => {
    const sql = jsonAt(call, 0);
    const cast = castTo(call.binder, { sql, type: VARIANT }, type, true).sql;
    return { sql: `(CASE WHEN sf_typeof(${sql}) IN (${names}) THEN ${cast} END)`, type };
  };
const EXACT = `'INTEGER', 'DECIMAL'`;
const NUMBERS = `${EXACT}, 'DOUBLE'`;

const check =
  (names: string): FunctionBinder =>
  (call) =>
    boolResult(`(sf_typeof(${jsonAt(call, 0)}) IN (${names}))`);

/** The second argument says what becomes of a key that comes twice: `d` keeps the last one, `s` refuses. */
const parse =
  (mood: '' | 'try '): FunctionBinder =>
  (call) => {
    const option = call.args.length > 1 ? (call.arg(1).constant ?? '') : 's';
    if (option !== 's' && option !== 'd') throw unsupported(`${call.node.name} with '${option}'`);
    const how = `${mood}${option === 'd' ? 'last' : 'strict'}`;
    return json(`CAST(sf_read_json(${textOf(call, 0)}, ${quote(how)}) AS JSON)`, VARIANT);
  };

/** VARIANT, OBJECT and ARRAY functions. */
export const semiStructured: Record<string, FunctionBinder> = {
  PARSE_JSON: parse(''),
  TRY_PARSE_JSON: parse('try '),
  CHECK_JSON: template(TEXT, (x) => `sf_read_json(${x}, 'check strict')`),
  TO_JSON: (call) => ({ sql: `sf_json_text(${jsonAt(call, 0)})`, type: TEXT }),
  TO_VARIANT: (call) => castTo(call.binder, call.arg(0), VARIANT),
  TO_OBJECT: (call) => castTo(call.binder, call.arg(0), OBJECT),
  TO_ARRAY: (call) => {
    const value = call.arg(0);
    return isSemi(value.type)
      ? castTo(call.binder, value, ARRAY)
      : json(`(CASE WHEN ${value.sql} IS NOT NULL THEN json_array(${jsonOf(call.binder, value)}) END)`, ARRAY);
  },
  OBJECT_CONSTRUCT: construct(false),
  OBJECT_CONSTRUCT_KEEP_NULL: construct(true),
  ARRAY_CONSTRUCT: (call) => json(`json_array(${call.args.map((_, i) => element(call, i)).join(', ')})`, ARRAY),
  ARRAY_CONSTRUCT_COMPACT: (call) =>
    json(
      arrayOf(`list_filter([${call.args.map((arg) => jsonOf(call.binder, arg)).join(', ')}], lambda e: e IS NOT NULL)`),
      ARRAY,
    ),
  GET: (call) => json(elementAt(call.binder, jsonAt(call, 0), call.arg(1)), VARIANT),
  GET_PATH: (call) => {
    const path = call.arg(1).constant;
    if (path === undefined) throw unsupported('GET_PATH with a computed path');
    let sql = jsonAt(call, 0);
    for (const step of path.matchAll(/\[(\d+)\]|\["([^"]*)"\]|\['([^']*)'\]|"([^"]*)"|([^.[\]":]+)/g)) {
      const key = step[2] ?? step[3] ?? step[4] ?? step[5];
      sql = step[1] === undefined ? `sf_key(${sql}, ${quote(key ?? '')})` : `sf_index(${sql}, ${step[1]})`;
    }
    return json(sql, VARIANT);
  },
  SPLIT: (call) => {
    const [text, by] = [textOf(call, 0), textOf(call, 1)];
    return json(
      arrayOf(`CASE WHEN ${by} = '' THEN list_value(${text}) WHEN ${by} <> '' THEN string_split(${text}, ${by}) END`),
      ARRAY,
    );
  },
  STRTOK_TO_ARRAY: (call) => {
    const by = call.args.length > 1 ? textOf(call, 1) : "' '";
    return json(
      arrayOf(
        `list_filter(string_split(translate(${textOf(call, 0)}, ${by}, repeat(chr(1), length(${by}))), chr(1)), lambda p: p <> '')`,
      ),
      ARRAY,
    );
  },
  ARRAY_SIZE: (call) => ({
    sql: guarded(jsonAt(call, 0), `CAST(json_array_length(${jsonAt(call, 0)}) AS BIGINT)`),
    type: fixed(9, 0),
  }),
  ARRAY_CONTAINS: (call) => {
    const found = `list_contains(CAST(${list(jsonAt(call, 1))} AS VARCHAR[]), CAST(${element(call, 0)} AS VARCHAR))`;
    // NULL that isn't found is unknown, other values are absent.
    return boolResult(`CASE WHEN ${found} OR ${call.arg(0).sql} IS NOT NULL THEN ${found} END`);
  },
  ARRAY_POSITION: (call) => {
    const found = `list_position(CAST(${list(jsonAt(call, 1))} AS VARCHAR[]), CAST(${element(call, 0)} AS VARCHAR))`;
    return { sql: `(nullif(${found}, 0) - 1)`, type: INTEGER };
  },
  ARRAY_TO_STRING: (call) => ({
    sql: `array_to_string(list_transform(${list(jsonAt(call, 0))}, lambda e: coalesce(sf_vtext(e), '')), ${textOf(call, 1)})`,
    type: TEXT,
  }),
  ARRAY_CAT: (call) => {
    const [a, b] = [jsonAt(call, 0), jsonAt(call, 1)];
    return json(guarded(a, guarded(b, arrayOf(`list_concat(${list(a)}, ${list(b)})`))), ARRAY);
  },
  ARRAY_APPEND: (call) => {
    const array = jsonAt(call, 0);
    return json(guarded(array, arrayOf(`list_append(${list(array)}, ${element(call, 1)})`)), ARRAY);
  },
  ARRAY_PREPEND: (call) => {
    const array = jsonAt(call, 0);
    return json(guarded(array, arrayOf(`list_prepend(${element(call, 1)}, ${list(array)})`)), ARRAY);
  },
  ARRAY_COMPACT: (call) =>
    json(
      guarded(
        jsonAt(call, 0),
        arrayOf(`list_filter(${list(jsonAt(call, 0))}, lambda e: sf_typeof(e) <> 'NULL_VALUE')`),
      ),
      ARRAY,
    ),
  // Kept in order of first appearance; Snowflake promises no order.
  ARRAY_DISTINCT: (call) => {
    const items = list(jsonAt(call, 0));
    return json(
      arrayOf(`list_filter(${items}, lambda e, i: list_position(CAST(${items} AS VARCHAR[]), CAST(e AS VARCHAR)) = i)`),
      ARRAY,
    );
  },
  ARRAY_SLICE: (call) => {
    const sql = jsonAt(call, 0);
    const size = `CAST(json_array_length(${sql}) AS BIGINT)`;
    const bound = (n: string): string => `(CASE WHEN ${n} < 0 THEN greatest(${size} + ${n}, 0) ELSE ${n} END)`;
    return json(
      guarded(sql, arrayOf(`list_slice(${list(sql)}, ${bound(intOf(call, 1))} + 1, ${bound(intOf(call, 2))})`)),
      ARRAY,
    );
  },
  ARRAYS_OVERLAP: (call) =>
    boolResult(
      `list_has_any(CAST(${list(jsonAt(call, 0))} AS VARCHAR[]), CAST(${list(jsonAt(call, 1))} AS VARCHAR[]))`,
    ),
  ARRAY_GENERATE_RANGE: (call) => {
    const step = call.args.length > 2 ? intOf(call, 2) : '1';
    return json(arrayOf(`range(${intOf(call, 0)}, ${intOf(call, 1)}, ${step})`), ARRAY);
  },
  OBJECT_KEYS: (call) =>
    json(`(CASE WHEN json_type(${jsonAt(call, 0)}) = 'OBJECT' THEN to_json(json_keys(${jsonAt(call, 0)})) END)`, ARRAY),
  OBJECT_INSERT: (call) => {
    const [object, key] = [jsonAt(call, 0), textOf(call, 1)];
    const update = (call.args[3]?.constant ?? 'false') !== 'false' || call.args[3]?.sql === 'true';
    const value = jsonOf(call.binder, call.arg(2));
    const added = `SELECT ${key} AS k, ${value} AS v WHERE ${value} IS NOT NULL`;
    const merged = merge(`SELECT k, v FROM (${pairsOf(object)}) WHERE k <> ${key} UNION ALL ${added}`);
    const clash = update
      ? ''
      : ` WHEN list_contains(json_keys(${object}), ${key}) THEN CAST(error('SF|100131|22000|Duplicate field key ''' || ${key} || '''') AS JSON)`;
    return json(`(CASE WHEN ${object} IS NULL OR ${key} IS NULL THEN NULL${clash} ELSE ${merged} END)`, OBJECT);
  },
  OBJECT_DELETE: (call) => {
    const keys = call.args.slice(1).map((_, i) => textOf(call, i + 1));
    return json(merge(`SELECT k, v FROM (${pairsOf(jsonAt(call, 0))}) WHERE k NOT IN (${keys.join(', ')})`), OBJECT);
  },
  OBJECT_PICK: (call) => {
    const keys = call.args.slice(1).map((_, i) => textOf(call, i + 1));
    return json(merge(`SELECT k, v FROM (${pairsOf(jsonAt(call, 0))}) WHERE k IN (${keys.join(', ')})`), OBJECT);
  },
  STRIP_NULL_VALUE: (call) =>
    json(`(CASE WHEN json_type(${jsonAt(call, 0)}) <> 'NULL' THEN ${jsonAt(call, 0)} END)`, VARIANT),
  TYPEOF: (call) => {
    return { sql: `sf_typeof(${jsonAt(call, 0)})`, type: TEXT };
  },
  AS_VARCHAR: only(`'VARCHAR'`, TEXT),
  AS_CHAR: only(`'VARCHAR'`, TEXT),
  AS_INTEGER: only(`'INTEGER'`, INTEGER),
  AS_NUMBER: only(EXACT, INTEGER),
  AS_DECIMAL: only(EXACT, INTEGER),
  AS_DOUBLE: only(NUMBERS, REAL),
  AS_REAL: only(NUMBERS, REAL),
  AS_BOOLEAN: only(`'BOOLEAN'`, BOOLEAN),
  AS_OBJECT: only(`'OBJECT'`, OBJECT),
  AS_ARRAY: only(`'ARRAY'`, ARRAY),
  IS_OBJECT: check(`'OBJECT'`),
  IS_ARRAY: check(`'ARRAY'`),
  IS_VARCHAR: check(`'VARCHAR'`),
  IS_CHAR: check(`'VARCHAR'`),
  IS_BOOLEAN: check(`'BOOLEAN'`),
  IS_INTEGER: check(`'INTEGER'`),
  IS_DECIMAL: check(EXACT),
  IS_DOUBLE: check(NUMBERS),
  IS_REAL: check(NUMBERS),
  IS_NULL_VALUE: check(`'NULL_VALUE'`),
};

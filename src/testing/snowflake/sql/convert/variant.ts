import type { Binder } from './binder.js';
import { asText, castTo, decimalOf } from './cast.js';
import {
  ARRAY,
  type DataType,
  fixed,
  fixedText,
  isSemi,
  OBJECT,
  REAL,
  storageOf,
  TEXT,
  typeName,
  VARIANT,
} from '../types/data-type.js';
import { quote } from '../types/quote.js';
import type { Typed } from './scope.js';
import { UNDEFINED } from '../types/variant-number.js';
import { cannotConvert } from '../types/sql-errors.js';

/** The stored form of a value in a VARIANT; SQL NULL stays NULL. Decimals lose trailing zeros, dates are text. */
export function jsonOf(binder: Binder, value: Typed): string {
  const { sql, type } = value;
  switch (type.kind) {
    case 'null':
      return 'CAST(NULL AS JSON)';
    case 'variant':
    case 'object':
    case 'array':
      return sql;
    case 'fixed':
      return type.scale === 0 ? `CAST(CAST(${sql} AS VARCHAR) AS JSON)` : `sf_json_decimal(${fixedText(sql, type)})`;
    case 'real':
      return `sf_json_real(${sql})`;
    case 'boolean':
      return `to_json(${sql})`;
    case 'binary':
      return `to_json(hex(${sql}))`;
    default:
      return `sf_json_string(${asText(binder, value)})`;
  }
}

/** `::VARIANT`, `::OBJECT`, `::ARRAY`. */
export function toVariant(binder: Binder, value: Typed, to: DataType, lenient: boolean): string {
  const { sql, type } = value;
  if (to.parts !== undefined) return toStructured(binder, value, to, lenient);
  if (to.kind === 'variant') return jsonOf(binder, value);
  if (!isSemi(type)) {
    if (to.kind === 'array' && type.kind !== 'text') return `json_array(${jsonOf(binder, value)})`;
    throw cannotConvert(value.shown ?? sql, typeName(type), typeName(to));
  }
  if (type.kind === to.kind) return sql;
  const bad = lenient ? 'NULL' : `CAST(sf_bad_cast(${sql}, ${quote(typeName(to))}) AS JSON)`;
  if (to.kind === 'array')
    return `CASE json_type(${sql}) WHEN 'ARRAY' THEN ${sql} WHEN 'NULL' THEN NULL ELSE json_array(${sql}) END`;
  return `CASE WHEN ${sql} IS NULL OR json_type(${sql}) = 'NULL' THEN NULL WHEN json_type(${sql}) = 'OBJECT' THEN ${sql} ELSE ${bad} END`;
}

/** `::ARRAY(T)`, `::OBJECT(a T)`: every element and field is cast, and an object has just those fields. */
function toStructured(binder: Binder, value: Typed, to: DataType, lenient: boolean): string {
  if (value.type.name === to.name) return value.sql;
  const { parts = [], fieldNames } = to;
  const whole = toVariant(binder, value, fieldNames === undefined ? ARRAY : OBJECT, lenient);
  const part = (sql: string, type: DataType): string => {
    const own = castTo(binder, { sql: `nullif(${sql}, CAST('${UNDEFINED}' AS JSON))`, type: VARIANT }, type, lenient);
    return `COALESCE(${jsonOf(binder, own)}, CAST('null' AS JSON))`;
  };
  if (fieldNames === undefined) {
    const each = part('e', parts[0] ?? VARIANT);
    return `list_transform([${whole}], lambda j: to_json(list_transform(CAST(json_extract(j, '$[*]') AS JSON[]), lambda e: ${each})))[1]`;
  }
  const fields = fieldNames.map(
    (name, i) => `${quote(name)}, ${part(`sf_key(j, ${quote(name)})`, parts[i] ?? VARIANT)}`,
  );
  const keys = fieldNames.map((name) => quote(name)).join(', ');
  const bad = `CAST(sf_bad_cast(j, ${quote(typeName(to))}) AS JSON)`;
  const fits = `len(json_keys(j)) = ${fieldNames.length} AND list_has_all(json_keys(j), [${keys}])`;
  return `list_transform([${whole}], lambda j: CASE WHEN j IS NULL THEN NULL WHEN ${fits} THEN json_object(${fields.join(', ')}) ELSE ${lenient ? 'NULL' : bad} END)[1]`;
}

const NUMERIC = `('INTEGER', 'DECIMAL', 'DOUBLE')`;

/** `v::TYPE`: by the type of what the VARIANT holds. */
export function fromVariant(binder: Binder, value: Typed, to: DataType, lenient: boolean): string {
  const { sql } = value;
  if (to.kind === 'text') {
    const text = { sql: `sf_vtext(${sql})`, type: TEXT };
    return castTo(binder, text, to, lenient).sql;
  }
  const storage = storageOf(to);
  // Read once: the value, its type and its text.
  const [json, kind, text] = [`held['j']`, `held['t']`, `held['s']`];
  const bad = lenient
    ? 'NULL'
    : `CAST(sf_bad_cast(${json}, ${quote(to.kind === 'fixed' ? 'FIXED' : typeName(to))}) AS ${storage})`;
  const fromText = castTo(binder, { sql: text, type: TEXT }, to, true).sql;
  const held = (then: string): string =>
    `list_transform([{'j': ${sql}, 't': sf_typeof(${sql}), 's': sf_vtext(${sql})}], lambda held: CASE WHEN ${kind} IS NULL OR ${kind} = 'NULL_VALUE' THEN NULL ELSE COALESCE(${then}, ${bad}) END)[1]`;
  switch (to.kind) {
    case 'fixed': {
      const real = castTo(binder, { sql: `sf_vreal(${json})`, type: REAL }, to, true).sql;
      const bool = `WHEN ${kind} = 'BOOLEAN' THEN CAST(CAST(${text} AS BOOLEAN) AS INTEGER)`;
      const exact = `WHEN ${kind} IN ('INTEGER', 'DECIMAL') THEN ${decimalOf(text, to)}`;
      return held(
        `CAST(CASE ${exact} WHEN ${kind} = 'DOUBLE' THEN ${real} ${bool} ELSE ${fromText} END AS ${storage})`,
      );
    }
    case 'real':
      return held(`sf_vreal(${json})`);
    case 'timestamp_ntz':
    case 'timestamp_ltz':
    case 'timestamp_tz': {
      // A number in a VARIANT is an instant: to NTZ it goes through the session's zone (documented for TO_TIMESTAMP).
      const seconds: Typed = { sql: `TRY_CAST(${text} AS DECIMAL(38,9))`, type: fixed(38, 9) };
      const instant: Typed = { ...seconds, type: { ...to, kind: 'timestamp_ltz', scale: 9 } };
      const digits: Typed = { sql: `sf_text_ntz_try(${text})`, type: instant.type };
      const number = `CASE WHEN contains(${text}, '.') THEN ${castTo(binder, instant, to).sql} ELSE ${castTo(binder, digits, to).sql} END`;
      return held(`CASE WHEN ${kind} IN ${NUMERIC} THEN ${number} ELSE ${fromText} END`);
    }
    default:
      return held(fromText);
  }
}

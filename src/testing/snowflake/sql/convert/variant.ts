import type { Binder } from './binder.js';
import { asText, castTo } from './cast.js';
import { type DataType, fixed, fixedText, isSemi, REAL, storageOf, TEXT, typeName } from '../types/data-type.js';
import { quote } from '../types/quote.js';
import type { Typed } from './scope.js';
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

const NUMERIC = `('INTEGER', 'DECIMAL', 'DOUBLE')`;

/** `v::TYPE`: by the type of what the VARIANT holds. */
export function fromVariant(binder: Binder, value: Typed, to: DataType, lenient: boolean): string {
  const { sql } = value;
  if (to.kind === 'text') {
    const text = { sql: `sf_vtext(${sql})`, type: TEXT };
    return castTo(binder, text, to, lenient).sql;
  }
  const storage = storageOf(to);
  const bad = lenient
    ? 'NULL'
    : `CAST(sf_bad_cast(${sql}, ${quote(to.kind === 'fixed' ? 'FIXED' : typeName(to))}) AS ${storage})`;
  const fromText = castTo(binder, { sql: `sf_vtext(${sql})`, type: TEXT }, to, true).sql;
  const guarded = (then: string): string =>
    `CASE WHEN ${sql} IS NULL OR json_type(${sql}) = 'NULL' THEN NULL ELSE COALESCE(${then}, ${bad}) END`;
  switch (to.kind) {
    case 'fixed': {
      const real = castTo(binder, { sql: `sf_vreal(${sql})`, type: REAL }, to, true).sql;
      const bool = `WHEN json_type(${sql}) = 'BOOLEAN' THEN CAST(CAST(sf_vtext(${sql}) AS BOOLEAN) AS INTEGER)`;
      return guarded(
        `CAST(CASE ${bool} WHEN sf_typeof(${sql}) = 'DOUBLE' THEN ${real} ELSE ${fromText} END AS ${storage})`,
      );
    }
    case 'real':
      return guarded(`sf_vreal(${sql})`);
    case 'timestamp_ntz':
    case 'timestamp_ltz':
    case 'timestamp_tz': {
      // A number in a VARIANT is an instant: to NTZ it goes through the session's zone (documented for TO_TIMESTAMP).
      const seconds: Typed = { sql: `TRY_CAST(sf_vtext(${sql}) AS DECIMAL(38,9))`, type: fixed(38, 9) };
      const instant: Typed = { ...seconds, type: { ...to, kind: 'timestamp_ltz', scale: 9 } };
      const digits: Typed = { sql: `sf_text_ntz_try(sf_vtext(${sql}))`, type: instant.type };
      const number = `CASE WHEN contains(sf_vtext(${sql}), '.') THEN ${castTo(binder, instant, to).sql} ELSE ${castTo(binder, digits, to).sql} END`;
      return guarded(`CASE WHEN sf_typeof(${sql}) IN ${NUMERIC} THEN ${number} ELSE ${fromText} END`);
    }
    default:
      return guarded(fromText);
  }
}

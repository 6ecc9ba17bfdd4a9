import { type Binder } from './binder.js';
import { castTo } from './cast.js';
import {
  type DataType,
  fixed,
  fixedReal,
  fixedText,
  isNumeric,
  isOpaque,
  isSemi,
  isTimestamp,
  LTZ,
  text,
  typeName,
  VARIANT,
  withScale,
} from '../types/data-type.js';
import type { Typed } from './scope.js';
import { cannotConvert, unsupported } from '../types/sql-errors.js';
import { SnowflakeSqlError } from '../types/sql-engine.js';

/**
 * The type of a text that stands where a number is wanted: a constant's own digits, else NUMBER(18,5) (documentation of
 * COALESCE).
 */
function numberType(value: Typed): DataType {
  if (value.constant !== undefined) {
    const match = /^\s*[+-]?(\d*)(?:\.(\d*))?\s*$/.exec(value.constant);
    if (match !== null && /\d/.test(value.constant)) {
      const scale = match[2]?.length ?? 0;
      return fixed(Math.max(38, (match[1]?.length ?? 0) + scale), scale);
    }
    // Snowflake converts constants when it compiles, whether their branch is ever taken or not.
    if (!/^\s*[+-]?(\d+\.?\d*|\.\d+)[eE][+-]?\d+\s*$/.test(value.constant))
      throw new SnowflakeSqlError('100038', '22018', `Numeric value '${value.constant}' is not recognized`);
  }
  return fixed(18, 5);
}

/** The wider of two number types. */
export function widerFixed(a: DataType, b: DataType): DataType {
  const scale = Math.max(a.scale, b.scale);
  return fixed(Math.max(a.precision - a.scale, b.precision - b.scale) + scale, scale);
}

/**
 * The type that two operands of a comparison, or two branches, are brought to. Timestamps and numbers don't mix: Snowflake
 * refuses the statement.
 */
export function commonType(a: Typed, b: Typed): DataType {
  const [x, y] = [a.type, b.type];
  if (x.kind === 'null') return y;
  if (y.kind === 'null') return x;
  if (x.kind === y.kind) {
    if (x.kind === 'fixed') return widerFixed(x, y);
    if (x.kind === 'text') return text(Math.max(x.length, y.length));
    return x.scale >= y.scale ? x : y;
  }
  for (const side of [a, b]) if (isOpaque(side.type)) throw unsupported(`${typeName(side.type)} beside another type`);
  if (isSemi(x) || isSemi(y)) return VARIANT;
  if (isNumeric(x) && isNumeric(y)) return x.kind === 'real' ? x : y;
  for (const [one, other] of [
    [a, b],
    [b, a],
  ] as const) {
    const [type, against] = [one.type, other.type];
    if (type.kind === 'text') return against.kind === 'fixed' ? widerFixed(numberType(one), against) : against;
  }
  for (const [one, other] of [
    [a, b],
    [b, a],
  ] as const) {
    const [type, against] = [one.type, other.type];
    if (type.kind === 'boolean' && isNumeric(against)) return type;
    const temporal = isTimestamp(type) || type.kind === 'date' || type.kind === 'time';
    if (temporal && !isTimestamp(against) && against.kind !== 'date')
      throw cannotConvert(other.shown ?? other.sql, typeName(against), typeName(type));
  }
  if (x.kind === 'date') return y;
  if (y.kind === 'date') return x;
  if (isTimestamp(x) && isTimestamp(y)) {
    const scale = Math.max(x.scale, y.scale);
    if (x.kind === 'timestamp_tz' || y.kind === 'timestamp_tz')
      return withScale(x.kind === 'timestamp_tz' ? x : y, scale);
    return withScale(LTZ, scale);
  }
  throw cannotConvert(b.shown ?? b.sql, typeName(y), typeName(x));
}

/** The common type of several branches. */
export function commonTypeOf(values: readonly Typed[]): DataType {
  const [first, ...rest] = values;
  if (first === undefined) return { kind: 'null', precision: 0, scale: 0, length: 0 };
  let merged = first;
  for (const value of rest) merged = { ...mergeKeep(merged, value), type: commonType(merged, value) };
  return merged.type;
}

const mergeKeep = (a: Typed, b: Typed): Typed => (a.type.kind === 'null' ? b : a);

/** Brings all to one type. */
export function unify(binder: Binder, values: readonly Typed[]): { type: DataType; sqls: string[] } {
  const type = commonTypeOf(values);
  return { type, sqls: values.map((value) => coerce(binder, value, type).sql) };
}

/** An implicit conversion: like `::`, but only where Snowflake coerces by itself. */
export function coerce(binder: Binder, value: Typed, to: DataType): Typed {
  const from = value.type;
  if (from.kind === to.kind && from.precision === to.precision && from.scale === to.scale && to.kind !== 'text')
    return value;
  if (from.kind === 'text' && to.kind === 'text') return { ...value, type: to };
  return castTo(binder, value, to);
}

function variantKey({ sql, type }: Typed): string {
  if (isSemi(type)) return `sf_vkey(${sql})`;
  if (type.kind === 'fixed') return `sf_number_key(${fixedText(sql, type)}, ${fixedReal(sql, type)})`;
  return type.kind === 'real' ? `sf_real_key(${sql})` : sql;
}

/** What two sides compare as: TIMESTAMP_TZ by its instant, VARIANT by what it holds. */
export function comparable(binder: Binder, a: Typed, b: Typed): [string, string] {
  const opaque = [a, b].find((side) => isOpaque(side.type));
  if (opaque !== undefined) throw unsupported(`comparison of ${typeName(opaque.type)}`);
  const pair = (type: DataType): [string, string] => [coerce(binder, a, type).sql, coerce(binder, b, type).sql];
  const semi = [a, b].find((side) => isSemi(side.type));
  if (semi !== undefined) {
    const other = semi === a ? b : a;
    if (!isSemi(other.type) && other.type.kind !== 'null') {
      // A number is cast to VARIANT, not the VARIANT to a number (documentation, "Semi-structured data types").
      if (isNumeric(other.type)) return [variantKey(a), variantKey(b)];
      return pair(other.type);
    }
    return [variantKey(a), variantKey(b)];
  }
  const type = commonType(a, b);
  if (type.kind === 'timestamp_tz') {
    const [x, y] = pair(type);
    return [`(${x}).ts`, `(${y}).ts`];
  }
  return pair(type);
}

import { type Binder, timeZone } from './binder.js';
import { constantTime, daySql, secondsSql } from './constant-time.js';
import {
  BINARY,
  type DataType,
  fixedReal,
  fixedText,
  isOpaque,
  isSemi,
  isTimestamp,
  storageOf,
  TEXT,
  typeName,
} from '../types/data-type.js';
import { formatDateTime } from './format-date-time.js';
import { quote } from '../types/quote.js';
import type { Typed } from './scope.js';
import { cannotConvert } from '../types/sql-errors.js';
import { inputFormatOf, readByFormat } from './read-by-format.js';
import { toOpaque } from './to-opaque.js';
import { fromVariant, toVariant } from './variant.js';

/** Converts as `::` does (`lenient`: as TRY_CAST does, NULL instead of an error). */
export function castTo(binder: Binder, value: Typed, to: DataType, lenient = false): Typed {
  const done = (sql: string): Typed => ({
    sql,
    type: to,
    nullable: lenient || value.nullable !== false,
    ...(value.shown === undefined ? {} : { shown: value.shown }),
  });
  const from = value.type;
  if (from.kind === 'null') return done(`CAST(NULL AS ${storageOf(to)})`);
  if (isOpaque(to)) return done(toOpaque(binder, value, to, lenient));
  if (from.kind === 'map' && (to.kind === 'object' || to.kind === 'variant')) return done(value.sql);
  if (from.kind === 'vector' && to.kind === 'array') return done(value.sql);
  if (isOpaque(from)) throw cannotConvert(value.shown ?? value.sql, typeName(from), typeName(to));
  if (isSemi(to)) return done(toVariant(binder, value, to, lenient));
  if (isSemi(from)) return done(fromVariant(binder, value, to, lenient));
  const format = from.kind === 'text' ? inputFormatOf(binder, to) : undefined;
  if (format !== undefined)
    return done(castTo(binder, readByFormat(binder, value.sql, format, { ...to, scale: 9 }, lenient), to).sql);
  switch (to.kind) {
    case 'text':
      return done(toText(binder, value, to, lenient));
    case 'fixed':
      return done(toFixed(value, to, lenient));
    case 'real':
      if (from.kind === 'text') return done(`${lenient ? 'sf_text_real_try' : 'sf_text_real'}(${value.sql})`);
      if (from.kind === 'fixed') return done(fixedReal(value.sql, from));
      if (from.kind === 'real' || from.kind === 'boolean') return done(`CAST(${value.sql} AS DOUBLE)`);
      break;
    case 'boolean':
      if (from.kind === 'boolean') return done(value.sql);
      if (from.kind === 'text') return done(`${lenient ? 'sf_text_bool_try' : 'sf_text_bool'}(${value.sql})`);
      if (from.kind === 'fixed' || from.kind === 'real') return done(`(${value.sql} <> 0)`);
      break;
    case 'binary':
      if (from.kind === 'binary') return done(fitting(value.sql, from.length, to.length, lenient));
      if (from.kind === 'text')
        return done(
          fitting(`${lenient ? 'sf_text_hex_try' : 'sf_text_hex'}(${value.sql})`, BINARY.length, to.length, lenient),
        );
      break;
    case 'date':
      if (from.kind === 'date') return done(value.sql);
      if (from.kind === 'text') {
        const time = constantTime(value.constant);
        if (time !== undefined) return done(daySql(time));
        return done(`${lenient ? 'sf_text_date_try' : 'sf_text_date'}(${value.sql})`);
      }
      if (isTimestamp(from)) return done(`sf_dec_date(${wallClock(binder, value)})`);
      break;
    case 'time': {
      const round = (sql: string): string => truncated(sql, to.scale, 'DECIMAL(18,9)');
      if (from.kind === 'time') return done(round(value.sql));
      if (from.kind === 'text') return done(round(`${lenient ? 'sf_text_time_try' : 'sf_text_time'}(${value.sql})`));
      if (isTimestamp(from)) {
        const wall = wallClock(binder, value);
        return done(
          round(`CAST((${wall}) - CAST(floor(sf_secs(${wall}) / 86400) AS BIGINT) * 86400 AS DECIMAL(18,9))`),
        );
      }
      break;
    }
    case 'timestamp_ntz':
    case 'timestamp_ltz':
    case 'timestamp_tz':
      return done(toTimestamp(binder, value, to, lenient));
    case 'null':
      return done(value.sql);
  }
  throw cannotConvert(value.shown ?? value.sql, typeName(from), typeName(to));
}

/** A BINARY of more bytes than its type is refused. */
function fitting(sql: string, from: number, to: number, lenient: boolean): string {
  if (from <= to) return sql;
  const bad = lenient ? 'NULL' : `CAST(error('SF|100078|22000|A BINARY of more than ${to} bytes is too long') AS BLOB)`;
  return `(CASE WHEN octet_length(${sql}) > ${to} THEN ${bad} ELSE ${sql} END)`;
}

/** Fractions of a second cut to the column's digits; nine is the storage's own. */
function truncated(sql: string, scale: number, storage: string): string {
  if (scale >= 9) return sql;
  return `CAST(floor((${sql}) * ${10 ** scale}) * CAST(1e-${scale} AS DECIMAL(${scale + 1},${scale})) AS ${storage})`;
}

/** The wall clock (epoch seconds as if UTC) of a timestamp or date. */
export function wallClock(binder: Binder, value: Typed): string {
  switch (value.type.kind) {
    case 'date':
      return `sf_date_dec(${value.sql})`;
    case 'timestamp_ltz':
      return zoned('sf_to_wall', value.sql, timeZone(binder));
    case 'timestamp_tz':
      return `sf_wall_tz(${value.sql})`;
    default:
      return value.sql;
  }
}

/** Converts between wall clock and instant; nothing to do in UTC. */
export function zoned(macro: 'sf_to_wall' | 'sf_to_instant', sql: string, zone: string): string {
  return zone === 'UTC' ? sql : `${macro}(${sql}, ${quote(zone)})`;
}

/** A timestamp of the given kind from a wall clock; `like` lends its offset to TIMESTAMP_TZ. */
export function fromWallClock(binder: Binder, wall: string, to: DataType, like?: Typed): string {
  const zone = timeZone(binder);
  if (to.kind === 'date') return `sf_dec_date(${wall})`;
  if (to.kind === 'timestamp_ntz') return wall;
  if (to.kind === 'timestamp_tz' && like?.type.kind === 'timestamp_tz')
    return `sf_tz((${wall}) - (${like.sql}).off * 60, (${like.sql}).off)`;
  const instant = zoned('sf_to_instant', wall, zone);
  return to.kind === 'timestamp_ltz' ? instant : `sf_tz(${instant}, sf_offset(${instant}, ${quote(zone)}))`;
}

function toTimestamp(binder: Binder, value: Typed, to: DataType, lenient: boolean): string {
  const from = value.type;
  const zone = timeZone(binder);
  const { sql } = value;
  const instantTo = (instant: string): string =>
    to.kind === 'timestamp_ltz' ? instant : `sf_tz(${instant}, sf_offset(${instant}, ${quote(zone)}))`;
  const cut = (result: string): string =>
    to.scale >= 9
      ? result
      : to.kind === 'timestamp_tz'
        ? `sf_tz(${truncated(`(${result}).ts`, to.scale, 'DECIMAL(38,9)')}, (${result}).off)`
        : truncated(result, to.scale, 'DECIMAL(38,9)');
  if (from.kind === 'text') {
    const time = constantTime(value.constant);
    if (time !== undefined) return cut(fromWallClock(binder, secondsSql(time), to));
    const suffix = lenient ? '_try' : '';
    if (to.kind === 'timestamp_ntz') return cut(`sf_text_ntz${suffix}(${sql})`);
    const name = to.kind === 'timestamp_ltz' ? 'ltz' : 'tz';
    return cut(`sf_text_${name}${suffix}(${sql}, ${quote(zone)})`);
  }
  if (from.kind === 'fixed') {
    const seconds = `CAST(${sql} AS DECIMAL(38,9))`;
    return cut(to.kind === 'timestamp_ntz' ? seconds : instantTo(seconds));
  }
  if (from.kind === 'date' || from.kind === 'timestamp_ntz')
    return cut(fromWallClock(binder, wallClock(binder, value), to));
  if (from.kind === 'timestamp_ltz') {
    if (to.kind === 'timestamp_ntz') return cut(wallClock(binder, value));
    return cut(instantTo(sql));
  }
  if (from.kind === 'timestamp_tz') {
    if (to.kind === 'timestamp_tz') return cut(sql);
    return cut(to.kind === 'timestamp_ltz' ? `(${sql}).ts` : `sf_wall_tz(${sql})`);
  }
  throw cannotConvert(value.shown ?? sql, typeName(from), typeName(to));
}

/** The decimal that a text of digits is, or NULL. DuckDB needs 300 times as long for those of more than 18 digits. */
export function decimalOf(text: string, to: DataType): string {
  const decimal = `DECIMAL(${to.precision},${to.scale})`;
  if (to.precision <= 18 || to.scale > 17) return `TRY_CAST(${text} AS ${decimal})`;
  return `COALESCE(CAST(TRY_CAST(${text} AS DECIMAL(18,${to.scale})) AS ${decimal}), TRY_CAST(${text} AS ${decimal}))`;
}

function toFixed(value: Typed, to: DataType, lenient: boolean): string {
  const { sql, type: from } = value;
  const decimal = `DECIMAL(${to.precision},${to.scale})`;
  const storage = storageOf(to);
  const wrap = (inner: string): string => (storage === decimal ? inner : `CAST(${inner} AS ${storage})`);
  const cast = lenient ? 'TRY_CAST' : 'CAST';
  if (from.kind === 'fixed') {
    if (from.precision === to.precision && from.scale === to.scale) return sql;
    if (from.scale === 0 && to.scale === 0 && to.precision >= from.precision) return `CAST(${sql} AS ${storage})`;
    return wrap(`${cast}(${sql} AS ${decimal})`);
  }
  if (from.kind === 'boolean') return wrap(`CAST(CAST(${sql} AS INTEGER) AS ${decimal})`);
  if (from.kind === 'real') return wrap(`${cast}(${sql} AS ${decimal})`);
  if (from.kind === 'text') {
    const trimmed = `CASE WHEN sf_is_number(${sql}) THEN ${decimalOf(`trim(${sql})`, to)} END`;
    if (lenient) return wrap(`(${trimmed})`);
    return wrap(
      `(CASE WHEN ${sql} IS NULL THEN NULL ELSE COALESCE(${trimmed}, CAST(sf_bad_num(${sql}) AS ${decimal})) END)`,
    );
  }
  throw cannotConvert(value.shown ?? sql, typeName(from), typeName(to));
}

function toText(binder: Binder, value: Typed, to: DataType, lenient: boolean): string {
  const text = asText(binder, value);
  const checked = to.length < TEXT.length && !(value.type.kind === 'text' && value.type.length <= to.length);
  if (!checked) return text;
  if (lenient) return `CASE WHEN length(${text}) <= ${to.length} THEN ${text} END`;
  // An explicit cast cuts text; other types must fit.
  if (value.type.kind === 'text') return `substr(${text}, 1, ${to.length})`;
  return `CASE WHEN length(${text}) <= ${to.length} THEN ${text} WHEN ${text} IS NOT NULL THEN error('SF|100078|22000|String ''' || ${text} || ''' is too long and would be truncated') END`;
}

/** The text that a cast to VARCHAR gives, by the session's output formats. */
export function asText(binder: Binder, value: Typed): string {
  const { sql, type } = value;
  const format = (name: string): string => String(binder.parameter(name));
  switch (type.kind) {
    case 'text':
    case 'null':
      return sql;
    case 'fixed':
      return fixedText(sql, type);
    case 'real':
      return `sf_real_text(${sql})`;
    case 'boolean':
      return `CASE WHEN ${sql} THEN 'true' WHEN NOT (${sql}) THEN 'false' END`;
    case 'binary':
      return binder.parameter('BINARY_OUTPUT_FORMAT') === 'BASE64' ? `base64(${sql})` : `hex(${sql})`;
    case 'date':
      return formatDateTime(binder, value, format('DATE_OUTPUT_FORMAT'));
    case 'time':
      return formatDateTime(binder, value, format('TIME_OUTPUT_FORMAT'));
    case 'timestamp_ntz':
    case 'timestamp_ltz':
    case 'timestamp_tz': {
      const own = format(`${type.kind.toUpperCase()}_OUTPUT_FORMAT`);
      return formatDateTime(binder, value, own === '' ? format('TIMESTAMP_OUTPUT_FORMAT') : own);
    }
    default:
      if (isOpaque(type)) throw cannotConvert(value.shown ?? sql, typeName(type), 'VARCHAR');
      return `sf_vtext(${sql})`;
  }
}

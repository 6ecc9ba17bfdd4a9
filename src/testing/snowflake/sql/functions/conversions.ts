import { raise } from '../catalog/raise.js';
import { castTo } from '../convert/cast.js';
import {
  BINARY,
  BOOLEAN,
  DATE,
  type DataType,
  fixed,
  GEOGRAPHY,
  GEOMETRY,
  LTZ,
  NTZ,
  REAL,
  TEXT,
  TIME,
  TZ,
} from '../types/data-type.js';
import { formatDateTime } from '../convert/format-date-time.js';
import { formatNumber } from '../convert/format-number.js';
import { readByFormat, withAutoFormats } from '../convert/read-by-format.js';
import { quote } from '../types/quote.js';
import type { Typed } from '../convert/scope.js';
import { unsupported } from '../types/sql-errors.js';
import type { Call, FunctionBinder } from '../convert/binder.js';

const constantInt = (call: Call, index: number): number | undefined => {
  const value = call.args[index];
  if (value === undefined) return undefined;
  const number = Number(value.constant);
  if (value.constant === undefined || !Number.isInteger(number))
    throw unsupported(`${call.node.name} with a computed precision`);
  return number;
};

/** TO_TIMESTAMP_*(n, scale), (text, format), (anything castable). */
const timestamp =
  (type: DataType, lenient: boolean): FunctionBinder =>
  (call) => {
    const { binder } = call;
    const value = call.arg(0);
    const second = call.args[1];
    if (second === undefined) return { ...castTo(binder, value, type, lenient) };
    if (value.type.kind === 'fixed') {
      const scale = constantInt(call, 1) ?? 0;
      const factor = scale === 0 ? '1' : `CAST('0.${'0'.repeat(scale - 1)}1' AS DECIMAL(${scale + 1},${scale}))`;
      const width = 38 - scale;
      const seconds: Typed = {
        sql: `CAST(CAST(${value.sql} AS DECIMAL(${width},0)) * ${factor} AS DECIMAL(38,9))`,
        type: fixed(38, 9),
      };
      return castTo(binder, seconds, type, lenient);
    }
    const format = second.constant;
    if (format === undefined) throw unsupported(`${call.node.name} with a computed format`);
    if (format.toUpperCase() === 'AUTO') return castTo(withAutoFormats(binder), value, type, lenient);
    return readByFormat(binder, castTo(binder, value, TEXT).sql, format, type, lenient);
  };

/** The digits of a text, where it has no more of anything than the format; else the text itself, which is no number. */
function numberByFormat(text: string, format: string | undefined, name: string): string {
  const parts = /^(\$?)([90,]+)(?:\.([90]+))?$/.exec((format ?? '').trim());
  if (parts === null) throw unsupported(`${name} with this format`);
  const [, dollar = '', whole = '', fraction = ''] = parts;
  const digits = whole.includes(',') ? '[0-9,]' : '[0-9]';
  const pattern = `\\s*[+-]?${dollar === '' ? '' : '\\$?'}${digits}{0,${whole.length}}${fraction === '' ? '' : `(\\.[0-9]{0,${fraction.length}})?`}\\s*`;
  return `(CASE WHEN regexp_full_match(${text}, ${quote(pattern)}) THEN replace(replace(${text}, ',', ''), '$', '') ELSE ${text} || ' ' || ${quote(format ?? '')} END)`;
}

/** Hexadecimal digits, no more of them than the format has. */
function hexNumber(text: string, format: string, lenient: boolean): string {
  const bad = lenient
    ? 'NULL'
    : raise('100140', '22007', `'Can''t parse ''' || ${text} || ''' as number with format ''${format}'''`);
  const digits = `list_reduce(list_transform(string_split(${text}, ''), lambda h: CAST(CAST('0x' || h AS INTEGER) AS HUGEINT)), lambda a, b: a * 16 + b)`;
  return `(CASE WHEN ${text} IS NULL THEN NULL WHEN regexp_full_match(${text}, '[0-9A-Fa-f]{1,${format.length}}') THEN ${digits} ELSE ${bad} END)`;
}

const number =
  (lenient: boolean): FunctionBinder =>
  (call) => {
    let from = 1;
    let value = call.arg(0);
    const format = call.args[1];
    if (format?.type.kind === 'text') {
      from = 2;
      const text = castTo(call.binder, value, TEXT).sql;
      if (/^X{1,31}$/i.test(format.constant ?? ''))
        value = { sql: hexNumber(text, format.constant ?? '', lenient), type: fixed(38, 0) };
      else value = { sql: numberByFormat(text, format.constant, call.node.name), type: TEXT };
    }
    const precision = constantInt(call, from) ?? 38;
    const scale = constantInt(call, from + 1) ?? 0;
    return castTo(call.binder, value, fixed(precision, scale), lenient);
  };

const plain =
  (type: DataType, lenient = false): FunctionBinder =>
  (call) =>
    castTo(call.binder, call.arg(0), type, lenient);

const toText: FunctionBinder = (call) => {
  const value = call.arg(0);
  const format = call.args[1];
  if (format === undefined) return castTo(call.binder, value, TEXT);
  if (value.type.kind === 'binary') {
    const encoding = (format.constant ?? '').toUpperCase();
    if (encoding === 'HEX') return { sql: `hex(${value.sql})`, type: TEXT };
    if (encoding === 'BASE64') return { sql: `base64(${value.sql})`, type: TEXT };
    if (encoding === 'UTF-8' || encoding === 'UTF8') return { sql: `decode(${value.sql})`, type: TEXT };
    throw unsupported(`TO_VARCHAR of BINARY as ${encoding}`);
  }
  if (format.constant === undefined) throw unsupported(`${call.node.name} with a computed format`);
  if (value.type.kind === 'fixed' || value.type.kind === 'real') return formatNumber(value, format.constant);
  const temporal = value.type.kind === 'text' ? castTo(call.binder, value, NTZ) : value;
  return { sql: formatDateTime(call.binder, temporal, format.constant), type: TEXT };
};

const toBinary =
  (lenient: boolean): FunctionBinder =>
  (call) => {
    const value = call.arg(0);
    const encoding = (call.args[1]?.constant ?? 'HEX').toUpperCase();
    if (encoding === 'HEX' || value.type.kind === 'binary') return castTo(call.binder, value, BINARY, lenient);
    const text = castTo(call.binder, value, TEXT).sql;
    if (encoding === 'UTF-8' || encoding === 'UTF8') return { sql: `encode(${text})`, type: BINARY };
    if (encoding === 'BASE64')
      return { sql: lenient ? `sf_try_base64(${text})` : `from_base64(${text})`, type: BINARY };
    throw unsupported(`TO_BINARY with ${quote(encoding)}`);
  };

const NAMES: Record<string, (lenient: boolean) => FunctionBinder> = {
  TO_TIMESTAMP: (lenient) => timestamp(NTZ, lenient),
  TO_TIMESTAMP_NTZ: (lenient) => timestamp(NTZ, lenient),
  TO_TIMESTAMP_LTZ: (lenient) => timestamp(LTZ, lenient),
  TO_TIMESTAMP_TZ: (lenient) => timestamp(TZ, lenient),
  TO_DATE: (lenient) => timestamp(DATE, lenient),
  TO_TIME: (lenient) => timestamp(TIME, lenient),
  TO_NUMBER: number,
  TO_DECIMAL: number,
  TO_NUMERIC: number,
  TO_DOUBLE: (lenient) => plain(REAL, lenient),
  TO_BOOLEAN: (lenient) => plain(BOOLEAN, lenient),
  TO_BINARY: toBinary,
  TO_GEOGRAPHY: (lenient) => plain(GEOGRAPHY, lenient),
  TO_GEOMETRY: (lenient) => plain(GEOMETRY, lenient),
};

/** TO_… and TRY_TO_…. */
export const conversions: Record<string, FunctionBinder> = {
  TO_CHAR: toText,
  TO_VARCHAR: toText,
  DATE: timestamp(DATE, false),
  TIME: timestamp(TIME, false),
  ...Object.fromEntries(
    Object.entries(NAMES).flatMap(([name, build]) => [
      [name, build(false)],
      [`TRY_${name}`, build(true)],
    ]),
  ),
};

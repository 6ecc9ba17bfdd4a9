import { MappingError } from '../../errors/errors.js';
import type { Column, ColumnType } from '../../source/source.js';
import { canonicalDecimal } from './canonical-decimal.js';
import { decodeJson } from './decode-json.js';
import { decodeNative } from './decode-native.js';
import { decodeDecimal, decodeReal, numberText } from './decode-number.js';
import { decodeDate, decodeTime, decodeTimestamp, decodeTimestampTz } from './decode-temporal.js';
import { MOST_LEVELS } from './json-depth.js';
import type { JsonValue } from '../message.js';
import { kindOf, rowError } from '../row-error.js';
import type { RowInfo } from '../row-mapper.js';
import { notJsonHint } from './not-json.js';
import { sqlTypeName } from './sql-type-name.js';

/** Turns a value that is neither null nor undefined into a JSON value. Throws a row error for one that does not fit. */
export type Decode = (value: unknown, info: RowInfo) => JsonValue;

/** How one column is to be decoded, from the mapper's options. */
export interface DecodeOptions {
  readonly numbers: 'auto' | 'string';
  readonly booleans: 'boolean' | 'string';
  /** Whether 0 and 1 are booleans. */
  readonly zeroOne: boolean;
}

/** Numbers as numbers, booleans as booleans. */
export const DEFAULT_DECODE: DecodeOptions = { numbers: 'auto', booleans: 'boolean', zeroOne: false };

/** A row lost a number that JSON cannot hold: NaN or an infinity became null. */
export const NUMBER_NOT_FINITE = 'NUMBER_NOT_FINITE';

/** A text decoder: `undefined` for text that is malformed. */
type DecodeText = (text: string, info: RowInfo) => JsonValue | undefined;

const NUMERIC: ReadonlySet<ColumnType> = new Set(['fixed', 'decfloat', 'real', 'native']);

const SEMI_STRUCTURED: ReadonlySet<ColumnType> = new Set([
  'variant',
  'object',
  'array',
  'map',
  'geography',
  'geometry',
  'vector',
]);

const JSON_TEXT = `JSON of at most ${MOST_LEVELS} levels`;

const EXPECTED: Readonly<Record<ColumnType, string>> = {
  fixed: 'a decimal number',
  decfloat: 'a decimal number',
  real: 'a FLOAT',
  text: 'a text',
  boolean: 'a boolean',
  date: 'days since 1970-01-01',
  time: 'seconds since midnight',
  timestamp_ntz: 'Unix seconds',
  timestamp_ltz: 'Unix seconds',
  timestamp_tz: 'Unix seconds and an offset',
  variant: JSON_TEXT,
  object: JSON_TEXT,
  array: JSON_TEXT,
  map: JSON_TEXT,
  geography: "GeoJSON (ALTER USER … SET GEOGRAPHY_OUTPUT_FORMAT = 'GeoJSON')",
  geometry: "GeoJSON (ALTER USER … SET GEOMETRY_OUTPUT_FORMAT = 'GeoJSON')",
  vector: JSON_TEXT,
  binary: 'hexadecimal text',
  native: 'a value that JSON can hold',
};

function booleanOf(text: string): boolean | undefined {
  switch (text) {
    case 'true':
    case '1':
    case 'TRUE':
      return true;
    case 'false':
    case '0':
    case 'FALSE':
      return false;
    default:
      return undefined;
  }
}

function zeroOneText(text: string): boolean | undefined {
  const canonical = canonicalDecimal(text);
  return canonical === '1' ? true : canonical === '0' ? false : undefined;
}

function realText(column: Column, numbers: 'auto' | 'string'): DecodeText {
  return (text, info) => {
    const value = decodeReal(text);
    if (value === undefined) return undefined;
    if (Number.isNaN(value)) {
      info.warn?.(NUMBER_NOT_FINITE, column.name);
      return null;
    }
    return numbers === 'string' ? numberText(value) : value;
  };
}

function textDecoder(column: Column, options: DecodeOptions): DecodeText {
  const asBoolean = (value: boolean | undefined): JsonValue | undefined =>
    options.booleans === 'string' && value !== undefined ? String(value) : value;
  if (options.zeroOne && NUMERIC.has(column.type)) return (text) => asBoolean(zeroOneText(text));
  switch (column.type) {
    case 'fixed':
    case 'decfloat':
      return options.numbers === 'string' ? canonicalDecimal : decodeDecimal;
    case 'real':
      return realText(column, options.numbers);
    case 'boolean':
      return (text) => asBoolean(booleanOf(text));
    case 'date':
      return decodeDate;
    case 'time':
      return decodeTime;
    case 'timestamp_ntz':
    case 'timestamp_ltz':
      return decodeTimestamp;
    case 'timestamp_tz':
      return decodeTimestampTz;
    case 'text':
    case 'binary':
    case 'native':
      return (text) => text;
    default:
      return (text, info) => decodeJson(text, () => info.warn?.(NUMBER_NOT_FINITE, column.name));
  }
}

function nativeDecoder(column: Column, options: DecodeOptions): Decode {
  return (value, info) => {
    const decoded = decodeNative(value, () => info.warn?.(NUMBER_NOT_FINITE, column.name));
    if (decoded === undefined) {
      throw rowError(info.row, { column: column.name, expected: EXPECTED.native, found: kindOf(value) });
    }
    if (typeof value === 'boolean') return options.booleans === 'string' ? String(value) : value;
    if ((typeof value !== 'number' && typeof value !== 'bigint') || decoded === null) return decoded;
    if (options.zeroOne) {
      if (decoded !== 0 && decoded !== 1) {
        throw rowError(info.row, { column: column.name, expected: '0 or 1', found: kindOf(value) });
      }
      return options.booleans === 'string' ? String(decoded === 1) : decoded === 1;
    }
    return options.numbers === 'string' && typeof decoded === 'number' ? numberText(decoded) : decoded;
  };
}

/**
 * Rejects options that make no sense for the column's type, before the first row.
 *
 * @throws MappingError `MAPPING_COLUMNS`
 */
export function checkDecode(column: Column, options: DecodeOptions): void {
  if (!options.zeroOne || NUMERIC.has(column.type) || column.type === 'boolean') return;
  throw new MappingError(
    'MAPPING_COLUMNS',
    `Option \`booleans\` names column ${column.name} of type ${sqlTypeName(column.type)}; 0 and 1 are in NUMBER columns only.`,
    { hint: `Cast it in the query: …::BOOLEAN AS "${column.name.toLowerCase()}".` },
  );
}

/**
 * Compiles the decoder of one column.
 *
 * @throws MappingError `MAPPING_COLUMNS` when the options do not fit the column's type
 */
export function createDecoder(column: Column, options: DecodeOptions): Decode {
  checkDecode(column, options);
  const native = nativeDecoder(column, options);
  if (column.type === 'native') return native;
  const decode = textDecoder(column, options);
  const expected = options.zeroOne && column.type !== 'boolean' ? '0 or 1' : EXPECTED[column.type];
  return (value, info) => {
    // A source that hands out JavaScript values in a typed column loses nothing either.
    if (typeof value !== 'string') return native(value, info);
    const decoded = decode(value, info);
    if (decoded !== undefined) return decoded;
    const hint = SEMI_STRUCTURED.has(column.type) ? notJsonHint(value, column) : undefined;
    throw rowError(info.row, { column: column.name, expected, found: kindOf(value), hint });
  };
}

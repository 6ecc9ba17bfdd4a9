import type { Column } from '../../source/source.js';
import { decodeDecimal, decodeReal } from './decode-number.js';
import { decodeDate, decodeTime, decodeTimestamp, decodeTimestampTz } from './decode-temporal.js';
import { createDecoder, type DecodeOptions } from './decoder.js';
import type { JsonValue } from '../message.js';
import type { CanonicalJsonOptions } from '../row-mapper.js';
import { sortedJson } from './sorted-json.js';
import { isPlainJson, isPlainNumber, jsonString } from './json-text.js';

/**
 * The JSON text of what {@link createDecoder} makes of the same wire text; `undefined` when that decoder has to be
 * asked, because it would warn or throw.
 */
export type EncodeJson = (text: string) => string | undefined;

/** How JSON that stands in a column is written. */
export interface JsonForm {
  /** The text in this form, when that can be told without parsing it. */
  readonly quick?: ((text: string) => string | undefined) | undefined;
  readonly stringify: (value: JsonValue) => string;
}

/** Means the same as what JSON.stringify gives. */
const anyForm: JsonForm = { quick: (text) => (isPlainJson(text) ? text : undefined), stringify: JSON.stringify };

/** The very text that JSON.stringify gives. */
export const exactForm: JsonForm = { stringify: JSON.stringify };

/** The form of messages that are compared; of all others any form. */
export function jsonForm(canonical: CanonicalJsonOptions | undefined): JsonForm {
  return canonical === undefined ? anyForm : { quick: sortedJson, stringify: canonical.stringify };
}

/** Decodes and stringifies: for values and options that are rare. */
function encodeSlowly(column: Column, options: DecodeOptions, { stringify }: JsonForm): EncodeJson {
  const decode = createDecoder(column, options);
  let warnings = 0;
  const info = {
    row: 0,
    warn: () => {
      warnings += 1;
    },
  };
  return (text) => {
    const before = warnings;
    try {
      const json = stringify(decode(text, info));
      return warnings > before ? undefined : json;
    } catch {
      return undefined;
    }
  };
}

function quoted(decode: (text: string) => string | undefined): EncodeJson {
  return (text) => {
    const decoded = decode(text);
    return decoded === undefined ? undefined : `"${decoded}"`;
  };
}

function encodeDecimal(text: string): string | undefined {
  if (isPlainNumber(text)) return text;
  const decoded = decodeDecimal(text);
  return typeof decoded === 'string' ? `"${decoded}"` : decoded === undefined ? undefined : String(decoded);
}

function encodeReal(text: string): string | undefined {
  if (isPlainNumber(text)) return text;
  const decoded = decodeReal(text);
  return decoded === undefined || Number.isNaN(decoded) ? undefined : String(decoded);
}

function encodeBoolean(text: string): string | undefined {
  return text === '1' || text === 'true' ? 'true' : text === '0' || text === 'false' ? 'false' : undefined;
}

/**
 * Compiles the encoder of one column.
 *
 * @throws MappingError `MAPPING_COLUMNS` when the options do not fit the column's type
 */
export function createJsonEncoder(column: Column, options: DecodeOptions, form: JsonForm): EncodeJson {
  const slow = encodeSlowly(column, options, form);
  const { type } = column;
  const isNumber = type === 'fixed' || type === 'decfloat' || type === 'real';
  if ((isNumber && (options.zeroOne || options.numbers === 'string')) || type === 'native') return slow;
  switch (type) {
    case 'fixed':
    case 'decfloat':
      return encodeDecimal;
    case 'real':
      return encodeReal;
    case 'boolean':
      return options.booleans === 'string' ? slow : (text) => encodeBoolean(text) ?? slow(text);
    case 'date':
      return quoted(decodeDate);
    case 'time':
      return quoted(decodeTime);
    case 'timestamp_ntz':
    case 'timestamp_ltz':
      return quoted(decodeTimestamp);
    case 'timestamp_tz':
      return quoted(decodeTimestampTz);
    case 'text':
    case 'binary':
      return jsonString;
    default:
      return (text) => form.quick?.(text) ?? slow(text);
  }
}

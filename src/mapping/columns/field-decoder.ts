import { MappingError } from '../../errors/errors.js';
import type { Column, ColumnType } from '../../source/source.js';
import type { FieldKind } from './call-spec.js';
import { canonicalDecimal } from '../values/canonical-decimal.js';
import { decodeJson } from '../values/decode-json.js';
import { numberText } from '../values/decode-number.js';
import { createDecoder, DEFAULT_DECODE, NUMBER_NOT_FINITE } from '../values/decoder.js';
import { floatIdHint, idTextOf, inexactNumber } from '../values/id-text.js';
import { isIsoTimestamp, withTime } from '../values/iso-timestamp.js';
import { MOST_LEVELS } from '../values/json-depth.js';
import type { JsonValue } from '../message.js';
import { kindOf, rowError } from '../row-error.js';
import type { RowInfo } from '../row-mapper.js';
import { sqlTypeName } from '../values/sql-type-name.js';

/** Reads one field of a message from a value; `undefined` when the row has none. */
export type DecodeField = (value: unknown, info: RowInfo) => JsonValue | undefined;

const ALLOWED: Readonly<Record<FieldKind, readonly ColumnType[]>> = {
  id: ['text', 'fixed', 'decfloat', 'real', 'variant', 'binary', 'native'],
  messageId: ['text', 'fixed', 'decfloat', 'variant', 'binary', 'native'],
  text: ['text', 'fixed', 'decfloat', 'variant', 'native'],
  timestamp: ['timestamp_ntz', 'timestamp_ltz', 'timestamp_tz', 'date', 'text', 'variant', 'native'],
  object: ['variant', 'object', 'map', 'text', 'native'],
};

const FIX: Readonly<Record<FieldKind, (name: string, field: string) => string>> = {
  id: (name, field) => `Write TO_VARCHAR(${name}) AS "${field}".`,
  messageId: (name) => `Write SHA2(TO_VARCHAR(${name})) AS "messageId".`,
  text: (name, field) => `Write TO_VARCHAR(${name}) AS "${field}".`,
  timestamp: (name, field) => `Write TO_TIMESTAMP_NTZ(${name}) AS "${field}".`,
  object: (name, field) => `Write OBJECT_CONSTRUCT('key', ${name}) AS "${field}".`,
};

const MESSAGE_ID = /^[A-Za-z0-9._-]{1,64}$/;

/** Whether a text may be a message id: at most 64 characters of `[A-Za-z0-9._-]`. */
export function isMessageId(text: string): boolean {
  return MESSAGE_ID.test(text);
}

/** Numbers, texts and what a VARIANT holds of both, as text. */
function scalarText(column: Column): (value: unknown) => string | undefined {
  const fromJson = (value: unknown): string | undefined => {
    if (typeof value === 'string') return value;
    if (typeof value === 'bigint') return value.toString();
    // A larger number has lost digits before it came here.
    if (typeof value !== 'number' || !Number.isFinite(value)) return undefined;
    return Number.isInteger(value) && !Number.isSafeInteger(value) ? undefined : numberText(value);
  };
  return (value) => {
    if (typeof value !== 'string' || column.type === 'native') return fromJson(value);
    switch (column.type) {
      case 'fixed':
      case 'decfloat':
        return canonicalDecimal(value);
      case 'variant':
        return fromJson(decodeJson(value, () => undefined));
      default:
        return value;
    }
  };
}

function isJsonNull(column: Column, value: unknown): boolean {
  return column.type === 'variant' && value === 'null';
}

function decodeId(column: Column, kind: 'id' | 'messageId' | 'text', field: string): DecodeField {
  const text = kind === 'text' ? scalarText(column) : idTextOf(column);
  return (value, info) => {
    if (isJsonNull(column, value)) return undefined;
    const id = text(value);
    if (id === undefined) {
      const found = kind === 'text' ? undefined : inexactNumber(column, value);
      throw rowError(info.row, {
        column: column.name,
        expected: `${field}: a text or a whole number without loss`,
        found: found ?? kindOf(value),
        hint: found === undefined ? FIX[kind](column.name, field) : floatIdHint(column.name, field),
      });
    }
    // An empty text identifies nobody.
    if (id === '' && kind !== 'text') return undefined;
    if (kind === 'messageId' && !isMessageId(id)) {
      throw rowError(info.row, {
        column: column.name,
        expected: 'messageId: 1 to 64 characters of A-Z a-z 0-9 . _ -',
        found: kindOf(id),
        hint: FIX.messageId(column.name, field),
      });
    }
    return id;
  };
}

function decodeTimestampField(column: Column, field: string): DecodeField {
  const decode = createDecoder(column, DEFAULT_DECODE);
  return (value, info) => {
    const text = decode(value, info);
    if (text === null) return undefined;
    if (typeof text === 'string' && isIsoTimestamp(text)) return withTime(text);
    throw rowError(info.row, {
      column: column.name,
      expected: `${field}: an ISO-8601 time with its zone, such as 2024-02-29T13:37:00Z`,
      found: kindOf(text),
      hint: FIX.timestamp(column.name, field),
    });
  };
}

function decodeObjectField(column: Column, field: string): DecodeField {
  const decode = createDecoder(column, DEFAULT_DECODE);
  return (value, info) => {
    const object =
      typeof value === 'string'
        ? decodeJson(value, () => info.warn?.(NUMBER_NOT_FINITE, column.name))
        : decode(value, info);
    if (object === null) return undefined;
    if (typeof object === 'object' && !Array.isArray(object)) return object;
    throw rowError(info.row, {
      column: column.name,
      expected: `${field}: a JSON object`,
      found: object === undefined ? `text that is not JSON of at most ${MOST_LEVELS} levels` : kindOf(object),
      hint: `${FIX.object(column.name, field)} Or PARSE_JSON(${column.name}) when it holds JSON.`,
    });
  };
}

/**
 * Compiles the reader of one reserved column.
 *
 * @throws MappingError `MAPPING_COLUMNS` when a column of that type cannot hold such a field
 */
export function createFieldDecoder(column: Column, field: string, kind: FieldKind): DecodeField {
  if (!ALLOWED[kind].includes(column.type)) {
    throw new MappingError(
      'MAPPING_COLUMNS',
      `Column ${column.name} has type ${sqlTypeName(column.type)}, which cannot be the ${field} of a call.`,
      { hint: FIX[kind](column.name, field) },
    );
  }
  if (kind === 'object') return decodeObjectField(column, field);
  if (kind !== 'timestamp') return decodeId(column, kind, field);
  const { type } = column;
  if (type === 'date' || type === 'text' || type === 'variant' || type === 'native') {
    return decodeTimestampField(column, field);
  }
  return createDecoder(column, DEFAULT_DECODE);
}

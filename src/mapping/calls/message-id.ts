import type { ColumnLayout, LaidOutColumn } from '../columns/column-layout.js';
import type { ColumnType } from '../../source/source.js';
import { mayChange } from '../values/decode-json.js';
import { DEFAULT_DECODE, createDecoder } from '../values/decoder.js';
import { floatId, hidesDigits } from '../values/id-text.js';
import type { JsonValue } from '../message.js';
import { rowError } from '../row-error.js';
import type { RowInfo } from '../row-mapper.js';
import { hash } from 'node:crypto';

/** Makes a row's message id; `undefined` when the engine shall make one from run and row. */
export type MakeMessageId = (
  values: readonly unknown[],
  bag: Readonly<Record<string, JsonValue>> | undefined,
  hasTimestamp: boolean,
  info: RowInfo,
) => string | undefined;

type Normalise = (
  values: readonly unknown[],
  bag: Readonly<Record<string, JsonValue>> | undefined,
  info: RowInfo,
) => JsonValue;

/** The value that a column has in the message; other columns are decoded for the hash alone. */
function normalise(planned: LaidOutColumn): Normalise {
  if (planned.target === 'bag') {
    const { key } = planned;
    return (_values, bag) => (bag !== undefined && Object.hasOwn(bag, key) ? (bag[key] ?? null) : null);
  }
  const decode = createDecoder(planned.column, DEFAULT_DECODE);
  return (values, _bag, info) => {
    const value = values[planned.position];
    if (value === null || value === undefined) return null;
    try {
      return decode(value, { row: info.row });
    } catch (error) {
      // A column that is not sent must not reject its row; its text tells rows apart as well.
      if (typeof value === 'string') return value;
      throw error;
    }
  };
}

const JSON_TYPES: ReadonlySet<ColumnType> = new Set([
  'variant',
  'object',
  'array',
  'map',
  'geography',
  'geometry',
  'vector',
]);

/**
 * Whether other values of the column may be decoded to the same: null is what NaN and the null of JSON become as well,
 * and a long number in JSON the text of its digits.
 *
 * @param isNull - whether the value was decoded to null
 */
export function isAmbiguous(type: ColumnType, value: unknown, isNull: boolean): boolean {
  if (value === null || value === undefined) return false;
  return isNull || (JSON_TYPES.has(type) && typeof value === 'string' && mayChange(value));
}

function byName(one: LaidOutColumn, other: LaidOutColumn): number {
  return one.column.name < other.column.name ? -1 : 1;
}

/** Whether a value of a column named in `messageId.from` may stand for others as well: see `floatId`. */
export function isInexactFloat(type: ColumnType, value: unknown): boolean {
  return type === 'real' && typeof value === 'string' && floatId(value) === undefined;
}

/** The columns whose values make the id, sorted by name. */
export function idColumns(layout: ColumnLayout): readonly LaidOutColumn[] {
  const from = layout.messageIdFrom;
  const used = from === undefined ? layout.columns : layout.columns.filter(({ position }) => from.includes(position));
  return [...used].sort(byName);
}

/**
 * Compiles the content-based message ids of one result.
 *
 * @param hashed whether rows with a timestamp get one from all their columns
 * @returns `undefined` when no row gets one
 */
export function compileMessageId(layout: ColumnLayout, hashed: boolean): MakeMessageId | undefined {
  const from = layout.messageIdFrom;
  if (from === undefined && !hashed) return undefined;
  const sources = idColumns(layout).map((planned) => ({ ...planned, read: normalise(planned) }));
  return (values, bag, hasTimestamp, info) => {
    if (from === undefined && (!hasTimestamp || info.contentIds === false)) return undefined;
    const named: NamedValue[] = [];
    let empty = true;
    for (const { column, position, read } of sources) {
      const value = values[position];
      if (from !== undefined && isInexactFloat(column.type, value)) throw inexactFloat(column.name, info);
      // The engine's own ids keep rows apart that look the same.
      if (hidesDigits(column, value)) return undefined;
      const decoded = read(values, bag, info);
      if (decoded !== null) empty = false;
      const isText = isAmbiguous(column.type, value, decoded === null);
      named.push(isText ? [column.name, String(value), 'raw'] : [column.name, decoded]);
    }
    // Without any value all such rows would be one.
    if (from !== undefined && empty) return undefined;
    // Of another name it would be an id that no run sends.
    return info.sync === undefined ? undefined : contentHash(info.sync, named);
  };
}

function inexactFloat(column: string, info: RowInfo): Error {
  return rowError(info.row, {
    column,
    expected: 'messageId.from: a value without loss',
    found: 'a FLOAT that is no whole number of at most 15 digits',
    hint: `Name other columns in messageId.from, or cast it in the query: …::NUMBER(38, 6) AS "${column}".`,
  });
}

/**
 * The name of a column and its normalised value; with a third element, where the value as decoded does not tell enough,
 * the text that it came as.
 */
export type NamedValue = readonly [name: string, value: JsonValue] | readonly [name: string, text: string, form: 'raw'];

/**
 * A message id made from what a row says: the same sync, columns and values give the same 43 characters in every
 * run. The caller passes the values sorted by column name.
 */
export function contentHash(sync: string, values: readonly NamedValue[]): string {
  return contentHashOf(JSON.stringify([sync, values]));
}

/** The same of the JSON text of `[sync, values]`. */
export function contentHashOf(json: string): string {
  return hash('sha256', json, 'base64url');
}

import type { ColumnLayout } from '../columns/column-layout.js';
import { contentHashOf, idColumns, isAmbiguous, isInexactFloat } from './message-id.js';
import { DEFAULT_DECODE } from '../values/decoder.js';
import { hidesDigits } from '../values/id-text.js';
import { createJsonEncoder, exactForm, type EncodeJson } from '../values/json-encoder.js';
import { jsonString } from '../values/json-text.js';

/**
 * Makes the same id as `MakeMessageId`; `undefined` when the engine shall make one, null when a value has to be decoded
 * to know.
 */
export type MakeJsonMessageId = (
  values: readonly unknown[],
  encoded: readonly (string | undefined)[],
  hasTimestamp: boolean,
  hashStart: string,
) => string | undefined | null;

/** Types whose encoders give exactly what JSON.stringify gives: what the traits hold is hashed as it is. */
const EXACT = new Set([
  'fixed',
  'decfloat',
  'real',
  'boolean',
  'date',
  'time',
  'timestamp_ntz',
  'timestamp_ltz',
  'timestamp_tz',
  'text',
  'binary',
]);

/**
 * Compiles `compileMessageId` for rows whose values are JSON texts already.
 *
 * @returns `undefined` when no row gets an id from its values
 */
export function compileJsonMessageId(layout: ColumnLayout, hashed: boolean): MakeJsonMessageId | undefined {
  const from = layout.messageIdFrom;
  if (from === undefined && !hashed) return undefined;
  const sources = idColumns(layout).map(({ column, position, target, decode }) => {
    const isBag = target === 'bag';
    const encode: EncodeJson | undefined =
      isBag && EXACT.has(column.type)
        ? undefined
        : createJsonEncoder(column, isBag ? decode : DEFAULT_DECODE, exactForm);
    return { start: `[${JSON.stringify(column.name)},`, column, type: column.type, position, encode };
  });
  return (values, encoded, hasTimestamp, hashStart) => {
    if (from === undefined && !hasTimestamp) return undefined;
    let text = hashStart;
    let empty = true;
    for (const [index, { start, column, type, position, encode }] of sources.entries()) {
      const value = values[position];
      if (from !== undefined && isInexactFloat(type, value)) return null;
      if (hidesDigits(column, value)) return undefined;
      let json: string | undefined = 'null';
      if (encode === undefined) json = encoded[position];
      else if (value !== null) json = typeof value === 'string' ? encode(value) : undefined;
      if (json === undefined) return null;
      if (json !== 'null') empty = false;
      const said = isAmbiguous(type, value, json === 'null') ? `${jsonString(value as string)},"raw"` : json;
      text += `${index === 0 ? '' : ','}${start}${said}]`;
    }
    // Without any value all such rows would be one.
    return from !== undefined && empty ? undefined : contentHashOf(`${text}]]`);
  };
}

import { hash } from 'node:crypto';
import type { JsonValue } from '../message.js';

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

import { ExactJsonParser } from './exact-json-parser.js';
import { isDeep } from './json-depth.js';
import type { JsonValue } from '../message.js';

/**
 * Sixteen digits in a row (a point may stand among them): perhaps a number that a double cannot hold. An exponent of
 * three digits: perhaps beyond the largest double. A zero with a minus. Also matches inside strings, where it only
 * costs the slower parser.
 */
const NEEDS_EXACT_PARSER = /\d[\d.]{15}|\d[eE][-+]?\d{3}|-0(?:\.0*)?(?:[eE,\]}\s]|$)/;

/** Snowflake's tokens that JSON does not have, or words that look like them. */
const TOKENS = /NaN|inf|Infinity|undefined/;

/** Whether a JSON text may hold something that decoding changes: a long number, or a token that becomes null. */
export function mayChange(text: string): boolean {
  return NEEDS_EXACT_PARSER.test(text) || TOKENS.test(text);
}

/**
 * Parses the JSON text of a VARIANT, OBJECT, ARRAY, MAP, GEOGRAPHY, GEOMETRY or VECTOR. Integers beyond 2^53 and
 * decimals that a double cannot hold stay exact, as strings. `undefined`, `NaN` and the infinities, which Snowflake
 * writes without STRICT_JSON_OUTPUT ("VARIANT", docs.snowflake.com), become null.
 *
 * @param onLost called once per value that became null because JSON does not have it
 * @returns `undefined` when the text is not JSON, or nested deeper than any later JSON.stringify could follow
 */
export function decodeJson(text: string, onLost: () => void): JsonValue | undefined {
  if (isDeep(text)) return undefined;
  if (!NEEDS_EXACT_PARSER.test(text)) {
    try {
      return JSON.parse(text) as JsonValue;
    } catch {
      // The exact parser also knows Snowflake's tokens; what it cannot read either is no JSON.
    }
  }
  return new ExactJsonParser(text, onLost).parse();
}

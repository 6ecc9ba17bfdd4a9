import { hash } from 'node:crypto';
import type { LaneKey } from '../../mapping/row-mapper.js';

/** As long as the hash of a key of `changes`. */
const DIGITS = 32;

/**
 * What names a row by the lane keys of its messages, without saying them.
 *
 * @returns `undefined` when none of its messages has a key
 */
export function laneHash(messages: readonly { readonly keys: LaneKey }[]): string | undefined {
  const [only] = messages;
  // Mostly one message with one key.
  const isOne = messages.length === 1 && typeof only?.keys === 'string';
  const keys = isOne ? [only.keys] : [...new Set(messages.flatMap(({ keys: own }) => own ?? []))];
  if (keys.length === 0) return undefined;
  let text = 'lane';
  for (const key of keys) text += `${key.length}:${key}`;
  return hash('sha256', text, 'hex').slice(0, DIGITS);
}

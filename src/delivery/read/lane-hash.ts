import { createHash } from 'node:crypto';
import type { LaneKey } from '../../mapping/row-mapper.js';

/** As long as the hash of a key of `changes`. */
const DIGITS = 32;

/**
 * What names a row by the lane keys of its messages, without saying them.
 *
 * @returns `undefined` when none of its messages has a key
 */
export function laneHash(keys: readonly LaneKey[]): string | undefined {
  const [first, ...others] = new Set(keys.flatMap((key) => key ?? []));
  if (first === undefined) return undefined;
  const hash = createHash('sha256').update('lane');
  for (const key of [first, ...others]) hash.update(`${Buffer.byteLength(key)}:`).update(key);
  return hash.digest('hex').slice(0, DIGITS);
}

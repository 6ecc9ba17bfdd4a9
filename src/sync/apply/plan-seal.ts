import { createHash, timingSafeEqual } from 'node:crypto';
import { canonicalJson } from '../../diff/canonical/canonical-json.js';
import type { PlanToken } from '../options/plan-token.js';

/** Makes an HMAC of a text, where there is a secret. */
export type SignPlan = ((text: string) => string) | undefined;

const PLAIN = 'sha256:';
const SIGNED = 'hmac-sha256:';

/** The seal of a token: of all its other fields, in whatever order a store or a file has them. */
export function sealOf(token: Omit<PlanToken, 'seal'>, sign: SignPlan): string {
  const text = canonicalJson({ ...token, seal: undefined }) ?? '';
  if (sign !== undefined) return `${SIGNED}${sign(text)}`;
  return `${PLAIN}${createHash('sha256').update(text).digest('base64url')}`;
}

/** What is wrong with the seal of a token; `undefined` when it is right. */
export function sealFault(token: PlanToken, sign: SignPlan): string | undefined {
  const { seal } = token;
  // By bytes: a character that was typed into it may have several.
  const [found, expected] = [Buffer.from(seal), Buffer.from(sealOf(token, sign))];
  if (found.length === expected.length && timingSafeEqual(found, expected)) return undefined;
  if (sign === undefined && seal.startsWith(SIGNED)) return 'was sealed with a `secret`, and `changes` has none here';
  if (sign === undefined) return 'was changed after it was made';
  if (!seal.startsWith(SIGNED)) return 'was made without the `secret` of `changes`';
  return 'was changed after it was made, or was made with another `secret` of `changes`';
}

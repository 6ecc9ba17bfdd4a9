import { inspect, isDeepStrictEqual } from 'node:util';
import { difference } from './difference.js';
import { shown } from './shown.js';

interface Compared {
  readonly actual: unknown;
  readonly expected: unknown;
}

/** A rule that a plug-in broke. No `AssertionError`: Jest writes "Expected value undefined" around the text of one. */
export class BrokenRule extends Error {
  override readonly name = 'BrokenRule';
  /** By these names runners find what they show the difference of. */
  declare readonly actual?: unknown;
  declare readonly expected?: unknown;

  constructor(message: string, compared?: Compared) {
    super(message);
    if (compared !== undefined) Object.assign(this, compared);
  }
}

/** Breaks a rule. `did` says what the plug-in did, as the end of a sentence about it. */
export function broken(did: string): never {
  throw new BrokenRule(did);
}

/** Holds a plug-in to something. `did` says what it did instead. */
export function held(condition: unknown, did: string): asserts condition {
  if (!condition) broken(did);
}

/** Holds a plug-in to a value, compared in depth. `what` says where the value is from: "get gave". */
export function same(actual: unknown, expected: unknown, what: string): void {
  if (isDeepStrictEqual(actual, expected)) return;
  throw new BrokenRule((what + difference(actual, expected)).replace(',,', ','), { actual, expected });
}

/** How a failure names a rule and what was done instead. */
export interface Contract {
  /** With its article: "a sink". */
  readonly plugIn: string;
  readonly rule: string;
  /** Takes secrets out of a text. */
  readonly mask: (text: string) => string;
}

/** The failure of a line: the rule that was broken, and what the plug-in did. */
export function brokenRule(error: unknown, { plugIn, rule, mask }: Contract): BrokenRule {
  const judged = error instanceof BrokenRule ? error : undefined;
  const did = mask(judged?.message ?? `it threw ${shown(error)}`);
  const message = `The rule: ${plugIn} ${rule}.\nThis one broke it: ${did}`;
  // A runner prints these values, and they may hold a secret.
  const isShown = judged !== undefined && 'actual' in judged && isClean(judged.actual, mask);
  const failure = new BrokenRule(message, isShown ? { actual: judged.actual, expected: judged.expected } : undefined);
  if (error instanceof Error && error.stack !== undefined) {
    failure.stack = `${failure.name}: ${message}\n${framesOf(error.stack)}`;
  }
  return failure;
}

/** Whether a value shows no secret. */
function isClean(value: unknown, mask: Contract['mask']): boolean {
  const text = inspect(value, { depth: 10 });
  return mask(text) === text;
}

/** Where it was thrown. */
function framesOf(stack: string): string {
  const at = stack.search(/^ +at /m);
  return at < 0 ? '' : stack.slice(at);
}

import type { CallType } from '../../mapping/row-mapper.js';
import { canonicalJson, type LeftOut } from './canonical-json.js';

/** How what a row becomes is written down to be compared. A form never changes: a better one gets another number. */
export interface CanonicalForm {
  /** 1 to 255: the first byte of what is hashed. */
  readonly version: number;
  /**
   * The text of one message.
   *
   * @param ignore traits and properties that are not compared
   * @returns `undefined` for what has no JSON
   * @throws what JSON.stringify throws
   */
  readonly ofMessage: (message: unknown, ignore: ReadonlySet<string>) => string | undefined;
  /** The same, of the text that a mapper made: `JsonMessage.canonical`. */
  readonly ofText: (canonical: string) => string;
}

const CALLS: Readonly<Record<CallType, true>> = {
  identify: true,
  track: true,
  group: true,
  page: true,
  screen: true,
  alias: true,
};

const MESSAGE_ID: ReadonlySet<string> = new Set(['messageId']);

function isCall(message: unknown): message is { readonly type: CallType; readonly messageId?: unknown } {
  if (typeof message !== 'object' || message === null || !('type' in message)) return false;
  return typeof message.type === 'string' && Object.hasOwn(CALLS, message.type);
}

function isPlain(value: object): boolean {
  const prototype: unknown = Object.getPrototypeOf(value);
  return prototype === Object.prototype || prototype === null;
}

function messageText(message: unknown, ignore: ReadonlySet<string>): string | undefined {
  if (!isCall(message)) return canonicalJson(message, { own: ignore, bag: ignore });
  const leftOut: LeftOut = { own: MESSAGE_ID, bag: ignore };
  // The engine sends a copy of a call to which it adds an id: without what the call's class has.
  const sent = isPlain(message) || message.messageId !== undefined ? message : { ...message };
  return canonicalJson(sent, leftOut);
}

/**
 * The first form: canonical JSON (RFC 8785) of each message. A call stands without its message id, which the engine may
 * have added, and without the traits and properties that are ignored. A message of the host's own keeps its message id,
 * and has the ignored names left out also where they are its own fields.
 */
const firstForm: CanonicalForm = {
  version: 1,
  ofMessage: messageText,
  ofText: (canonical) => canonical,
};

/** The form in which new hashes are made. */
export const currentForm: CanonicalForm = firstForm;

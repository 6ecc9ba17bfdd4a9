import { isMessageId } from '../columns/field-decoder.js';
import { isIsoTimestamp } from '../values/iso-timestamp.js';
import type { CallType } from '../row-mapper.js';

/** What is wrong with a message; never holds a value. */
export interface MessageProblem {
  readonly field: string;
  readonly expected: string;
}

type Check = (value: unknown) => boolean;
type Fields = Readonly<Record<string, unknown>>;

const MAX_DEPTH = 1000;

function isPlainObject(value: unknown): value is Fields {
  if (typeof value !== 'object' || value === null) return false;
  const prototype: unknown = Object.getPrototypeOf(value);
  return prototype === Object.prototype || prototype === null;
}

function isJson(value: unknown, depth: number): boolean {
  if (value === null || typeof value === 'string' || typeof value === 'boolean') return true;
  if (typeof value === 'number') return Number.isFinite(value);
  if (depth > MAX_DEPTH) return false;
  if (Array.isArray(value)) {
    for (const item of value as readonly unknown[]) if (!isJson(item, depth + 1)) return false;
    return true;
  }
  return isPlainObject(value) && Object.keys(value).every((key) => isJson(value[key], depth + 1));
}

const isText: Check = (value) => typeof value === 'string';
const isFilled: Check = (value) => typeof value === 'string' && value !== '';
const isObject: Check = (value) => isPlainObject(value) && isJson(value, 0);

const COMMON: Readonly<Record<string, Check>> = {
  type: isText,
  userId: isFilled,
  anonymousId: isFilled,
  timestamp: (value) => typeof value === 'string' && value.includes('T') && isIsoTimestamp(value),
  messageId: (value) => typeof value === 'string' && isMessageId(value),
  context: isObject,
  integrations: isObject,
};

const VIEW = { ...COMMON, name: isText, category: isText, properties: isObject };

interface CallCheck {
  readonly fields: Readonly<Record<string, Check>>;
  readonly required: readonly string[];
  readonly person: boolean;
}

const CALLS: Readonly<Record<CallType, CallCheck>> = {
  identify: { fields: { ...COMMON, traits: isObject }, required: [], person: true },
  track: { fields: { ...COMMON, event: isFilled, properties: isObject }, required: ['event'], person: true },
  group: {
    fields: {
      ...COMMON,
      groupId: isFilled,
      traits: isObject,
      objectTypeId: isFilled,
      relationshipAttributes: isObject,
    },
    required: ['groupId'],
    person: false,
  },
  page: { fields: VIEW, required: [], person: true },
  screen: { fields: VIEW, required: [], person: true },
  alias: { fields: { ...COMMON, previousId: isFilled }, required: ['userId', 'previousId'], person: false },
};

/** Whether a value says of itself that it is one of the six calls. */
export function isCallType(type: unknown): type is CallType {
  return typeof type === 'string' && Object.hasOwn(CALLS, type);
}

/** What is wrong with a message, without zod: accepts and refuses what `messageSchema` does. */
export function messageProblem(message: unknown): MessageProblem | undefined {
  if (!isPlainObject(message)) return { field: 'message', expected: 'an object' };
  const { type } = message;
  if (!isCallType(type)) return { field: 'type', expected: `one of ${Object.keys(CALLS).join(', ')}` };
  const call = CALLS[type];
  for (const field of Object.keys(message)) {
    const check = Object.hasOwn(call.fields, field) ? call.fields[field] : undefined;
    if (check === undefined) return { field, expected: `no such field in ${type}` };
    const value = message[field];
    // As if it were not there: so it is once it is JSON.
    if (value !== undefined && !check(value)) return { field, expected: `a valid ${field}` };
  }
  for (const field of call.required) if (message[field] === undefined) return { field, expected: `a ${field}` };
  if (call.person && message['userId'] === undefined && message['anonymousId'] === undefined) {
    return { field: 'userId', expected: 'userId or anonymousId' };
  }
  return undefined;
}

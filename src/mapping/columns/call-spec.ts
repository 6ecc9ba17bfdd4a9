import type { JsonValue } from '../message.js';
import type { CallType } from '../row-mapper.js';

/** A message while it is made: fields in the order of the call's specification. */
export type Draft = Record<string, JsonValue>;

/** What a reserved column holds. */
export type FieldKind = 'id' | 'text' | 'timestamp' | 'messageId' | 'object';

/** The reserved columns of one kind of call, and where all other columns go. */
export interface CallSpec {
  readonly callType: CallType | 'custom';
  /** Reserved name → what it holds. The order is that of the message's fields. */
  readonly fields: Readonly<Record<string, FieldKind>>;
  /** Where all other columns go; alias has no such place. */
  readonly bag?: 'traits' | 'properties' | undefined;
  /** Each inner list is a choice: one of its columns has to be there. */
  readonly required: readonly (readonly string[])[];
  /** Whether rows with a timestamp get a message id made from their values. */
  readonly hashed: boolean;
}

const COMMON = {
  userId: 'id',
  anonymousId: 'id',
  messageId: 'messageId',
  timestamp: 'timestamp',
  context: 'object',
  integrations: 'object',
} as const satisfies Record<string, FieldKind>;

const PERSON = ['userId', 'anonymousId'];

export const IDENTIFY: CallSpec = {
  callType: 'identify',
  fields: { ...COMMON, traits: 'object' },
  bag: 'traits',
  required: [PERSON],
  hashed: false,
};

export const TRACK: CallSpec = {
  callType: 'track',
  fields: { ...COMMON, event: 'text', properties: 'object' },
  bag: 'properties',
  required: [['event'], PERSON],
  hashed: true,
};

export const GROUP: CallSpec = {
  callType: 'group',
  fields: { ...COMMON, groupId: 'id', objectTypeId: 'id', relationshipAttributes: 'object', traits: 'object' },
  bag: 'traits',
  required: [['groupId']],
  hashed: false,
};

export const PAGE: CallSpec = {
  callType: 'page',
  fields: { ...COMMON, name: 'text', category: 'text', properties: 'object' },
  bag: 'properties',
  required: [PERSON],
  hashed: true,
};

export const SCREEN: CallSpec = { ...PAGE, callType: 'screen' };

export const ALIAS: CallSpec = {
  callType: 'alias',
  fields: { ...COMMON, previousId: 'id' },
  required: [['userId'], ['previousId']],
  hashed: false,
};

/** A row as it is, for a function of the host's. */
export const ROW: CallSpec = { callType: 'custom', fields: {}, required: [], hashed: false };

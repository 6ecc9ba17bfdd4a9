/** Any JSON value, as it stands in traits and properties. */
export type JsonValue = string | number | boolean | null | readonly JsonValue[] | { readonly [key: string]: JsonValue };

/** A JSON object. */
export type JsonObject = Readonly<Record<string, JsonValue>>;

/** Fields that every call type has. */
export interface MessageBase {
  userId?: string;
  anonymousId?: string;
  /** ISO-8601. */
  timestamp?: string;
  /** At most 64 characters of `[A-Za-z0-9._-]`; filled by the engine when the mapper leaves it out. */
  messageId?: string;
  context?: JsonObject;
  integrations?: JsonObject;
}

/** Who somebody is. */
export interface IdentifyMessage extends MessageBase {
  type: 'identify';
  traits?: JsonObject;
}

/** What somebody did. */
export interface TrackMessage extends MessageBase {
  type: 'track';
  event: string;
  properties?: JsonObject;
}

/** A group or object, and who belongs to it. */
export interface GroupMessage extends MessageBase {
  type: 'group';
  groupId: string;
  traits?: JsonObject;
  objectTypeId?: string;
  relationshipAttributes?: JsonObject;
}

/** A page view. */
export interface PageMessage extends MessageBase {
  type: 'page';
  name?: string;
  category?: string;
  properties?: JsonObject;
}

/** A screen view of an app. */
export interface ScreenMessage extends MessageBase {
  type: 'screen';
  name?: string;
  category?: string;
  properties?: JsonObject;
}

/** Merges `previousId` into `userId`. */
export interface AliasMessage extends MessageBase {
  type: 'alias';
  userId: string;
  previousId: string;
}

/** One call, ready to deliver. */
export type Message = IdentifyMessage | TrackMessage | GroupMessage | PageMessage | ScreenMessage | AliasMessage;

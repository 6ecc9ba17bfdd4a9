/** Any JSON value, as it stands in traits and properties. */
export type JsonValue = string | number | boolean | null | readonly JsonValue[] | { readonly [key: string]: JsonValue };

/** A JSON object. */
export type JsonObject = Readonly<Record<string, JsonValue>>;

/** Fields that every call type has. */
export interface MessageBase {
  userId?: string | undefined;
  anonymousId?: string | undefined;
  /** ISO-8601. */
  timestamp?: string | undefined;
  /** At most 64 characters of `[A-Za-z0-9._-]`; filled by the engine when the mapper leaves it out. */
  messageId?: string | undefined;
  context?: JsonObject | undefined;
  integrations?: JsonObject | undefined;
}

/** Who somebody is. */
export interface IdentifyMessage extends MessageBase {
  type: 'identify';
  traits?: JsonObject | undefined;
}

/** What somebody did. */
export interface TrackMessage extends MessageBase {
  type: 'track';
  event: string;
  properties?: JsonObject | undefined;
}

/** A group or object, and who belongs to it. */
export interface GroupMessage extends MessageBase {
  type: 'group';
  groupId: string;
  traits?: JsonObject | undefined;
  objectTypeId?: string | undefined;
  relationshipAttributes?: JsonObject | undefined;
}

/** A page view. */
export interface PageMessage extends MessageBase {
  type: 'page';
  name?: string | undefined;
  category?: string | undefined;
  properties?: JsonObject | undefined;
}

/** A screen view of an app. */
export interface ScreenMessage extends MessageBase {
  type: 'screen';
  name?: string | undefined;
  category?: string | undefined;
  properties?: JsonObject | undefined;
}

/** Merges `previousId` into `userId`. */
export interface AliasMessage extends MessageBase {
  type: 'alias';
  userId: string;
  previousId: string;
}

/** One call, ready to deliver. */
export type Message = IdentifyMessage | TrackMessage | GroupMessage | PageMessage | ScreenMessage | AliasMessage;

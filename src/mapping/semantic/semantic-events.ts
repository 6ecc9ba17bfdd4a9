import { MappingError } from '../../errors/errors.js';
import type { Draft } from '../columns/call-spec.js';
import { numberText } from '../values/decode-number.js';
import type { JsonObject, JsonValue, TrackMessage } from '../message.js';
import { semanticRejection } from './semantic-event-check.js';
import { semanticEventNames, type SemanticEventName } from './semantic-event-names.js';

/** An id: a text, or a whole number that becomes its decimal text. */
export type IdInput = string | number | bigint;

/** What every semantic event may have. */
export interface SemanticEventInput {
  /** ISO-8601. */
  readonly timestamp?: string | undefined;
  readonly messageId?: string | undefined;
  readonly integrations?: JsonObject | undefined;
  /** Further properties. */
  readonly properties?: JsonObject | undefined;
}

/** A person, by id or e-mail address. */
export interface PersonInput extends SemanticEventInput {
  readonly userId: IdInput;
}

/** A device of a person. */
export interface DeviceInput extends PersonInput {
  /** The push token. */
  readonly token: string;
  readonly type?: 'ios' | 'android' | undefined;
  /** The app's identifier. */
  readonly appNamespace?: string | undefined;
}

/** A custom object. */
export interface ObjectInput extends SemanticEventInput {
  readonly objectId: IdInput;
  /**
   * The number of the object's type.
   *
   * @default 1 (by Customer.io)
   */
  readonly objectTypeId?: number | undefined;
}

/** The relation of a person to a custom object. */
export interface RelationshipInput extends ObjectInput {
  readonly userId: IdInput;
}

/** What became of a message that was sent. */
export interface DeliveryInput extends SemanticEventInput {
  readonly deliveryId: string;
  readonly metric: 'delivered' | 'opened' | 'clicked' | 'converted' | 'bounced' | 'deferred' | 'dropped' | 'spammed';
  readonly userId?: IdInput | undefined;
  readonly recipient?: string | undefined;
  readonly reason?: string | undefined;
  readonly actionName?: string | undefined;
  readonly actionValue?: string | undefined;
  readonly href?: string | undefined;
}

/** What somebody did with a piece of content. */
export interface ContentInput extends PersonInput {
  readonly actionType: 'viewed_content' | 'clicked_content';
  readonly contentId?: number | undefined;
  readonly templateId?: number | undefined;
  readonly actionName?: string | undefined;
  readonly actionValue?: string | undefined;
}

/** Takes `unknown`, because a column of a row is what it is: as text, NULL would become the person "null". */
function idText(id: unknown, field: string): string {
  if (typeof id === 'string' && id !== '') return id;
  if (typeof id === 'number' && Number.isSafeInteger(id)) return numberText(id);
  if (typeof id === 'bigint') return String(id);
  throw new MappingError(
    'MAPPING_ROW',
    `Semantic event: ${field} must be a text that is not empty, or a whole number.`,
    {
      hint: `Pass ${field} as text; numbers beyond 2^53 have lost digits.`,
      details: { column: field },
    },
  );
}

function compact(values: Readonly<Record<string, JsonValue | undefined>>): Record<string, JsonValue> {
  const kept: Record<string, JsonValue> = {};
  for (const [key, value] of Object.entries(values)) if (value !== undefined) kept[key] = value;
  return kept;
}

function build(
  event: SemanticEventName,
  ids: { readonly userId?: string; readonly anonymousId?: string },
  input: SemanticEventInput,
  own: Readonly<Record<string, JsonValue | undefined>> = {},
  context?: JsonObject,
): TrackMessage {
  const { timestamp, messageId, integrations } = input;
  const properties = { ...input.properties, ...compact(own) };
  const message: TrackMessage = {
    type: 'track',
    ...ids,
    ...(messageId === undefined ? {} : { messageId }),
    ...(timestamp === undefined ? {} : { timestamp }),
    ...(context === undefined ? {} : { context }),
    ...(integrations === undefined ? {} : { integrations }),
    event,
    ...(Object.keys(properties).length === 0 ? {} : { properties }),
  };
  const problem = semanticRejection(message as unknown as Draft, event);
  if (problem === undefined) return message;
  throw new MappingError('MAPPING_ROW', `Semantic event: expected ${problem.expected}.`, {
    hint: problem.hint,
    details: { column: problem.column },
  });
}

function deviceContext(input: DeviceInput): JsonObject {
  const device = compact({ token: input.token, type: input.type });
  return input.appNamespace === undefined ? { device } : { device, app: { namespace: input.appNamespace } };
}

function ofPerson(event: SemanticEventName): (input: PersonInput) => TrackMessage {
  return (input) => build(event, { userId: idText(input.userId, 'userId') }, input);
}

function ofDevice(event: SemanticEventName): (input: DeviceInput) => TrackMessage {
  return (input) => build(event, { userId: idText(input.userId, 'userId') }, input, {}, deviceContext(input));
}

/**
 * The semantic events: `names` are their canonical names, the functions build them for custom mappers. Each throws
 * MappingError `MAPPING_ROW` when something that the event needs is missing.
 */
export const semanticEvents = {
  names: semanticEventNames,
  /** Deletes a person, who can be added again later. */
  deletePerson: ofPerson(semanticEventNames.userDeleted),
  /** Deletes a person and blocks the id from being added again. */
  suppressPerson: ofPerson(semanticEventNames.userSuppressed),
  /** Lifts the block; the person's data do not come back. */
  unsuppressPerson: ofPerson(semanticEventNames.userUnsuppressed),
  /** Adds or changes a device; `properties` become its attributes. */
  createOrUpdateDevice: ofDevice(semanticEventNames.deviceCreatedOrUpdated),
  /** Takes a device away from its person. */
  deleteDevice: ofDevice(semanticEventNames.deviceDeleted),
  /** Deletes a custom object. */
  deleteObject: (input: ObjectInput): TrackMessage => {
    const objectId = idText(input.objectId, 'objectId');
    // The API wants some anonymousId and does not use it.
    return build('Object Deleted', { anonymousId: objectId }, input, { objectId, objectTypeId: input.objectTypeId });
  },
  /** Deletes the relation of a person to a custom object. */
  deleteRelationship: (input: RelationshipInput): TrackMessage =>
    build('Relationship Deleted', { userId: idText(input.userId, 'userId') }, input, {
      objectId: idText(input.objectId, 'objectId'),
      objectTypeId: input.objectTypeId,
    }),
  /** Reports what became of a message; without `userId` the delivery id stands for the person, as in Customer.io's iOS SDK. */
  reportDelivery: (input: DeliveryInput): TrackMessage => {
    const { deliveryId, metric, recipient, reason, actionName, actionValue, href } = input;
    const ids =
      input.userId === undefined
        ? { anonymousId: idText(deliveryId, 'deliveryId') }
        : { userId: idText(input.userId, 'userId') };
    const own = { deliveryId, metric, recipient, reason, actionName, actionValue, href };
    return build('Report Delivery Event', ids, input, own);
  },
  /** Reports that somebody saw or clicked a piece of content. */
  reportContent: (input: ContentInput): TrackMessage => {
    const { actionType, contentId, templateId, actionName, actionValue } = input;
    const own = { actionType, contentId, templateId, actionName, actionValue };
    return build('Report Content Event', { userId: idText(input.userId, 'userId') }, input, own);
  },
} as const;

import { callMapper, type CallSteps } from './call-mapper.js';
import { type Draft } from '../columns/call-spec.js';
import { TRACK, type FieldKind } from '../columns/call-spec.js';
import { checkOptions } from '../../options/check-options.js';
import { mappingOptionShape } from '../columns/option-shapes.js';
import type { MappingOptions } from '../columns/mapping-options.js';
import type { JsonObject, JsonValue, TrackMessage } from '../message.js';
import { requirePerson } from './require-field.js';
import { rowError } from '../row-error.js';
import type { CallMapper, RowInfo } from '../row-mapper.js';
import { semanticRejection } from '../semantic/semantic-event-check.js';
import { standIn } from '../semantic/stand-in.js';
import { semanticEventNames, type SemanticEventName } from '../semantic/semantic-event-names.js';

interface SemanticSpec {
  readonly event: SemanticEventName;
  /** Reserved columns besides those of track. */
  readonly fields: Readonly<Record<string, FieldKind>>;
  readonly required: readonly (readonly string[])[];
  /** Puts the reserved columns where the event wants them. */
  readonly place: (draft: Draft, own: Readonly<Record<string, JsonValue | undefined>>, info: RowInfo) => void;
}

function objectOf(value: JsonValue | undefined): JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as JsonObject) : {};
}

function present(values: Readonly<Record<string, JsonValue | undefined>>): Record<string, JsonValue> {
  return Object.fromEntries(
    Object.entries(values).filter((entry): entry is [string, JsonValue] => entry[1] !== undefined),
  );
}

function addProperties(draft: Draft, own: Readonly<Record<string, JsonValue | undefined>>): void {
  const properties = { ...objectOf(draft['properties']), ...present(own) };
  if (Object.keys(properties).length > 0) draft['properties'] = properties;
}

/** `objectTypeId` is a text in a group call and a whole number in these events (Customer.io Pipelines API). */
function withTypeNumber(
  own: Readonly<Record<string, JsonValue | undefined>>,
  info: RowInfo,
): Readonly<Record<string, JsonValue | undefined>> {
  const { objectTypeId } = own;
  if (objectTypeId === undefined) return own;
  const isNumber = typeof objectTypeId === 'string' && /^[1-9]\d{0,14}$/.test(objectTypeId);
  if (isNumber) return { ...own, objectTypeId: Number(objectTypeId) };
  throw rowError(info.row, { column: 'objectTypeId', expected: 'a positive whole number' });
}

function semanticMapper(name: string, spec: SemanticSpec, options: MappingOptions): CallMapper<TrackMessage> {
  checkOptions(`${name}()`, mappingOptionShape, options);
  const own = Object.keys(spec.fields);
  const steps: CallSteps = {
    given: new Set(['event']),
    finish: (read, info) => {
      const draft: Draft = Object.fromEntries(Object.entries(read).filter(([key]) => !own.includes(key)));
      spec.place(draft, Object.fromEntries(own.map((key) => [key, read[key]])), info);
      draft['event'] = spec.event;
      const problem = semanticRejection(draft, spec.event);
      if (problem !== undefined) throw rowError(info.row, problem);
      standIn(draft, spec.event);
      requirePerson(draft, info);
      return draft;
    },
  };
  const fields = Object.fromEntries(Object.entries(TRACK.fields).filter(([field]) => field !== 'event'));
  const call = { ...TRACK, fields: { ...fields, ...spec.fields }, required: spec.required };
  const mapper = callMapper<TrackMessage>(call, options, steps);
  return { ...mapper, fingerprint: `${name} ${mapper.fingerprint ?? ''}` };
}

function ofPerson(event: SemanticEventName): SemanticSpec {
  return { event, fields: {}, required: [['userId']], place: () => undefined };
}

function ofDevice(event: SemanticEventName): SemanticSpec {
  return {
    event,
    fields: { deviceToken: 'text', deviceType: 'text', appNamespace: 'text' },
    required: [['userId'], ['deviceToken', 'context']],
    place: (draft, { deviceToken, deviceType, appNamespace }) => {
      const context = objectOf(draft['context']);
      const device = { ...objectOf(context['device']), ...present({ token: deviceToken, type: deviceType }) };
      const app = appNamespace === undefined ? {} : { app: { ...objectOf(context['app']), namespace: appNamespace } };
      draft['context'] = { ...context, ...app, device };
    },
  };
}

const OBJECT_FIELDS = { objectId: 'id', objectTypeId: 'id' } as const satisfies Record<string, FieldKind>;

/** Rows with `userId` become `User Deleted`: deletes these people. */
export function deletePeople(options: MappingOptions = {}): CallMapper<TrackMessage> {
  return semanticMapper('deletePeople', ofPerson(semanticEventNames.userDeleted), options);
}

/** Rows with `userId` become `User Suppressed`: deletes these people and blocks their ids. */
export function suppressPeople(options: MappingOptions = {}): CallMapper<TrackMessage> {
  return semanticMapper('suppressPeople', ofPerson(semanticEventNames.userSuppressed), options);
}

/** Rows with `userId` become `User Unsuppressed`: lifts the block. */
export function unsuppressPeople(options: MappingOptions = {}): CallMapper<TrackMessage> {
  return semanticMapper('unsuppressPeople', ofPerson(semanticEventNames.userUnsuppressed), options);
}

/**
 * Rows with `userId` and `deviceToken` (and `deviceType`, `appNamespace`) become `Device Created or Updated`; other
 * columns become attributes of the device.
 */
export function createOrUpdateDevices(options: MappingOptions = {}): CallMapper<TrackMessage> {
  return semanticMapper('createOrUpdateDevices', ofDevice(semanticEventNames.deviceCreatedOrUpdated), options);
}

/** Rows with `userId` and `deviceToken` become `Device Deleted`. */
export function deleteDevices(options: MappingOptions = {}): CallMapper<TrackMessage> {
  return semanticMapper('deleteDevices', ofDevice(semanticEventNames.deviceDeleted), options);
}

/** Rows with `objectId` (and `objectTypeId`) become `Object Deleted`. */
export function deleteObjects(options: MappingOptions = {}): CallMapper<TrackMessage> {
  const spec: SemanticSpec = {
    event: semanticEventNames.objectDeleted,
    fields: OBJECT_FIELDS,
    required: [['objectId']],
    place: (draft, own, info) => addProperties(draft, withTypeNumber(own, info)),
  };
  return semanticMapper('deleteObjects', spec, options);
}

/** Rows with `userId` (or `anonymousId`) and `objectId` (and `objectTypeId`) become `Relationship Deleted`. */
export function deleteRelationships(options: MappingOptions = {}): CallMapper<TrackMessage> {
  const spec: SemanticSpec = {
    event: semanticEventNames.relationshipDeleted,
    fields: OBJECT_FIELDS,
    required: [['userId', 'anonymousId'], ['objectId']],
    place: (draft, own, info) => addProperties(draft, withTypeNumber(own, info)),
  };
  return semanticMapper('deleteRelationships', spec, options);
}

/**
 * Rows with `deliveryId` and `metric` (and `recipient`, `reason`, `actionName`, `actionValue`, `href`) become
 * `Report Delivery Event`; without a person the delivery id stands for one, as in Customer.io's iOS SDK.
 */
export function reportDeliveries(options: MappingOptions = {}): CallMapper<TrackMessage> {
  const spec: SemanticSpec = {
    event: semanticEventNames.reportDeliveryEvent,
    fields: {
      deliveryId: 'id',
      metric: 'text',
      recipient: 'text',
      reason: 'text',
      actionName: 'text',
      actionValue: 'text',
      href: 'text',
    },
    required: [['deliveryId'], ['metric']],
    place: addProperties,
  };
  return semanticMapper('reportDeliveries', spec, options);
}

/** Rows with `userId` (or `anonymousId`) and `actionType` (and what goes with it) become `Report Content Event`. */
export function reportContent(options: MappingOptions = {}): CallMapper<TrackMessage> {
  const spec: SemanticSpec = {
    event: semanticEventNames.reportContentEvent,
    fields: { actionType: 'text', actionName: 'text', actionValue: 'text' },
    required: [['userId', 'anonymousId'], ['actionType']],
    place: addProperties,
  };
  return semanticMapper('reportContent', spec, options);
}

import type { Draft } from '../columns/call-spec.js';
import type { JsonValue } from '../message.js';
import { reservedLookalike } from '../columns/column-name.js';
import { kindOf, type RowRejection } from '../row-error.js';
import type { SemanticEventName } from './semantic-event-names.js';

function inside(value: JsonValue | undefined, key: string): JsonValue | undefined {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return undefined;
  return (value as Readonly<Record<string, JsonValue>>)[key];
}

/** Whether a property holds something that can be an id. */
export function isFilled(value: JsonValue | undefined): value is string | number {
  return (typeof value === 'string' && value !== '') || typeof value === 'number';
}

/** A property of a message that is being made. */
export function propertyOf(draft: Draft, name: string): JsonValue | undefined {
  return inside(draft['properties'], name);
}

function property(draft: Draft, event: string, name: string): RowRejection | undefined {
  if (isFilled(propertyOf(draft, name))) return undefined;
  return {
    column: name,
    expected: `the property ${name}, which ${event} needs`,
    found: 'none',
    hint: `Select it under that exact name: … AS "${name}".`,
  };
}

function person(draft: Draft, event: string): RowRejection | undefined {
  if (draft['userId'] !== undefined) return undefined;
  return { column: 'userId', expected: `a userId, which ${event} needs`, found: 'none', hint: 'Write ID AS "userId".' };
}

function deviceToken(draft: Draft, event: string): RowRejection | undefined {
  if (isFilled(inside(inside(draft['context'], 'device'), 'token'))) return undefined;
  return {
    column: 'context',
    expected: `context.device.token, which ${event} needs`,
    found: 'none',
    hint: `Write OBJECT_CONSTRUCT('device', OBJECT_CONSTRUCT('token', TOKEN, 'type', 'ios')) AS "context".`,
  };
}

/**
 * Without `objectTypeId` objects of type 1 are meant (Customer.io Pipelines API, "Semantic events"), so that a type under
 * another name, or in another form, would hit the wrong object.
 */
function objectType(draft: Draft, event: string): RowRejection | undefined {
  const properties = draft['properties'] ?? {};
  const given = inside(properties, 'objectTypeId');
  const hint = 'Select it as a number under that exact name: TYPE_ID::NUMBER AS "objectTypeId".';
  if (given === undefined || given === null) {
    const similar = Object.keys(properties).find((key) => reservedLookalike(key, ['objectTypeId']) !== undefined);
    if (similar === undefined || similar === 'objectTypeId') return undefined;
    return { column: similar, expected: `the property objectTypeId, which ${event} looks for`, found: similar, hint };
  }
  if (typeof given === 'number' && Number.isSafeInteger(given) && given > 0) return undefined;
  return { column: 'objectTypeId', expected: 'a positive whole number', found: kindOf(given), hint };
}

/** What a semantic event lacks of what it needs (Customer.io Pipelines API, "Semantic events"). */
export function semanticRejection(draft: Draft, event: SemanticEventName): RowRejection | undefined {
  switch (event) {
    case 'Device Created or Updated':
    case 'Device Deleted':
      return person(draft, event) ?? deviceToken(draft, event);
    case 'User Deleted':
    case 'User Suppressed':
    case 'User Unsuppressed':
      return person(draft, event);
    case 'Object Deleted':
    case 'Relationship Deleted':
      return property(draft, event, 'objectId') ?? objectType(draft, event);
    case 'Report Delivery Event':
      return property(draft, event, 'deliveryId') ?? property(draft, event, 'metric');
    case 'Report Content Event':
      return property(draft, event, 'actionType');
  }
}

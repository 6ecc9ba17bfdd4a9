import type { Draft } from './call-mapper.js';
import type { JsonValue } from './message.js';
import type { RowProblem } from './row-error.js';
import type { SemanticEventName } from './semantic-event-names.js';

function inside(value: JsonValue | undefined, key: string): JsonValue | undefined {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return undefined;
  return (value as Readonly<Record<string, JsonValue>>)[key];
}

function isFilled(value: JsonValue | undefined): boolean {
  return (typeof value === 'string' && value !== '') || typeof value === 'number';
}

function property(draft: Draft, event: string, name: string): RowProblem | undefined {
  if (isFilled(inside(draft['properties'], name))) return undefined;
  return {
    column: name,
    expected: `the property ${name}, which ${event} needs`,
    found: 'none',
    hint: `Select it under that exact name: … AS "${name}".`,
  };
}

function person(draft: Draft, event: string): RowProblem | undefined {
  if (draft['userId'] !== undefined) return undefined;
  return { column: 'userId', expected: `a userId, which ${event} needs`, found: 'none', hint: 'Write ID AS "userId".' };
}

function deviceToken(draft: Draft, event: string): RowProblem | undefined {
  if (isFilled(inside(inside(draft['context'], 'device'), 'token'))) return undefined;
  return {
    column: 'context',
    expected: `context.device.token, which ${event} needs`,
    found: 'none',
    hint: `Write OBJECT_CONSTRUCT('device', OBJECT_CONSTRUCT('token', TOKEN, 'type', 'ios')) AS "context".`,
  };
}

/** What a semantic event lacks of what it needs (Customer.io Pipelines API, "Semantic events"). */
export function semanticProblem(draft: Draft, event: SemanticEventName): RowProblem | undefined {
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
      return property(draft, event, 'objectId');
    case 'Report Delivery Event':
      return property(draft, event, 'deliveryId') ?? property(draft, event, 'metric');
    case 'Report Content Event':
      return property(draft, event, 'actionType');
  }
}

import type { Draft } from '../columns/call-spec.js';
import { isFilled, propertyOf } from './semantic-event-check.js';
import type { SemanticEventName } from './semantic-event-names.js';

/**
 * Events that are about nobody, and the property that stands for a person in them: the API wants some id, and uses none
 * (Customer.io Pipelines API, "Semantic events"; the delivery id as in Customer.io's iOS SDK).
 */
const STAND_INS: Partial<Record<SemanticEventName, string>> = {
  'Object Deleted': 'objectId',
  'Report Delivery Event': 'deliveryId',
};

/** Columns that do without a column of a person's id, in lower case. */
export const standInColumns: ReadonlySet<string> = new Set(
  Object.values(STAND_INS).map((property) => property.toLowerCase()),
);

/** Whether an event of this name is about nobody. */
export function isAboutNobody(event: SemanticEventName | undefined): boolean {
  return event !== undefined && STAND_INS[event] !== undefined;
}

/** Fills the `anonymousId` of an event that is about nobody. */
export function standIn(draft: Draft, event: SemanticEventName): void {
  const property = STAND_INS[event];
  if (property === undefined || draft['userId'] !== undefined) return;
  const value = propertyOf(draft, property);
  if (isFilled(value)) draft['anonymousId'] ??= String(value);
}

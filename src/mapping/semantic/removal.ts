import { meaningOf, semanticEventNames as names, type SemanticEventName } from './semantic-event-names.js';

const DELETIONS: ReadonlySet<SemanticEventName | undefined> = new Set([
  names.userDeleted,
  names.deviceDeleted,
  names.objectDeleted,
  names.relationshipDeleted,
]);

/** What an event of this name takes away, in any spelling that means a semantic event. */
export function removalOf(event: unknown): 'delete' | 'suppress' | undefined {
  if (typeof event !== 'string') return undefined;
  const { semantic } = meaningOf(event);
  if (DELETIONS.has(semantic)) return 'delete';
  return semantic === names.userSuppressed ? 'suppress' : undefined;
}

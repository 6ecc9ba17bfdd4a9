/**
 * The events on which Customer.io acts instead of only recording them (Customer.io Pipelines API, "Semantic events"),
 * under their canonical names.
 */
export const semanticEventNames = {
  deviceCreatedOrUpdated: 'Device Created or Updated',
  deviceDeleted: 'Device Deleted',
  userDeleted: 'User Deleted',
  userSuppressed: 'User Suppressed',
  userUnsuppressed: 'User Unsuppressed',
  objectDeleted: 'Object Deleted',
  relationshipDeleted: 'Relationship Deleted',
  reportDeliveryEvent: 'Report Delivery Event',
  reportContentEvent: 'Report Content Event',
} as const;

/** The canonical name of a semantic event. */
export type SemanticEventName = (typeof semanticEventNames)[keyof typeof semanticEventNames];

/**
 * Spellings on the page of Customer.io's Snowflake integration that none of its API descriptions or SDKs knows.
 */
const OTHER_SPELLINGS: Readonly<Record<string, SemanticEventName>> = {
  'Suppress Person': 'User Suppressed',
  'Unsuppress Person': 'User Unsuppressed',
  'Device Added or Updated': 'Device Created or Updated',
};

const known = new Map<string, SemanticEventName>([
  ...Object.values(semanticEventNames).map((name) => [name, name] as const),
  ...Object.entries(OTHER_SPELLINGS),
]);

function withoutCaseAndSpace(name: string): string {
  return name.toLowerCase().replaceAll(/\s+/g, '');
}

const alike = new Map([...known].map(([spelling, name]) => [withoutCaseAndSpace(spelling), name]));

/** What an event's name means. */
export interface EventMeaning {
  /** The semantic event that it names. */
  readonly semantic?: SemanticEventName | undefined;
  /** The semantic event from which it differs only by case or spaces: probably a slip. */
  readonly almost?: SemanticEventName | undefined;
}

const ORDINARY: EventMeaning = {};
const REMEMBERED = 1000;
const remembered = new Map<string, EventMeaning>();

/** Looks an event's name up; one lookup for a name that was seen before. */
export function meaningOf(event: string): EventMeaning {
  const before = remembered.get(event);
  if (before !== undefined) return before;
  const semantic = known.get(event);
  const almost = semantic === undefined ? alike.get(withoutCaseAndSpace(event)) : undefined;
  const meaning = semantic === undefined && almost === undefined ? ORDINARY : { semantic, almost };
  if (remembered.size >= REMEMBERED) remembered.clear();
  remembered.set(event, meaning);
  return meaning;
}

const DELETIONS: ReadonlySet<SemanticEventName | undefined> = new Set([
  semanticEventNames.userDeleted,
  semanticEventNames.deviceDeleted,
  semanticEventNames.objectDeleted,
  semanticEventNames.relationshipDeleted,
]);

/** What an event of this name takes away, in any spelling that means a semantic event. */
export function removalOf(event: unknown): 'delete' | 'suppress' | undefined {
  if (typeof event !== 'string') return undefined;
  const { semantic } = meaningOf(event);
  if (DELETIONS.has(semantic)) return 'delete';
  return semantic === semanticEventNames.userSuppressed ? 'suppress' : undefined;
}

/** Whether a message is a call that deletes or suppresses. */
export function isRemovalEvent(message: unknown): boolean {
  return (
    typeof message === 'object' && message !== null && 'event' in message && removalOf(message.event) !== undefined
  );
}

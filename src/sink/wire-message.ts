import type { Message } from '../mapping/message.js';
import type { CallType } from '../mapping/row-mapper.js';

/** The six kinds of call. */
export const callTypes: ReadonlySet<unknown> = new Set(['identify', 'track', 'group', 'page', 'screen', 'alias']);

/** Whether a message is one of the six calls and not a host's own. */
export function isCall(message: unknown): boolean {
  return typeof message === 'object' && message !== null && 'type' in message && callTypes.has(message.type);
}

/** Calls that {@link wireMessage} leaves as the mapper of that call makes them: `page` copies the category itself. */
export const plainCalls: ReadonlySet<CallType> = new Set(['identify', 'track', 'page', 'screen', 'alias']);

/**
 * A message as the Segment-like APIs take it: what they have no field of their own for stands in a group's traits, and
 * a page's category in its properties too (Customer.io documentation, Pipelines API, group and page).
 *
 * @param defaultObjectTypeId set in a group's traits when the message names none
 */
export function wireMessage(message: Message, defaultObjectTypeId?: string): Message {
  if (message.type === 'group') {
    const { objectTypeId = defaultObjectTypeId, relationshipAttributes, traits, ...rest } = message;
    return {
      ...rest,
      traits: {
        // An older name of it, which some destinations read first (segmentio/action-destinations, customerio).
        ...(objectTypeId === undefined || traits?.['object_type_id'] !== undefined ? {} : { objectTypeId }),
        ...traits,
        ...(message.objectTypeId === undefined ? {} : { objectTypeId: message.objectTypeId }),
        ...(relationshipAttributes === undefined ? {} : { relationshipAttributes }),
      },
    };
  }
  if (message.type === 'page' && message.category !== undefined && message.properties?.['category'] === undefined) {
    return { ...message, properties: { ...message.properties, category: message.category } };
  }
  return message;
}

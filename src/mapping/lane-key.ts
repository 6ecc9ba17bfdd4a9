import type { Message } from './message.js';
import type { LaneKey } from './row-mapper.js';

/**
 * The lane key of a message: messages about the same person (or, without a person, the same group) keep their order.
 * An alias, and an identify with both ids, have two keys: they wait for what came before under either key, and what comes
 * after under either key waits for them.
 */
export function laneKey(message: Message): LaneKey {
  const { userId, anonymousId } = message;
  if (message.type === 'alias') return [message.userId, message.previousId];
  if (message.type === 'identify' && userId !== undefined && anonymousId !== undefined) return [userId, anonymousId];
  if (message.type === 'group') return userId ?? anonymousId ?? message.groupId;
  return userId ?? anonymousId;
}

import { isCall, wireMessage } from '../wire-message.js';
import type { Message } from '../../mapping/message.js';

/**
 * A message as the event that actions map. Presets take `receivedAt` for the time of an event, which Segment corrects
 * for the clocks of devices; a row's `timestamp` needs no correction.
 */
export function actionEvent(message: unknown): object {
  if (typeof message !== 'object' || message === null) return { properties: { value: message } };
  const call = isCall(message) ? wireMessage(message as Message) : message;
  const now = 'timestamp' in call && call.timestamp !== undefined ? call.timestamp : new Date().toISOString();
  return { ...call, timestamp: now, receivedAt: now };
}

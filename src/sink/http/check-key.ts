import type { SinkCheck } from '../sink.js';
import type { HttpSender } from './http-sender.js';
import { isSplittable, statusError, type Destination } from './status-error.js';

/**
 * Sends a body without messages. A destination that answers 401 to a wrong key shows by any other judgement of the body
 * that it took the key.
 *
 * @throws SinkError when the key was refused or the destination cannot be used
 */
export async function checkKey(sender: HttpSender, signal: AbortSignal, to: Destination): Promise<SinkCheck> {
  const body = Buffer.from('{"batch":[]}');
  // Nothing is delivered, so nobody has to be asked.
  const reply = await sender.send(body, { signal, fence: () => Promise.resolve() });
  const { status } = reply;
  if (status >= 200 && status <= 299) {
    return { key: 'accepted', reason: `${to.origin} took a batch without messages (HTTP ${status}).` };
  }
  if (isSplittable(status)) {
    return { key: 'accepted', reason: `${to.origin} refused an empty batch (HTTP ${status}), not the key.` };
  }
  throw statusError(reply, to);
}

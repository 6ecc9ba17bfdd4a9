import type { Sink } from '../../sink/sink.js';
import type { Checklist } from './checklist.js';

/** Asks the destination whether it takes the key, where it has a way to tell without data. */
export async function checkDestination<M>(list: Checklist, sink: Sink<M>, signal: AbortSignal): Promise<void> {
  if (sink.check === undefined) {
    list.skip('destination', `Not checked: "${sink.name}" has no way to tell without data.`);
    return;
  }
  try {
    const { key, reason } = await sink.check({ signal });
    if (key === 'accepted') list.ok('destination', reason);
    else list.skip('destination', `Not checked: ${reason}`);
  } catch (error) {
    signal.throwIfAborted();
    list.failWith('destination', error);
  }
}

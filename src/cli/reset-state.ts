import type { Sync } from '../sync/sync.js';
import { time, type CliValues } from './arguments.js';
import type { Output } from './output.js';
import { showStatus } from './show-status.js';

/** `snowmelt reset`: the next run queries from the given time, or sends everything again. */
export async function resetState(sync: Sync<unknown>, values: CliValues, output: Output): Promise<void> {
  const text = values['last-sync-time'];
  await sync.reset(text === undefined ? {} : { lastSyncTime: time('last-sync-time', text) });
  await showStatus([sync], output);
}

import type { ResetOptions, Sync } from '../../sync/sync.js';
import type { Output } from '../output.js';
import { showStatus } from './show-status.js';

/** `snowmelt reset`: the next run queries from the given time, or sends everything again. */
export async function resetState(sync: Sync<unknown>, options: ResetOptions, output: Output): Promise<void> {
  await sync.reset(options);
  await showStatus([sync], output);
}

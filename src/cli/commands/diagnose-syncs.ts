import { diagnose } from '../../setup/doctor/diagnose.js';
import type { Sync } from '../../sync/sync.js';
import { EXIT } from '../exit-code.js';
import type { Output } from '../output.js';

/** `snowmelt doctor`: every check of every sync, each with what repairs it. */
export async function diagnoseSyncs(
  syncs: readonly Sync<unknown>[],
  signal: AbortSignal,
  output: Output,
): Promise<number> {
  let code: number = EXIT.ok;
  for (const sync of syncs) {
    const diagnosis = await diagnose({ sync, signal });
    output.result({ sync: sync.name, ...diagnosis }, `${sync.name}\n${diagnosis.toString()}`);
    if (!diagnosis.ok) code = EXIT.failed;
  }
  return code;
}

import { shownLine } from '../../options/shown-text.js';
import { diagnose } from '../../setup/doctor/diagnose.js';
import type { Sync } from '../../sync/sync.js';
import { EXIT, type Output } from '../output.js';

/** `snowmelt doctor`: every check of every sync, each with what repairs it. */
export async function diagnoseSyncs(
  syncs: readonly Sync<unknown>[],
  signal: AbortSignal,
  output: Output,
): Promise<number> {
  let code: number = EXIT.ok;
  for (const sync of syncs) {
    const diagnosis = await diagnose({ sync, signal });
    output.result({ sync: sync.name, ...diagnosis }, `${shownLine(sync.name)}\n${diagnosis.toString()}`);
    if (!diagnosis.ok) code = EXIT.failed;
  }
  return code;
}

/**
 * `snowmelt doctor` on a configuration file that throws while it loads, as it does when the key cannot be read or an
 * option is wrong: the same list of steps, with the one that this is about.
 */
export async function diagnoseFault(path: string, error: unknown, output: Output): Promise<number> {
  const diagnosis = await diagnose({ source: async () => Promise.reject(error as Error) });
  output.result({ config: path, ...diagnosis }, `${shownLine(path)}\n${diagnosis.toString()}`);
  return EXIT.failed;
}

import { diagnose } from '../../setup/doctor/diagnose.js';
import { EXIT } from '../exit-code.js';
import type { Output } from '../output.js';

/**
 * `snowmelt doctor` on a configuration file that throws while it loads, as it does when the key cannot be read or an
 * option is wrong: the same list of steps, with the one that this is about.
 */
export async function diagnoseFault(path: string, error: unknown, output: Output): Promise<number> {
  const diagnosis = await diagnose({ source: async () => Promise.reject(error as Error) });
  output.result({ config: path, ...diagnosis }, `${path}\n${diagnosis.toString()}`);
  return EXIT.failed;
}

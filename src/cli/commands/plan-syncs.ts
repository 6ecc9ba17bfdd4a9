import type { PlanOptions } from '../../sync/dry/plan.js';
import type { Sync } from '../../sync/sync.js';
import { EXIT, tellError, type Output } from '../output.js';

/** `snowmelt plan`: one after the other; one that fails does not keep the others from being planned. */
export async function planSyncs(
  syncs: readonly Sync<unknown>[],
  options: PlanOptions,
  output: Output,
): Promise<number> {
  let code: number = EXIT.ok;
  for (const sync of syncs) {
    try {
      const plan = await sync.plan(options);
      output.result(plan, plan.toString());
    } catch (error) {
      if (options.signal?.aborted === true) throw error;
      output.result({ sync: sync.name, error }, '');
      tellError(error, sync.name);
      code = EXIT.failed;
    }
  }
  return code;
}

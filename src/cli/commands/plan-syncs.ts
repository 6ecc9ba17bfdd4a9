import { ConfigError } from '../../errors/errors.js';
import type { PlanOptions } from '../../sync/plan/plan.js';
import type { SyncPlan } from '../../sync/plan/plan-report.js';
import { planText } from '../../sync/plan/plan-text.js';
import type { Sync } from '../../sync/sync.js';
import type { CliValues } from '../arguments.js';
import { EXIT, tellError, type Output } from '../output.js';
import { shellWords } from '../shell-words.js';
import { writePlan } from './plan-file.js';

/** `snowmelt plan`: one after the other; one that fails does not keep the others from being planned. */
export async function planSyncs(
  syncs: readonly Sync<unknown>[],
  options: PlanOptions,
  values: CliValues,
  output: Output,
): Promise<number> {
  const { out } = values;
  let code: number = EXIT.ok;
  for (const sync of syncs) {
    try {
      const plan = await sync.plan(options);
      if (out !== undefined) await keep(plan, out);
      output.result(plan, planText(plan, howToApply(sync.name, values)));
    } catch (error) {
      // Wrong arguments are nobody else's fault.
      if (options.signal?.aborted === true || (out !== undefined && error instanceof ConfigError)) throw error;
      output.result({ sync: sync.name, error }, '');
      tellError(error, sync.name);
      code = EXIT.failed;
    }
  }
  return code;
}

async function keep({ sync, token, notApplicable }: SyncPlan, path: string): Promise<void> {
  if (token !== undefined) return writePlan(path, token);
  throw new ConfigError('CONFIG_INVALID', `The plan of "${sync}" cannot be applied, and was not written.`, {
    hint: notApplicable,
  });
}

/** The command that applies the plan; where it was not kept, the one that keeps such a plan. */
function howToApply(sync: string, { out, config, env }: CliValues): string {
  const common = [...(config === undefined ? [] : ['--config', config]), ...env.flatMap((path) => ['--env', path])];
  if (out !== undefined) {
    return `To send exactly this: ${shellWords(['snowmelt', 'run', sync, '--plan', out, ...common])}`;
  }
  const keeping = shellWords(['snowmelt', 'plan', sync, '--out', 'plan.json', ...common]);
  return `To have a plan reviewed and then sent, and nothing else: ${keeping}`;
}

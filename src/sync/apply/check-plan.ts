import * as z from 'zod';
import { ConfigError } from '../../errors/errors.js';
import { PLAN_VERSION, type PlanToken } from '../options/plan-token.js';
import type { SyncContext } from '../options/sync-context.js';
import { sealFault } from './plan-seal.js';

const whole = z.int().nonnegative();
const tokenSchema = z.strictObject({
  version: z.literal(PLAN_VERSION),
  sync: z.string(),
  runId: z.string().min(1),
  user: z.string().optional(),
  ref: z.strictObject({ queryId: z.string(), rowCount: whole, columnsHash: z.string() }),
  rowCount: whole,
  startedAt: whole,
  lastSyncTime: whole,
  windowStart: whole,
  fencingToken: whole,
  lastCompletedRun: z.string().optional(),
  snapshot: z.strictObject({ manifest: z.string().optional(), digest: z.string() }).optional(),
  fingerprints: z.strictObject({ query: z.string(), mapper: z.string(), changes: z.string().optional() }),
  removals: whole.optional(),
  seal: z.string(),
}) satisfies z.ZodType<PlanToken>;

const versioned = z.object({ version: z.int(), seal: z.string() });

/** Whether a value is, or was, the token of a plan, of whichever release. */
export function looksLikePlan(value: unknown): boolean {
  return versioned.safeParse(value).success;
}

/** @throws ConfigError `PLAN_INVALID` when it is not a token that `plan()` of this sync has made */
export function checkPlan<M>({ settings }: SyncContext<M>, value: unknown): PlanToken {
  const { name, changes } = settings;
  const again = `Plan again: snowmelt plan ${name} --out plan.json, or (await sync.plan()).token.`;
  const invalid = (what: string, hint: string): ConfigError =>
    new ConfigError('PLAN_INVALID', `Sync "${name}": the plan ${what}.`, { hint });
  if (value === undefined) throw invalid('has no token', "Look at the plan's `notApplicable`, or leave `plan` out.");
  const version = versioned.safeParse(value).data?.version;
  if (version !== undefined && version !== PLAN_VERSION) {
    const hint = `Apply it with the release that made it. ${again}`;
    throw invalid(`has version ${version}, and this release applies version ${PLAN_VERSION}`, hint);
  }
  const parsed = tokenSchema.safeParse(value);
  if (!parsed.success) {
    const isWhole = typeof value === 'object' && value !== null && 'token' in value;
    if (isWhole) throw invalid('is all that plan() returned', 'Pass its token alone: run({ plan: plan.token }).');
    throw invalid('is damaged, or is none', again);
  }
  const token = parsed.data;
  if (token.sync !== name) {
    throw invalid(`is of the sync ${JSON.stringify(token.sync)}`, `Pass it to the sync of that name. ${again}`);
  }
  const fault = sealFault(token, changes?.signPlan);
  if (fault !== undefined) throw invalid(fault, again);
  return token;
}

import { rangeKey } from '../../state/record-keys.js';
import { emptyState } from '../../state/transitions.js';
import type { SyncContext } from '../options/sync-context.js';
import { LeaseKeeper } from '../record/lease-keeper.js';
import { isHeld } from '../record/lease-validity.js';
import type { RecordClient } from '../record/record-client.js';
import type { RunKind } from './run-kind.js';
import type { FrameEnd, Held } from './run-frame.js';

/** How often a waiting run looks at the lease, milliseconds. */
const WAIT_STEP_MS = 500;

/** Takes the lease of a record, waiting for it as long as the options say. */
export async function takeLease<M>(
  context: SyncContext<M>,
  record: RecordClient,
  signal: AbortSignal | undefined,
): Promise<Held | FrameEnd> {
  const { clock, settings } = context;
  if (!settings.enabled) return { status: 'skipped', reason: 'disabled' };
  const deadline = clock.monotonic() + settings.waitMs;
  for (;;) {
    signal?.throwIfAborted();
    const keeper = await acquireLease(context, record, signal);
    if (keeper !== undefined) return { keeper };
    if (clock.monotonic() >= deadline) return { status: 'skipped', reason: 'lease-held' };
    await clock.sleep(WAIT_STEP_MS, signal);
  }
}

/**
 * Takes the lease of the sync's own record for a run of its own. A plan has to be as good as when it was made.
 *
 * @throws SnowmeltError `PLAN_STALE`, what the source says of the plan's result, StateError, or the signal's reason
 */
export async function takeLeaseForRun<M>(
  context: SyncContext<M>,
  { plan }: RunKind,
  signal: AbortSignal | undefined,
): Promise<Held | FrameEnd> {
  const { settings, record } = context;
  if (settings.enabled) await plan?.prepare(signal);
  const taken = await takeLease(context, record, signal);
  if (plan === undefined || !('keeper' in taken)) return taken;
  const { keeper } = taken;
  try {
    plan.assertFresh(keeper.state);
  } catch (error) {
    // Nothing of the run that is there was touched: not to be told of it as its end.
    await keeper.release();
    throw error;
  }
  return taken;
}

/** Takes the lease of a record at once; `undefined` when somebody else holds it. @throws StateError */
export async function acquireLease<M>(
  context: SyncContext<M>,
  record: RecordClient,
  signal?: AbortSignal,
): Promise<LeaseKeeper | undefined> {
  const { clock, identity, settings } = context;
  if (await hasWorkers(context, record, signal)) return undefined;
  return LeaseKeeper.acquire({ record, clock, identity }, { ttlMs: settings.ttlMs, create: emptyState, signal });
}

/**
 * Whether workers may still send rows of a run whose lease is free, because it was given up or ran out. Each holds a
 * lease of its own for the range that it delivers, until it has noticed or that has expired.
 */
async function hasWorkers<M>(
  { identity }: SyncContext<M>,
  record: RecordClient,
  signal: AbortSignal | undefined,
): Promise<boolean> {
  const stored = await record.read(signal);
  const { run } = stored?.value ?? {};
  if (run === undefined || run.claimed.length === 0 || isHeld(stored, identity)) return false;
  for (const range of run.claimed) {
    const own = await record.sibling(rangeKey(record.key, run.runId, range)).read(signal);
    if (isHeld(own, identity)) return true;
  }
  return false;
}

import { emptyState } from '../../state/transitions.js';
import type { SyncContext } from '../options/sync-context.js';
import { LeaseKeeper } from '../record/lease-keeper.js';
import type { RecordClient } from '../record/record-client.js';
import type { FrameEnd, Held } from './run-frame.js';

/** How often a waiting run looks at the lease, milliseconds. */
const WAIT_STEP_MS = 500;

/** Takes the lease of a record, waiting for it as long as the options say. */
export async function takeLease<M>(
  context: SyncContext<M>,
  record: RecordClient,
  signal: AbortSignal | undefined,
): Promise<Held | FrameEnd> {
  const { clock, identity, settings } = context;
  if (!settings.enabled) return { status: 'skipped', reason: 'disabled' };
  const request = { ttlMs: settings.ttlMs, create: emptyState, signal };
  const deadline = clock.monotonic() + settings.waitMs;
  for (;;) {
    signal?.throwIfAborted();
    const keeper = await LeaseKeeper.acquire({ record, clock, identity }, request);
    if (keeper !== undefined) return { keeper };
    if (clock.monotonic() >= deadline) return { status: 'skipped', reason: 'lease-held' };
    await clock.sleep(WAIT_STEP_MS, signal);
  }
}

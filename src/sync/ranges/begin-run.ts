import { ConfigError, SnowmeltError } from '../../errors/errors.js';
import type { RunReport } from '../journal/run-report.js';
import type { SyncContext } from '../options/sync-context.js';
import { failRun } from '../run/end-run.js';
import { openRun } from '../run/open-run.js';
import { inFrame, type FrameEnd, type RunFrame } from '../run/run-frame.js';
import type { RunKind } from '../run/run-kind.js';
import { takeLeaseForRun } from '../run/take-lease.js';
import { completedHandle, makeHandle, openHandle } from './begun-handle.js';
import { joinRun } from './join-run.js';
import { keepResult } from './results-on-hand.js';
import type { RunHandle } from './run-handle.js';

/** How a run is begun. */
export interface BeginRequest {
  /** Gives the same handle again. */
  readonly id: string | undefined;
  readonly leaseMs: number;
  readonly signal: AbortSignal | undefined;
}

/**
 * Begins a run, or finds the one that was begun by the same id.
 *
 * @throws SnowmeltError `LEASE_HELD`, `SYNC_DISABLED`, and whatever the query fails with; ConfigError `WORKER_DIFFERS`
 */
export async function beginRun<M>(context: SyncContext<M>, kind: RunKind, request: BeginRequest): Promise<RunHandle> {
  const { name, enabled } = context.settings;
  const { id, signal } = request;
  const known = enabled && id !== undefined ? await handleAgain(context, id, kind, signal) : undefined;
  if (known !== undefined) return known;
  const { handle, report } = await beginNew(context, kind, request);
  // Another process may have begun it by the same id meanwhile.
  const other = report.skipReason === 'lease-held' && id !== undefined;
  const found = handle ?? (other ? await handleAgain(context, id, kind, signal) : undefined);
  if (found !== undefined) return found;
  report.throwIfFailed();
  throw notBegun(name, report);
}

/** The handle of an earlier call, whose run is kept alive with it. */
async function handleAgain<M>(
  context: SyncContext<M>,
  id: string,
  kind: RunKind,
  signal: AbortSignal | undefined,
): Promise<RunHandle | undefined> {
  const { record, settings } = context;
  const state = (await record.read(signal))?.value;
  const open = openHandle(settings.name, state, id);
  const known = open ?? completedHandle(settings.name, state, id);
  if (known === undefined || !isMeant(known, kind)) return undefined;
  if (open === undefined) return known;
  const joined = await joinRun(context, open, signal);
  joined?.keeper.leave();
  return open;
}

async function beginNew<M>(
  context: SyncContext<M>,
  kind: RunKind,
  { id, leaseMs, signal }: BeginRequest,
): Promise<{ readonly handle: RunHandle | undefined; readonly report: RunReport }> {
  const { name } = context.settings;
  let handle: RunHandle | undefined;
  const inside = async (frame: RunFrame<M>): Promise<FrameEnd> => {
    const { keeper } = frame;
    // Another process was faster, up to the end of the run.
    const done = id === undefined ? undefined : completedHandle(name, keeper.state, id);
    if (done !== undefined && isMeant(done, kind)) {
      await keeper.release();
      handle = done;
      return { status: 'begun' };
    }
    const { run, result } = await openRun(frame, kind);
    const { rowCount, ref } = result;
    if (rowCount === undefined) {
      throw new ConfigError('CONFIG_INVALID', `Sync "${name}": ranges need a source that knows its row count.`, {
        hint: 'Use run() with this source.',
      });
    }
    const first = run.settled[0];
    const firstRow = first?.from === 0 ? first.to : 0;
    // Only now: until there is a handle, the end of this process gives the lease back.
    await keeper.share(leaseMs, id === undefined ? undefined : { id, firstRow });
    const { fencingToken } = keeper.state;
    handle = makeHandle(name, { runId: run.runId, fencingToken, firstRow, ref }, rowCount);
    // With changes it is not whole: see keyedResult().
    if (context.settings.changes === undefined) keepResult(context, handle, result);
    return { status: 'begun' };
  };
  const report = await inFrame({
    context,
    signal,
    hold: () => takeLeaseForRun(context, kind, signal),
    inside,
    giveBack: failRun,
    wasCompleted: () => Promise.resolve(false),
  });
  return { handle: report.error === undefined ? handle : undefined, report };
}

/** Whether a handle that was given by the same id is of the plan that is to be applied. */
function isMeant({ runId }: RunHandle, { plan }: RunKind): boolean {
  return plan === undefined || plan.token.runId === runId;
}

function notBegun(name: string, { skipReason }: RunReport): SnowmeltError {
  if (skipReason === 'disabled') {
    return new SnowmeltError('SYNC_DISABLED', `Sync "${name}" is disabled.`, { hint: 'Set enabled: true.' });
  }
  return new SnowmeltError('LEASE_HELD', `Another run of "${name}" is going on.`, { hint: 'Wait for its end.' });
}

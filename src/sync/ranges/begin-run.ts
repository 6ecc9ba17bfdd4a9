import { ConfigError, SnowmeltError } from '../../errors/errors.js';
import type { RunReport } from '../journal/run-report.js';
import type { SyncContext } from '../options/sync-context.js';
import { failRun } from '../run/end-run.js';
import { openRun } from '../run/open-run.js';
import { inFrame, type FrameEnd, type RunFrame } from '../run/run-frame.js';
import type { RunHandle } from './run-handle.js';
import type { RunKind } from '../run/run-kind.js';
import { takeLease } from '../run/take-lease.js';

/** @throws SnowmeltError `LEASE_HELD`, `SYNC_DISABLED`, and whatever the query fails with */
export async function beginRun<M>(
  context: SyncContext<M>,
  kind: RunKind,
  leaseMs: number,
  signal: AbortSignal | undefined,
): Promise<RunHandle> {
  const { name } = context.settings;
  let handle: RunHandle | undefined;
  const inside = async (frame: RunFrame<M>): Promise<FrameEnd> => {
    const { keeper } = frame;
    const { run, result } = await openRun(frame, kind);
    const { rowCount, ref } = result;
    if (rowCount === undefined) {
      throw new ConfigError('CONFIG_INVALID', `Sync "${name}": ranges need a source that knows its row count.`, {
        hint: 'Use run() with this source.',
      });
    }
    // Only now: until there is a handle, the end of this process gives the lease back.
    await keeper.share(leaseMs);
    const { fencingToken } = keeper.state;
    const { queryId, columnsHash } = ref;
    const first = run.settled[0];
    const firstRow = first?.from === 0 ? first.to : 0;
    const plainRef = { queryId, rowCount, columnsHash };
    handle = { sync: name, runId: run.runId, fencingToken, ref: plainRef, rowCount, firstRow };
    return { status: 'begun' };
  };
  const report = await inFrame({
    context,
    signal,
    hold: () => takeLease(context, context.record, signal),
    inside,
    giveBack: failRun,
    wasCompleted: () => Promise.resolve(false),
  });
  report.throwIfFailed();
  if (handle === undefined) throw notBegun(name, report);
  return handle;
}

function notBegun(name: string, { skipReason }: RunReport): SnowmeltError {
  if (skipReason === 'disabled') {
    return new SnowmeltError('SYNC_DISABLED', `Sync "${name}" is disabled.`, { hint: 'Set enabled: true.' });
  }
  return new SnowmeltError('LEASE_HELD', `Another run of "${name}" is going on.`, { hint: 'Wait for its end.' });
}

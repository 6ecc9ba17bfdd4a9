import type { StoredRun } from '../../state/sync-state.js';
import { deliverPart } from './deliver-part.js';
import { commitRun, endError, failRun } from './end-run.js';
import { isCompleted } from './join-run.js';
import { LeaseKeeper } from '../record/lease-keeper.js';
import { openRun } from './open-run.js';
import { RunJournal } from '../journal/run-journal.js';
import type { RunPlan } from './run-kind.js';
import type { RunReport } from '../journal/run-report.js';
import { totalCounts, unsettled } from '../../state/settled-ranges.js';
import type { RecordClient } from '../record/record-client.js';
import { emptyState } from '../options/sync-context.js';
import type { SyncContext } from '../options/sync-context.js';

/** How often a waiting run looks at the lease, milliseconds. */
const WAIT_STEP_MS = 500;

/** A run to do. */
export interface RunToDo {
  readonly plan: RunPlan;
  /** The record that holds the run. */
  readonly record: RecordClient;
  readonly signal?: AbortSignal | undefined;
  /** What sinks are told. @default that of the record */
  readonly fencingToken?: number | undefined;
}

/** Takes the lease, waiting for it as long as the options say. `undefined`: somebody else keeps it. */
export async function takeLease<M>(
  context: SyncContext<M>,
  record: RecordClient,
  signal: AbortSignal | undefined,
): Promise<LeaseKeeper | undefined> {
  const { clock, identity, settings } = context;
  const request = { ttlMs: settings.ttlMs, create: emptyState, signal };
  const deadline = clock.monotonic() + settings.waitMs;
  for (;;) {
    signal?.throwIfAborted();
    const keeper = await LeaseKeeper.acquire({ record, clock, identity }, request);
    if (keeper !== undefined || clock.monotonic() >= deadline) return keeper;
    await clock.sleep(WAIT_STEP_MS, signal);
  }
}

/** The parts of a run that are not settled; a result of unknown length has one without an end. */
function partsToDeliver(run: StoredRun, rowCount: number | undefined): { from: number; to?: number }[] {
  if (rowCount === undefined) return [{ from: run.settled.at(-1)?.to ?? 0 }];
  return unsettled(run.settled, { from: 0, to: rowCount });
}

/** One run from its lease to its commit, in this process. Never throws. */
export async function runSync<M>(context: SyncContext<M>, toDo: RunToDo): Promise<RunReport> {
  const { plan, record, signal } = toDo;
  const { settings, emitter, clock } = context;
  const journal = new RunJournal(settings.name, emitter, clock, settings.logger);
  if (!settings.enabled) return journal.end('skipped', { skipReason: 'disabled' });
  let keeper: LeaseKeeper | undefined;
  let isCommitting = false;
  try {
    keeper = await takeLease(context, record, signal);
    journal.endPhase('leaseMs');
    if (keeper === undefined) return journal.end('skipped', { skipReason: 'lease-held' });
    const ended = signal === undefined ? keeper.signal : AbortSignal.any([signal, keeper.signal]);
    const { run, result } = await openRun({ context, keeper, journal, plan, signal: ended });
    journal.endPhase('queryMs');
    const gaps = partsToDeliver(run, result.rowCount);
    const fencingToken = toDo.fencingToken ?? keeper.state.fencingToken;
    let base = totalCounts(run.settled);
    for (const gap of gaps) {
      base = await deliverPart(context, journal, { run, result, ...gap, base, keeper, fencingToken, signal: ended });
    }
    journal.counts = base;
    journal.endPhase('deliveryMs');
    ended.throwIfAborted();
    isCommitting = true;
    await commitRun(keeper, plan);
    journal.endPhase('commitMs');
    if (plan.kind === 'run') journal.lastSyncTime = { ...journal.lastSyncTime, after: run.startedAt };
    return journal.end('completed');
  } catch (caught) {
    const error = endError(caught, keeper, signal);
    const isAborted = error.code === 'ABORTED';
    if (keeper !== undefined) await failRun(keeper, error, { isAborted, journal });
    if (error.code === 'LEASE_LOST' && isCommitting && (await isCommitted(journal, record)))
      return journal.end('completed');
    return journal.end(isAborted ? 'aborted' : 'failed', { error });
  }
}

/** Whether the commit was stored after all, although its answer was lost and the next try came too late. */
async function isCommitted(journal: RunJournal, record: RecordClient): Promise<boolean> {
  const { runId } = journal;
  const stored = await record.read().catch(() => undefined);
  if (runId === undefined || !isCompleted(stored, runId)) return false;
  journal.lastSyncTime = { ...journal.lastSyncTime, after: stored?.value.lastSyncTime ?? journal.lastSyncTime.after };
  return true;
}

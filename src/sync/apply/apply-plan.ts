import { checkKey } from '../../diff/key/check-key.js';
import { keyedResult } from '../../diff/key/keyed-result.js';
import type { ResultSet } from '../../source/source.js';
import type { StoredRun } from '../../state/sync-state.js';
import { planApplied } from '../../state/transitions.js';
import { backfillsLeft } from '../changes/backfills-left.js';
import { beginChanges } from '../changes/begin-changes.js';
import { changesOf, type ChangesFrame } from '../changes/changes-place.js';
import { refuseMirror } from '../changes/refuse-mirror.js';
import { planStale } from './plan-stale.js';
import type { PlannedRun } from './planned-run.js';

/**
 * Begins the run of a plan: with its result, from its start on, and with as many removals as were reviewed.
 *
 * @throws SnowmeltError, or the signal's reason
 */
export async function applyPlan<M>(
  frame: ChangesFrame<M>,
  planned: PlannedRun,
): Promise<{ readonly run: StoredRun; readonly result: ResultSet }> {
  const { keeper, journal, context, signal } = frame;
  const { token } = planned;
  const { runId, lastSyncTime, startedAt, ref, fingerprints, removals = 0 } = token;
  const hasChanges = context.settings.changes !== undefined;
  // Behind the snapshot that this run makes, what they have left would be taken for newer than it is.
  if (hasChanges && (await backfillsLeft(context, keeper.state, signal)).length > 0) {
    throw planStale(token, 'snapshot-moved', 'a backfill was cut off, and the snapshot does not have what it sent');
  }
  journal.runId = runId;
  const opened = await planned.open(signal);
  const result = hasChanges ? keyedResult(opened) : opened;
  const begun = hasChanges ? await compared(frame, result) : undefined;
  const run: StoredRun = {
    runId,
    lastSyncTime,
    startedAt,
    ref: { queryId: ref.queryId, rowCount: ref.rowCount, columnsHash: ref.columnsHash },
    settled: [],
    claimed: [],
    queryFingerprint: fingerprints.query,
    mapperFingerprint: fingerprints.mapper,
    plan: { removals },
    ...(begun && { changes: begun.changes }),
  };
  journal.queryId = ref.queryId;
  journal.rowCount = result.rowCount;
  await keeper.update((state) => planApplied(state, run, begun?.snapshot));
  return { run, result };
}

async function compared<M>(frame: ChangesFrame<M>, { columns }: ResultSet): ReturnType<typeof beginChanges<M>> {
  const changes = changesOf(frame);
  const key = checkKey(columns, changes.key);
  if (changes.mode === 'mirror') refuseMirror(frame.context.settings.mapper, columns, key.parts);
  return beginChanges(frame, key, undefined);
}

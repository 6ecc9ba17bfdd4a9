import { completeSnapshot } from '../../diff/level/end-run.js';
import { sweepSnapshot } from '../../diff/level/sweep.js';
import type { KeyedResult } from '../../diff/key/keyed-result.js';
import { SnowmeltError } from '../../errors/errors.js';
import { countsOfRun, totalCounts } from '../../state/settled-ranges.js';
import type { RunRemovals, StoredRun } from '../../state/sync-state.js';
import { removalsJudged, type SnapshotAfter } from '../../state/transitions.js';
import { changesOf, placeOf, snapshotOf } from '../changes/changes-place.js';
import { holdMessage, judgeRemovals } from '../changes/judge-removals.js';
import { keptKeys } from '../changes/compared-with.js';
import { forgetStale } from './backfill-note.js';
import { deliverRemovals } from './deliver-removals.js';
import { deliverRows } from './deliver-rows.js';
import type { RunFrame } from './run-frame.js';
import type { RunKind } from './run-kind.js';

/** A run with `changes` whose rows are settled. */
export interface RunToEnd {
  readonly kind: RunKind;
  readonly result: KeyedResult;
  readonly fencingToken: number;
}

/**
 * What is left of a run with `changes` when its rows are settled: the keys behind its last row, its removals, and the
 * snapshot after it.
 *
 * @returns the snapshot to commit, or why the run failed
 */
export async function endChanges<M>(
  frame: RunFrame<M>,
  { kind, result, fencingToken }: RunToEnd,
): Promise<{ readonly snapshot?: SnapshotAfter } | { readonly error: SnowmeltError }> {
  const { keeper, journal } = frame;
  const openRun = (): StoredRun => {
    const { run } = keeper.state;
    if (run?.changes === undefined) throw new SnowmeltError('RUN_UNFINISHED', 'There is no run to finish.');
    return run;
  };
  if (openRun().changes?.level.closed !== true) {
    const end = result.rowCount ?? 0;
    const before = totalCounts(openRun().settled);
    const range = { from: end, to: end };
    const error = await deliverRows(frame, { run: openRun(), result, range, before, fencingToken });
    if (error !== undefined) return { error };
  }
  if (kind.name === 'run' && changesOf(frame).mode === 'mirror' && openRun().changes?.kind !== 'seed') {
    const error = await remove(frame, openRun(), kind, fencingToken);
    if (error !== undefined) return { error };
  }
  journal.counts = countsOfRun(openRun());
  return kind.name === 'run' ? { snapshot: await snapshotAfter(frame, openRun(), fencingToken) } : {};
}

async function remove<M>(
  frame: RunFrame<M>,
  run: StoredRun,
  { upTo }: RunKind,
  fencingToken: number,
): Promise<SnowmeltError | undefined> {
  const { keeper, journal, context } = frame;
  let removals = run.changes?.removals;
  if (removals === undefined) {
    const judged: RunRemovals = await judgeRemovals(frame, run, await snapshotOf(frame), upTo);
    await keeper.update((state) => removalsJudged(state, judged));
    removals = judged;
  }
  if (removals.held !== undefined) journal.warn('REMOVALS_HELD', holdMessage(context.settings.name, removals));
  if (removals.done === removals.allowed) return undefined;
  return deliverRemovals(frame, { run, removals, fencingToken });
}

async function snapshotAfter<M>(frame: RunFrame<M>, run: StoredRun, token: number): Promise<SnapshotAfter> {
  const { context } = frame;
  const changes = changesOf(frame);
  const known = await snapshotOf(frame);
  const { level, removals, keyForm, kind } = run.changes ?? { level: undefined, keyForm: known.keyForm };
  const place = placeOf(frame, known.present.id, token);
  const isSeed = kind === 'seed';
  const rows = level ?? { segments: [], count: 0, accepted: 0, removable: 0 };
  const keep = keptKeys(context.settings, isSeed);
  const present = await completeSnapshot(place, known.present, { rows, removals: removals?.level }, keep);
  const held =
    removals !== undefined && removals.total > removals.allowed
      ? {
          count: removals.total - removals.allowed,
          reason: removals.held ?? '',
          since: known.held?.since ?? run.startedAt,
        }
      : undefined;
  const after = {
    present,
    previous: known.present,
    keyForm,
    form: changes.hasher.version,
    query: run.queryFingerprint,
    removed: changes.removedFingerprint,
    held,
  };
  return { before: known.present, after };
}

/** Removes what the snapshot of a committed run no longer names. What fails leaves only unused space. */
export async function sweepAfter<M>(frame: RunFrame<M>, { after }: SnapshotAfter, token: number): Promise<void> {
  // With what backfills have added since the run was begun.
  const { backfills = [], snapshot = after } = frame.keeper.state;
  const { present, previous } = snapshot;
  const place = placeOf(frame, present.id, token);
  // What a backfill has written is named nowhere but in its own record until it ends.
  await forgetStale(frame.context, backfills).catch(() => undefined);
  const isShared = backfills.length > 0;
  await sweepSnapshot(place, { present, previous, isShared }).catch(() => undefined);
}

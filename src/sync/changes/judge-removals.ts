import { acceptedKeys } from '../../diff/level/sending-levels.js';
import { openSnapshot } from '../../diff/snapshot/open-snapshot.js';
import { tokenOf } from '../../diff/snapshot/place.js';
import { callSource } from '../../source/call-source.js';
import { NO_COUNTS } from '../../state/settled-ranges.js';
import { NO_LEVEL } from '../../state/snapshot-refs.js';
import type { RunRemovals, StoredRun, StoredSnapshot } from '../../state/sync-state.js';
import type { SnapshotStore } from '../../diff/stores/snapshot-store.js';
import type { SyncContext } from '../options/sync-context.js';
import type { LeaseKeeper } from '../record/lease-keeper.js';
import { changesOf, placeOf, type ChangesFrame } from './changes-place.js';

/** Why removals are held. */
export type HoldReason =
  | 'no-rows'
  | 'query-changed'
  | 'removed-changed'
  | 'too-many'
  | 'result-old'
  | 'state-older'
  | 'held-before'
  | 'more-than-approved'
  | 'more-than-reviewed';

const WHY: Readonly<Record<HoldReason, string>> = {
  'no-rows': 'the result has no rows',
  'query-changed': 'the query has changed since the last completed run',
  'removed-changed': '`removed` has changed since the last completed run',
  'too-many': 'they are more than `maxRemoved`',
  'result-old': 'the result is older than `removalsMaxAge`',
  'state-older': 'the state is older than its snapshot: it was restored',
  'held-before': 'removals were held before, and nobody has let them go since',
  'more-than-approved': 'they are more than were let go',
  'more-than-reviewed': 'they are more than the plan let go that is applied',
};

/** Why removals are held, in words. */
export function whyText(held: string | undefined): string {
  return held === undefined ? '' : ((WHY as Readonly<Record<string, string>>)[held] ?? held);
}

/** What is told of removals that are held. */
export function holdMessage(sync: string, { total, allowed, held }: RunRemovals): string {
  const count = total - allowed;
  return `${count} removals of "${sync}" are held: ${whyText(held)}. Look at them with plan(); let them go with run({ removals: { upTo: ${total} } }), or: snowmelt run ${sync} --remove-up-to ${total}`;
}

/**
 * Judges how many removals of a run may go, before the first of them.
 *
 * @param upTo how many somebody lets go; `undefined` when nobody was asked
 */
export async function judgeRemovals<M>(
  frame: ChangesFrame<M>,
  run: StoredRun,
  snapshot: StoredSnapshot,
  upTo: number | undefined,
): Promise<RunRemovals> {
  const total = run.changes?.level.removable ?? 0;
  const none = { total, done: 0, counts: NO_COUNTS, level: NO_LEVEL };
  if (total === 0) return { ...none, allowed: 0 };
  const { context, signal, keeper } = frame;
  const { store } = placeOf(frame, snapshot.present.id, keeper.state.fencingToken);
  const { held, allowed } = await judgeHeld({
    context,
    signal,
    store,
    lastToken: () => lastTokenNow(keeper),
    run,
    snapshot,
    total,
    upTo,
  });
  return held === undefined ? { ...none, allowed } : { ...none, allowed, held };
}

/** The highest token as the record has it now: backfills beside the run take theirs without its lease. @throws StateError */
export async function lastTokenNow(keeper: LeaseKeeper): Promise<number> {
  await keeper.renew();
  return keeper.state.lastToken;
}

/** Removals, counted, and what they are judged by. */
export interface CountedRemovals<M> {
  readonly context: SyncContext<M>;
  readonly signal: AbortSignal;
  readonly store: SnapshotStore;
  /** Asks for the highest fencing token that the state knows. */
  readonly lastToken: () => Promise<number>;
  readonly run: Pick<StoredRun, 'startedAt' | 'ref' | 'queryFingerprint' | 'plan'>;
  readonly snapshot: StoredSnapshot;
  readonly total: number;
  readonly upTo: number | undefined;
}

/** Which removals the guards let go, and why the others are held. Changes nothing. */
export async function judgeHeld<M>(
  removals: CountedRemovals<M>,
): Promise<{ readonly allowed: number; readonly held: HoldReason | undefined }> {
  const { total, upTo, run } = removals;
  if (total === 0) return { allowed: 0, held: undefined };
  const held = await whyHeld(removals);
  const reviewed = run.plan?.removals ?? total;
  if (held === undefined && total > reviewed) return { allowed: reviewed, held: 'more-than-reviewed' };
  if (held === undefined) return { allowed: total, held };
  return { allowed: held === 'more-than-approved' ? Math.min(upTo ?? 0, total) : 0, held };
}

async function whyHeld<M>(removals: CountedRemovals<M>): Promise<HoldReason | undefined> {
  const { context, signal, store, lastToken, run, snapshot, total, upTo } = removals;
  const { source } = context.settings;
  const changes = changesOf(removals);
  const now = await callSource("Asking for the source's time", signal, () => source.now({ signal }));
  if (now.getTime() / 1000 - run.startedAt > changes.removalsMaxAge) return 'result-old';
  if (upTo !== undefined) return total > upTo ? 'more-than-approved' : undefined;
  if (snapshot.held !== undefined) return snapshot.held.count === 0 ? 'state-older' : 'held-before';
  if (run.ref?.rowCount === 0) return 'no-rows';
  if (snapshot.query !== undefined && snapshot.query !== run.queryFingerprint) return 'query-changed';
  if (snapshot.removed !== undefined && snapshot.removed !== changes.removedFingerprint) return 'removed-changed';
  const { present } = snapshot;
  const names = await store.list(`${present.id}/`, { signal });
  // Asked for behind the list: who has written what stands in it had its token before.
  const known = await lastToken();
  if (names.some((name) => (tokenOf(present.id, name) ?? 0) > known)) return 'state-older';
  const accepted = await acceptedKeys({ store, signal }, await openSnapshot({ store, signal }, present));
  return total > changes.mostRemoved(accepted) ? 'too-many' : undefined;
}

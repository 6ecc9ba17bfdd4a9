import { acceptedKeys, openSnapshot } from '../../diff/snapshot/open-snapshot.js';
import { tokenOf } from '../../diff/snapshot/place.js';
import { callSource } from '../../source/call-source.js';
import { NO_COUNTS } from '../../state/settled-ranges.js';
import { NO_LEVEL } from '../../state/snapshot-refs.js';
import type { RunRemovals, StoredRun, StoredSnapshot } from '../../state/sync-state.js';
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
  | 'more-than-approved';

const WHY: Readonly<Record<HoldReason, string>> = {
  'no-rows': 'the result has no rows',
  'query-changed': 'the query has changed since the last completed run',
  'removed-changed': '`removed` has changed since the last completed run',
  'too-many': 'they are more than `maxRemoved`',
  'result-old': 'the result is older than `removalsMaxAge`',
  'state-older': 'the state is older than its snapshot: it was restored',
  'held-before': 'removals were held before, and nobody has let them go since',
  'more-than-approved': 'they are more than were let go',
};

/** What is told of removals that are held. */
export function holdMessage(sync: string, { total, allowed, held }: RunRemovals): string {
  const count = total - allowed;
  const why = held === undefined ? '' : (WHY as Readonly<Record<string, string>>)[held];
  return `${count} removals of "${sync}" are held: ${why ?? held ?? ''}. Look at them with plan(); let them go with run({ removals: { upTo: ${total} } }), or: snowmelt run ${sync} --remove-up-to ${total}`;
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
  const held = await whyHeld(frame, run, snapshot, upTo);
  if (held === undefined) return { ...none, allowed: total };
  const isPartly = held === 'more-than-approved';
  return { ...none, allowed: isPartly ? Math.min(upTo ?? 0, total) : 0, held };
}

async function whyHeld<M>(
  frame: ChangesFrame<M>,
  run: StoredRun,
  snapshot: StoredSnapshot,
  upTo: number | undefined,
): Promise<HoldReason | undefined> {
  const { context, signal, keeper } = frame;
  const { source } = context.settings;
  const changes = changesOf(frame);
  const total = run.changes?.level.removable ?? 0;
  const now = await callSource("Asking for the source's time", signal, () => source.now({ signal }));
  if (now.getTime() / 1000 - run.startedAt > changes.removalsMaxAge) return 'result-old';
  if (upTo !== undefined) return total > upTo ? 'more-than-approved' : undefined;
  if (snapshot.held !== undefined) return 'held-before';
  if (run.ref?.rowCount === 0) return 'no-rows';
  if (snapshot.query !== undefined && snapshot.query !== run.queryFingerprint) return 'query-changed';
  if (snapshot.removed !== undefined && snapshot.removed !== changes.removedFingerprint) return 'removed-changed';
  const { present } = snapshot;
  const place = placeOf(frame, present.id, keeper.state.fencingToken);
  const names = await place.store.list(`${present.id}/`, { signal });
  if (names.some((name) => (tokenOf(present.id, name) ?? 0) > keeper.state.lastToken)) return 'state-older';
  const accepted = acceptedKeys(await openSnapshot(place, present));
  return total > changes.mostRemoved(accepted) ? 'too-many' : undefined;
}

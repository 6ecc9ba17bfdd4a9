import { tokenOf } from '../../diff/snapshot/place.js';
import { removalsHeld } from '../../state/transitions.js';
import { changesOf, placeOf, type ChangesFrame } from './changes-place.js';

/**
 * Holds removals when the snapshot has objects of later runs than the state knows: the state was restored, and what it
 * names is older than the destination. To be called before the process writes anything under its lease.
 */
export async function holdIfRestored<M>(frame: ChangesFrame<M>): Promise<void> {
  const { context, keeper, signal } = frame;
  const { snapshot, fencingToken } = keeper.state;
  if (context.settings.changes === undefined || changesOf(frame).mode !== 'mirror') return;
  if (snapshot === undefined || snapshot.held !== undefined) return;
  const { id } = snapshot.present;
  const { store } = placeOf(frame, id, fencingToken);
  const tokens = (await store.list(`${id}/`, { signal })).map((name) => tokenOf(id, name) ?? 0);
  if (!tokens.some((token) => token >= fencingToken)) return;
  // Backfills that were noted since the lease was taken have tokens above its own.
  await keeper.renew();
  const { lastToken } = keeper.state;
  if (!tokens.some((token) => token === fencingToken || token > lastToken)) return;
  const since = Math.floor(context.clock.wall() / 1000);
  await keeper.update((state) => removalsHeld(state, { count: 0, reason: 'state-older', since }));
}

import type { KeyedResult } from '../../diff/key/keyed-result.js';
import { batchLimits } from '../../delivery/read/batch-limits.js';
import type { ItemMaker } from '../../delivery/read/item-maker.js';
import { messageOf } from '../../delivery/read/item.js';
import { isRemovalEvent } from '../../mapping/semantic/semantic-event-names.js';
import type { StoredRun } from '../../state/sync-state.js';
import { placeOf, syncState } from '../changes/changes-place.js';
import { DryChanges } from '../changes/dry-changes.js';
import { judgeHeld, lastTokenNow } from '../changes/judge-removals.js';
import type { RunFrame } from './run-frame.js';
import type { RunKind } from './run-kind.js';

/** What a run with `changes` would send. */
export interface ToSend {
  /** Rows added and changed. */
  readonly rows: number;
  /** Deletions and suppressions, by its rows and by the removals that the guards let go. */
  readonly deletes: number;
}

/** Walks a whole result beside the snapshot before anything of it is sent. Writes nothing. */
export async function countChanges<M>(
  frame: RunFrame<M>,
  run: StoredRun,
  result: KeyedResult,
  kind: RunKind,
): Promise<ToSend> {
  const { context, keeper, signal } = frame;
  const { sink, rateLimit, name, changes } = context.settings;
  const { snapshot } = await syncState(frame);
  const { store } = placeOf(frame, snapshot?.present.id ?? '', keeper.state.fencingToken);
  const { upTo } = kind;
  const most = Math.min(upTo ?? Infinity, run.plan?.removals ?? Infinity);
  let deletesOfRemovals = 0;
  const dry = await DryChanges.open({
    context,
    result,
    snapshot: snapshot?.present,
    store,
    kind: run.changes?.kind,
    signal,
    maker: {
      sink,
      limits: batchLimits(sink.limits, rateLimit?.maxMessagesPerSecond),
      runId: run.runId,
      sync: name,
      // The delivery tells of them.
      warn: () => undefined,
    },
    onRemoval: (made, number) => {
      if (number - (result.rowCount ?? 0) < most) deletesOfRemovals += deletesIn(made);
    },
  });
  const toSend = { rows: 0, deletes: 0 };
  for await (const judged of dry.rows()) {
    for (const each of judged) {
      if (each.is !== 'sent') continue;
      toSend.rows += 1;
      dry.maker.makeOf(each.mapped);
      toSend.deletes += deletesIn(dry.maker);
    }
  }
  if (kind.name === 'backfill' || snapshot === undefined || changes?.mode !== 'mirror') return toSend;
  const total = dry.removals;
  const lastToken = (): Promise<number> => lastTokenNow(keeper);
  const { allowed } = await judgeHeld({ context, signal, store, lastToken, run, snapshot, total, upTo });
  return allowed === 0 ? toSend : { ...toSend, deletes: toSend.deletes + deletesOfRemovals };
}

function deletesIn<M>({ items }: ItemMaker<M>): number {
  return items.filter((item) => isRemovalEvent(messageOf(item))).length;
}

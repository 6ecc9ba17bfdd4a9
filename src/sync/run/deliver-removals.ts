import type { DeliverOptions } from '../../delivery/deliver-options.js';
import { Delivery } from '../../delivery/delivery.js';
import { deliverySettings } from '../../delivery/delivery-settings.js';
import type { RowStage } from '../../delivery/read/row-stage.js';
import { LevelRecorder } from '../../diff/level/level-recorder.js';
import { openLevel } from '../../diff/snapshot/open-snapshot.js';
import { recordRemoval, removalsOf, settleRemoval, type Removal } from '../../diff/walk/removals.js';
import type { SnowmeltError } from '../../errors/errors.js';
import type { RowBatch } from '../../source/source.js';
import type { RunCounts, RunRemovals, StoredRun } from '../../state/sync-state.js';
import { countsOfRun } from '../../state/settled-ranges.js';
import { removalsSettled } from '../../state/transitions.js';
import { AnnouncedRows } from '../changes/announced-rows.js';
import { changesOf, placeToWrite, snapshotOf } from '../changes/changes-place.js';
import { removalColumns, removalMapper, removalValues } from '../changes/removal-rows.js';
import { Checkpointer } from './checkpointer.js';
import { deliveryOf } from './deliver-rows.js';
import type { RunFrame } from './run-frame.js';

/** Removals of a run that may go. */
export interface RemovalsToDeliver {
  readonly run: StoredRun;
  readonly removals: RunRemovals;
  readonly fencingToken: number;
}

/**
 * Delivers the removals of a run, numbered behind its last row, with a checkpoint of their own.
 *
 * @returns why they ended early
 * @throws SnowmeltError when the last checkpoint of removals that went well cannot be stored; the signal's reason
 */
export async function deliverRemovals<M>(
  frame: RunFrame<M>,
  { run, removals, fencingToken }: RemovalsToDeliver,
): Promise<SnowmeltError | undefined> {
  const { context, journal, keeper, signal } = frame;
  const { settings } = context;
  const changes = changesOf(frame);
  const { present } = await snapshotOf(frame);
  const place = placeToWrite(frame, present.id, fencingToken);
  const level = await openLevel(place, run.changes?.level ?? removals.level);
  const recorder = new LevelRecorder(place, removals.level, { announces: true });
  const behind = run.ref?.rowCount ?? 0;
  const from = behind + removals.done;
  const to = behind + removals.allowed;
  const open = new Map<number, Removal>();
  const countsWith = (counts: RunCounts): RunCounts =>
    countsOfRun({
      settled: run.settled,
      changes: run.changes && { ...run.changes, removals: { ...removals, counts } },
    });
  async function* read(): AsyncGenerator<RowBatch, void, undefined> {
    for await (const found of removalsOf(place, level, removals.done)) {
      const some = found.filter(({ number }) => number < removals.allowed);
      const [first] = some;
      if (first === undefined) return;
      for (const removal of some) open.set(behind + removal.number, removal);
      const rows = some.map((removal) => removalValues(changes.key, changes.cipher, removal.text));
      yield { firstRow: behind + first.number, rows };
    }
  }
  const writeBelow = async (below: number, counts: RunCounts): Promise<void> => {
    announced.storing();
    const done = { done: below - behind, counts: plain(counts), level: await recorder.checkpoint(below - behind) };
    await keeper.update((state) => removalsSettled(state, done));
    announced.stored();
  };
  const checkpointer = new Checkpointer(frame, from, {
    settled: async (below, { counts }) => {
      await writeBelow(below, counts);
      return countsWith(counts);
    },
    announced: (below) => writeBelow(below, keeper.state.run?.changes?.removals?.counts ?? removals.counts),
  });
  const announced = new AnnouncedRows<M>(checkpointer.announcing);
  const stage: RowStage<M> = {
    canonical: changes.hasher.json,
    firstRow: from,
    isDone: false,
    judge: async (_batch, rows) => {
      for (const { row } of rows) {
        const removal = open.get(row);
        if (removal !== undefined) recordRemoval(recorder, removal);
      }
      await announced.hold(rows.map((mapped) => ({ mapped, is: 'sent', change: 'changed' })));
      return announced.take();
    },
    end: () => announced.end(),
    get hasReleased() {
      return announced.hasFree;
    },
    released: () => announced.take(),
    onReleased: (tell) => {
      announced.onFree(tell);
    },
    settled: (row, outcome) => {
      const removal = open.get(row);
      open.delete(row);
      if (removal !== undefined) settleRemoval(recorder, removal, outcome !== 'rejected');
    },
    keyOf: (row) => {
      const key = open.get(row)?.key;
      return key && Buffer.from(key).toString('hex');
    },
    isOfRemovals: true,
  };
  const options: DeliverOptions<M> = {
    ...deliveryOf(settings),
    mapper: removalMapper(changes),
    rows: read(),
    columns: removalColumns(changes.key),
    from,
    to,
    sync: settings.name,
    runId: run.runId,
    queryId: run.ref?.queryId,
    fencingToken,
    counts: removals.counts,
    signal,
    onSettled: checkpointer.onSettled,
    onEvent: (event) => {
      // Removals are no rows: the rows are settled, and the counts are those of the whole run.
      const isProgress = event.type === 'progress';
      journal.tell(isProgress ? { ...event, counts: countsWith(event.counts), settledBelow: behind } : event);
    },
    fence: () => keeper.fence(),
  };
  const report = await new Delivery(options, deliverySettings(options), stage).run();
  await announced.stop();
  journal.add({ ...report, counts: countsWith(report.counts) });
  if (!keeper.signal.aborted) {
    try {
      await checkpointer.flush();
    } catch (error) {
      if (report.error === undefined) throw error;
    }
  }
  signal.throwIfAborted();
  return report.error;
}

/** Of a removal there is nothing that could be unchanged. */
function plain({ read, delivered, rejected, skipped, messages }: RunCounts): RunCounts {
  return { read, delivered, rejected, skipped, messages };
}

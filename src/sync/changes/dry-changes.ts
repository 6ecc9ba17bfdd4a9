import { checkKey } from '../../diff/key/check-key.js';
import type { KeyedResult } from '../../diff/key/keyed-result.js';
import { openSnapshot } from '../../diff/snapshot/open-snapshot.js';
import type { SnapshotRef } from '../../state/snapshot-refs.js';
import { NO_LEVEL } from '../../state/snapshot-refs.js';
import type { SnapshotStore } from '../../diff/stores/snapshot-store.js';
import { DryRecorder } from '../../diff/walk/dry-recorder.js';
import { RowWalk } from '../../diff/walk/row-walk.js';
import { ItemMaker, type ItemMakerParts } from '../../delivery/read/item-maker.js';
import type { JudgedRow } from '../../delivery/read/row-stage.js';
import { readRows } from '../../source/call-source.js';
import type { RunChanges } from '../../state/sync-state.js';
import type { SyncContext } from '../options/sync-context.js';
import { changesOf } from './changes-place.js';
import { ChangesStage } from './changes-stage.js';
import { keptKeys } from './compared-with.js';
import { removalColumns, removalMapper, removalValues } from './removal-rows.js';

/** What a dry comparison works with. */
export interface DryChangesParts<M> {
  readonly context: SyncContext<M>;
  readonly result: KeyedResult;
  /** What the rows are compared with; nothing where there is no snapshot yet. */
  readonly snapshot: SnapshotRef | undefined;
  readonly store: SnapshotStore;
  readonly kind?: RunChanges['kind'];
  readonly signal: AbortSignal;
  /** How rows and removals become messages. */
  readonly maker: Omit<ItemMakerParts<M>, 'mapper' | 'columns' | 'canonical'>;
  /** Told of every removal that is found: `made` has its messages, `key` its values by column, undefined where unreadable. */
  readonly onRemoval: (made: ItemMaker<M>, number: number, key: readonly unknown[]) => void;
}

/** Compares a whole result with the snapshot as a run would, and writes nothing. */
export class DryChanges<M> {
  /** Maps the rows. */
  readonly maker: ItemMaker<M>;
  readonly #stage: ChangesStage<M>;
  readonly #recorder: DryRecorder;
  readonly #parts: DryChangesParts<M>;

  private constructor(parts: DryChangesParts<M>, maker: ItemMaker<M>, stage: ChangesStage<M>, recorder: DryRecorder) {
    this.#parts = parts;
    this.maker = maker;
    this.#stage = stage;
    this.#recorder = recorder;
  }

  /** @throws SnowmeltError `SNAPSHOT_UNREADABLE`; MappingError `MAPPING_COLUMNS` */
  static async open<M>(parts: DryChangesParts<M>): Promise<DryChanges<M>> {
    const { context, result, snapshot, store, kind, signal, onRemoval } = parts;
    const changes = changesOf(parts);
    const { columns } = result;
    const canonical = changes.hasher.json;
    const maker = new ItemMaker({ ...parts.maker, mapper: context.settings.mapper, columns, canonical });
    const removed = new ItemMaker({
      ...parts.maker,
      mapper: removalMapper(changes),
      columns: removalColumns(changes.key),
      canonical,
    });
    const behind = result.rowCount ?? 0;
    const recorder = new DryRecorder((text, index) => {
      // Numbered as in a run: behind the last row.
      const number = behind + index;
      const values = removalValues(changes.key, changes.cipher, text);
      removed.make(number, values);
      onRemoval(removed, number, values);
    });
    const isSeed = kind === 'seed';
    const place = { store: readOnly(store), id: snapshot?.id ?? '', token: 0, signal };
    const levels = isSeed || snapshot === undefined ? [] : (await openSnapshot(place, snapshot)).levels;
    const [from, to] = [0, result.rowCount ?? Number.MAX_SAFE_INTEGER];
    const walk = new RowWalk({
      place,
      snapshot: { id: place.id, levels },
      level: NO_LEVEL,
      from,
      to,
      mode: changes.mode,
      keep: keptKeys(context.settings, isSeed),
      resend: kind === 'resend',
      recorder,
    });
    const key = checkKey(columns, changes.key);
    const stage = new ChangesStage({ changes, key, columns, walk, firstRow: 0, from, to, isSeed });
    return new DryChanges(parts, maker, stage, recorder);
  }

  /** How many removals were found so far: all of them when the rows have ended. */
  get removals(): number {
    return this.#recorder.removals;
  }

  /** All rows of the result, judged, in their order. */
  async *rows(): AsyncGenerator<readonly JudgedRow<M>[], void, undefined> {
    const { result, signal } = this.#parts;
    for await (const batch of readRows(result, signal)) {
      const mapped = batch.rows.map((values, index) => this.maker.map(batch.firstRow + index, values));
      yield await this.#stage.judge(batch, mapped);
      signal.throwIfAborted();
    }
    yield await this.#stage.end();
  }
}

/** A store that cannot be changed through it. */
function readOnly(store: SnapshotStore): SnapshotStore {
  const refuse = (): never => {
    throw new TypeError('a walk that only looks may write nothing');
  };
  return {
    put: refuse,
    delete: refuse,
    get: (name, options) => store.get(name, options),
    list: (prefix, options) => store.list(prefix, options),
  };
}

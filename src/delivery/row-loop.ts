import { isSnowmeltError, SourceError } from '../errors/errors.js';
import type { RowBatch } from '../source/source.js';
import type { Pump } from './lanes/pump.js';
import type { RunControl } from './lanes/run-control.js';
import type { RejectedRow } from './read/item.js';
import type { DeliveryLog } from './write/delivery-log.js';
import type { ItemMaker } from './read/item-maker.js';
import type { RowFeed } from './read/row-feed.js';
import type { JudgedRow, MappedRow, RowStage } from './read/row-stage.js';
import { Turns } from './read/turns.js';
import type { RowChange, Settlement } from './settle/settlement.js';
import type { Rejections } from './write/rejections.js';

/** Refused rows that go to the dead letter together. */
const REJECTIONS_AT_ONCE = 100;
/** Longest time that timers and signals of the process wait for the engine's own work. */
const YIELD_MS = 20;

const nextTurn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

/** What a {@link RowLoop} works with. */
export interface RowLoopParts<M> {
  readonly feed: RowFeed;
  readonly maker: ItemMaker<M>;
  readonly stage: RowStage<M> | undefined;
  readonly settlement: Settlement;
  readonly pump: Pump<M>;
  readonly rejections: Rejections<M>;
  readonly log: DeliveryLog<M> | undefined;
  readonly control: RunControl;
  /** To be called when rows may have been settled. */
  readonly noteSettled: () => void;
}

/** Takes rows from the source to the lanes, as fast as there is room, until the last row or the end of the delivery. */
export class RowLoop<M> {
  readonly #parts: RowLoopParts<M>;
  readonly #turns = new Turns(YIELD_MS);
  #unkept: RejectedRow<M>[] = [];
  /** Time spent waiting for rows, milliseconds. */
  sourceWaitMs = 0;

  constructor(parts: RowLoopParts<M>) {
    this.#parts = parts;
  }

  /** @throws whatever the source throws; AsyncCodeError; what a dead letter fails with */
  async run(): Promise<void> {
    const { stage, noteSettled } = this.#parts;
    while (stage?.isDone !== true) {
      const batch = await this.#nextBatch();
      if (batch === undefined) break;
      if (stage === undefined) await this.#takeAll(batch);
      else await this.#openAll(await this.#judged(stage, batch));
      if (this.#isStopped) return;
      await this.#keepRejections();
      noteSettled();
    }
    if (stage === undefined || this.#isStopped) return;
    await this.#openAll(await stage.end());
    await this.#keepRejections();
    noteSettled();
  }

  get #hasRoom(): boolean {
    const { settlement, pump } = this.#parts;
    return pump.hasRoom && settlement.hasRoom && this.#logHasRoom;
  }

  get #logHasRoom(): boolean {
    return this.#parts.log?.hasRoom !== false;
  }

  get #isStopped(): boolean {
    return this.#parts.control.stopped;
  }

  async #takeAll(batch: RowBatch): Promise<void> {
    const { maker, control } = this.#parts;
    let row = batch.firstRow;
    for (const values of batch.rows) {
      if (this.#turns.isOver()) await this.#pause();
      if (!this.#hasRoom) await this.#waitForRoom();
      if (control.stopped) return;
      maker.make(row, values);
      const waiting = this.#openMade(values);
      if (waiting !== undefined) await waiting;
      row += 1;
    }
  }

  async #judged(stage: RowStage<M>, batch: RowBatch): Promise<readonly JudgedRow<M>[]> {
    const { maker, control } = this.#parts;
    const mapped: MappedRow<M>[] = [];
    for (const values of batch.rows) {
      if (this.#turns.isOver()) await this.#pause();
      if (control.stopped) return [];
      mapped.push(maker.map(batch.firstRow + mapped.length, values));
    }
    return stage.judge(batch, mapped);
  }

  async #openAll(judged: readonly JudgedRow<M>[]): Promise<void> {
    const { maker, settlement, control, log } = this.#parts;
    for (const each of judged) {
      const { row, values } = each.mapped;
      if (this.#turns.isOver()) await this.#pause();
      if (each.is === 'unchanged') {
        settlement.pass(values);
        continue;
      }
      if (!this.#hasRoom) await this.#waitForRoom();
      if (control.stopped) return;
      if (row !== settlement.next) throw new TypeError(`row ${row} was judged where ${settlement.next} was due`);
      let waiting: Promise<void> | undefined;
      if (each.is === 'sent') {
        maker.makeOf(each.mapped);
        waiting = this.#openMade(values, each.change);
      } else if (each.is === 'rejected') {
        log?.open(row, values, { items: [], rejections: [each.rejection] });
        settlement.open(1, values);
        waiting = this.#reject([each.rejection]);
      } else {
        log?.open(row, values, { items: [], rejections: [] });
        settlement.open(0, values);
      }
      if (waiting !== undefined) await waiting;
    }
  }

  /** Opens the row that the maker has made, and queues its messages; a promise when that has to wait. */
  #openMade(values: readonly unknown[], change?: RowChange): Promise<void> | undefined {
    const { maker, settlement, pump, log } = this.#parts;
    const { items, rejections } = maker;
    log?.open(settlement.next, values, maker);
    settlement.open(items.length + rejections.length, values, change);
    for (const [index, item] of items.entries()) {
      const waiting = pump.place(item);
      if (waiting !== undefined) return this.#placeRest(waiting, index + 1);
    }
    return rejections.length === 0 ? undefined : this.#reject(rejections);
  }

  async #placeRest(waiting: Promise<void>, from: number): Promise<void> {
    const { maker, pump } = this.#parts;
    await waiting;
    for (const item of maker.items.slice(from)) await pump.place(item);
    await this.#reject(maker.rejections);
  }

  #reject(rejections: readonly RejectedRow<M>[]): Promise<void> | undefined {
    this.#unkept.push(...rejections);
    return this.#unkept.length >= REJECTIONS_AT_ONCE ? this.#keepRejections() : undefined;
  }

  async #nextBatch(): Promise<RowBatch | undefined> {
    const { feed, pump, control, stage } = this.#parts;
    const isReady = (): boolean => feed.isReady;
    const hasReleased = (): boolean => stage?.hasReleased === true;
    // A source with rows at hand answers within this turn; only a slow one makes partial batches worth sending.
    if (!isReady() || this.#turns.age > YIELD_MS) await this.#yield();
    while (!isReady() && !control.stopped) {
      const startedAt = performance.now();
      await pump.flushUntil(() => isReady() || hasReleased());
      this.sourceWaitMs += performance.now() - startedAt;
      if (hasReleased()) await this.#openAll(stage?.released() ?? []);
    }
    if (control.stopped) return undefined;
    try {
      return feed.take();
    } catch (error) {
      throw isSnowmeltError(error) ? error : sourceFailed(error);
    }
  }

  async #waitForRoom(): Promise<void> {
    const { pump, settlement, noteSettled } = this.#parts;
    await this.#keepRejections();
    if (this.#turns.age > YIELD_MS) await this.#yield();
    await pump.waitUntil(() => pump.hasRoom);
    if (!settlement.hasRoom) await pump.flushUntil(() => settlement.hasRoom);
    if (this.#logHasRoom) return;
    noteSettled();
    await pump.flushUntil(() => this.#logHasRoom);
  }

  /** What the mapper left out is settled, and the lease is renewed, also while no message comes of a whole batch. */
  async #pause(): Promise<void> {
    this.#parts.noteSettled();
    await this.#yield();
  }

  async #yield(): Promise<void> {
    await nextTurn();
    this.#turns.begin();
  }

  async #keepRejections(): Promise<void> {
    const rejections = this.#unkept;
    if (rejections.length === 0) return;
    this.#unkept = [];
    await this.#parts.rejections.keep(rejections);
    this.#parts.noteSettled();
  }
}

function sourceFailed(error: unknown): SourceError {
  const what = error instanceof Error ? error.name : typeof error;
  return new SourceError('SOURCE_FAILED', `The rows ended with ${what}.`, { retryable: true, cause: error });
}

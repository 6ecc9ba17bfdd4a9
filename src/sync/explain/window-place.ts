import { comparedColumns } from '../../query/compared-column.js';
import type { SyncContext } from '../options/sync-context.js';
import type { FoundRow, QueryTimes, RowFinder } from './row-finder.js';

/** Where a row lies in time. */
export interface WindowPlace {
  readonly inNextRun: boolean;
  /** The largest `{{last_sync_time}}` that finds it; `undefined` where that is not known. */
  readonly time: number | undefined;
  /** Only a later `{{sync_time}}` finds it: it lies behind the end of the window. */
  readonly isBehindEnd: boolean;
  /** Whether it is newer than the last completed run. */
  readonly isNewer: boolean;
  /** Its time is still to come, by a clock that is ahead: every run until then has it. */
  readonly isAhead: boolean;
}

/** The times around which rows lie, Unix seconds. */
interface Around {
  readonly now: number;
  /** Where the window of the next run begins. */
  readonly start: number;
  readonly lastSyncTime: number;
}

/** What is known of the rows and their query. */
interface HowToTell {
  /** Only one row has the key: then it is known by that, whatever else of it follows the window. */
  readonly isOne: boolean;
  /** There are too many rows to ask about each. */
  readonly isMany: boolean;
  /** The query has `{{sync_time}}`. */
  readonly isBounded: boolean;
}

/** A century: further than any row lies ahead, and still seconds by the magnitude of the number. */
const FAR_SECONDS = 3_155_760_000;

/** Rows that are further ahead were not written since the clock was asked. */
const AHEAD_SECONDS = 60;

/** The window that has every row. */
export function wholeWindow(now: number): QueryTimes {
  return { lastSyncTime: 0, syncTime: now + FAR_SECONDS };
}

/** The only column that the query compares with `{{last_sync_time}}`, as written. */
export function windowColumn<M>({ settings }: SyncContext<M>): string | undefined {
  const columns = new Set(comparedColumns(settings.query?.text ?? '').map(({ column }) => column));
  return columns.size === 1 ? [...columns][0] : undefined;
}

/** Tells of rows where they lie, without knowing what the query compares: by asking which windows have them. */
export class WindowPlaces<M> {
  readonly #finder: RowFinder<M>;
  readonly #around: Around;
  readonly #how: HowToTell;
  readonly #inNext: ReadonlySet<string>;
  /** Where single rows cannot be asked about: those newer than the last completed run, and those that no window leaves out. */
  readonly #newer: ReadonlySet<string> | undefined;
  readonly #always: ReadonlySet<string>;
  /** By `{{last_sync_time}}`: what was asked already. */
  readonly #known = new Map<number, ReadonlySet<string>>();

  private constructor(
    finder: RowFinder<M>,
    around: Around,
    how: HowToTell,
    [inNext, newer, always]: readonly [FoundRow[], FoundRow[] | undefined, FoundRow[]],
  ) {
    const idsOf = (rows: readonly FoundRow[]): ReadonlySet<string> => new Set(rows.map(({ id }) => id));
    this.#finder = finder;
    this.#around = around;
    this.#how = how;
    this.#inNext = idsOf(inNext);
    this.#newer = newer && idsOf(newer);
    this.#always = idsOf(always);
  }

  /** @throws SourceError */
  static async open<M>(finder: RowFinder<M>, around: Around, how: HowToTell): Promise<WindowPlaces<M>> {
    const { now, start, lastSyncTime } = around;
    const from = (time: number): Promise<FoundRow[]> => finder.find({ lastSyncTime: time, syncTime: now });
    const inNext = await from(start);
    const newer = how.isMany || finder.readsAll ? await from(lastSyncTime + 1) : undefined;
    // A source without SQL may know of no window.
    const always = finder.readsAll && inNext.length > 0 ? await from(now + 1) : [];
    return new WindowPlaces(finder, around, how, [inNext, newer, always]);
  }

  /** @returns `undefined` for a row that every window has */
  async placeOf(row: FoundRow): Promise<WindowPlace | undefined> {
    const { now, start, lastSyncTime } = this.#around;
    if (this.#has(this.#always, row)) return undefined;
    const inNextRun = this.#has(this.#inNext, row);
    const unknown = {
      inNextRun,
      time: undefined,
      isBehindEnd: false,
      isNewer: this.#has(this.#newer, row),
      isAhead: false,
    };
    if (this.#newer !== undefined) return unknown;
    if (!inNextRun && this.#how.isBounded && !(await this.#isIn(row, 0))) return { ...unknown, isBehindEnd: true };
    const time = inNextRun ? await this.#timeOf(row, start, now + 1) : await this.#timeOf(row, 0, start);
    const isAhead = time > now && (await this.#isIn(row, now + AHEAD_SECONDS));
    return { ...unknown, time, isNewer: time > lastSyncTime, isAhead };
  }

  /** The largest time between two that finds the row, found by cutting what is left into many parts at once. */
  async #timeOf(row: FoundRow, from: number, to: number): Promise<number> {
    let [low, high] = [from, to];
    if (await this.#isIn(row, high)) return high;
    while (high - low > 1) {
      const parts = this.#finder.windowsAtOnce + 1;
      const step = Math.max(1, Math.floor((high - low) / parts));
      const times: number[] = [];
      for (let time = low + step; time < high && times.length < parts - 1; time += step) times.push(time);
      await this.#ask(times);
      const last = times.findLast((time) => this.#has(this.#known.get(time), row));
      high = times.find((time) => time > (last ?? low)) ?? high;
      low = last ?? low;
    }
    return low;
  }

  async #isIn(row: FoundRow, time: number): Promise<boolean> {
    await this.#ask([time]);
    return this.#has(this.#known.get(time), row);
  }

  async #ask(times: readonly number[]): Promise<void> {
    const unknown = times.filter((time) => !this.#known.has(time));
    if (unknown.length === 0) return;
    const windows = unknown.map((lastSyncTime) => ({ lastSyncTime, syncTime: this.#around.now }));
    const found = await this.#finder.idsIn(windows);
    for (const [index, time] of unknown.entries()) this.#known.set(time, found[index] ?? new Set());
  }

  #has(ids: ReadonlySet<string> | undefined, { id }: FoundRow): boolean {
    return ids !== undefined && (this.#how.isOne ? ids.size > 0 : ids.has(id));
  }
}

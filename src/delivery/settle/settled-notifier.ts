import { isPromiseLike } from '../../async/is-promise-like.js';
import type { Settlement } from './settlement.js';
import type { RunCounts } from '../../state/sync-state.js';

/** What is known when the settled rows have grown. */
export interface Settled {
  /** Counts of the rows below `belowRow` only, those of an earlier part included: what a checkpoint stores. */
  readonly counts: RunCounts;
  /** The values of row `belowRow - 1` as they were read, for `rowHash`; to be called before `onSettled` returns. */
  readonly lastValues: () => readonly unknown[] | undefined;
}

type OnSettled = (belowRow: number, settled: Settled) => void | Promise<void>;

/** Tells the host how far the settled prefix is: one call at a time, growth in between gathered into the next. */
export class SettledNotifier {
  readonly #settlement: Settlement;
  readonly #onSettled: OnSettled | undefined;
  readonly #onError: (error: unknown) => void;
  #told: number;
  #running: Promise<void> | undefined;
  #failed = false;

  constructor(settlement: Settlement, onSettled: OnSettled | undefined, onError: (error: unknown) => void) {
    this.#settlement = settlement;
    this.#onSettled = onSettled;
    this.#onError = onError;
    this.#told = settlement.below;
  }

  /** To be called after anything was settled. */
  update(): void {
    if (this.#onSettled === undefined || this.#failed) return;
    if (this.#running !== undefined || this.#settlement.below <= this.#told) return;
    const running = this.#tell(this.#onSettled);
    if (running === undefined) return;
    this.#running = running.then(
      () => {
        this.#running = undefined;
        this.update();
      },
      (error: unknown) => {
        this.#running = undefined;
        this.#fail(error);
      },
    );
  }

  /** Resolves when the host knows everything. */
  async flush(): Promise<void> {
    this.update();
    while (this.#running !== undefined) await this.#running;
  }

  #tell(onSettled: OnSettled): Promise<void> | undefined {
    const below = this.#settlement.below;
    this.#told = below;
    const { settled: counts, lastValues } = this.#settlement;
    try {
      const result: unknown = onSettled(below, { counts, lastValues: () => lastValues });
      return isPromiseLike(result) ? Promise.resolve(result).then(() => undefined) : undefined;
    } catch (error) {
      this.#fail(error);
      return undefined;
    }
  }

  #fail(error: unknown): void {
    this.#failed = true;
    this.#onError(error);
  }
}

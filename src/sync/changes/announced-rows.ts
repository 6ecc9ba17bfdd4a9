import type { JudgedRow } from '../../delivery/read/row-stage.js';

/** What {@link AnnouncedRows} works with. */
export interface AnnouncingParts {
  /** Stores which rows may be sent from now on: all that are held when `storing()` is called, once `stored()` is. */
  readonly announce: () => Promise<void>;
  /** For how long it is better to wait before that, milliseconds. */
  readonly waitMs: () => number;
  /** How many rows to send may be held back: more of them do not wait. */
  readonly most: number;
}

/**
 * Holds judged rows back until it is stored that they may be sent. A process that dies then leaves no key of which
 * nobody knows that it was sent something. Rows are judged ahead meanwhile, so that a delivery seldom waits.
 */
export class AnnouncedRows<M> {
  readonly #parts: AnnouncingParts;
  #held: JudgedRow<M>[] = [];
  /** How many of the held rows may go on. */
  #free = 0;
  /** How many of them may when the store that goes on is done. */
  #storing = 0;
  /** Rows to send behind the free ones. */
  #toSend = 0;
  #isEnding = false;
  #running: Promise<void> | undefined;
  #error: unknown;
  #tell: () => void = () => undefined;
  readonly #waiting: (() => void)[] = [];
  #isStopped = false;

  constructor(parts: AnnouncingParts) {
    this.#parts = parts;
  }

  /** Whether rows may go on, or never will: {@link take} tells. */
  get hasFree(): boolean {
    return this.#free > 0 || this.#error !== undefined;
  }

  /** Whom to tell when rows may go on. */
  onFree(tell: () => void): void {
    this.#tell = tell;
  }

  /** Holds rows back. Waits while there are too many. @throws whatever their announcement fails with */
  async hold(rows: readonly JudgedRow<M>[]): Promise<void> {
    for (const row of rows) {
      this.#held.push(row);
      if (row.is === 'sent') this.#toSend += 1;
    }
    this.#passUnsent();
    this.#start();
    if (this.#toSend > this.#parts.most) this.#changed();
    while (this.#toSend > this.#parts.most && this.#error === undefined && !this.#isStopped) await this.#change();
  }

  /** Gives the rows that may go on. @throws whatever their announcement failed with */
  take(): readonly JudgedRow<M>[] {
    if (this.#error !== undefined) throw this.#error as Error;
    const taken = this.#held.splice(0, this.#free);
    this.#storing = Math.max(0, this.#storing - this.#free);
    this.#free = 0;
    return taken;
  }

  /** There are no more rows: waits until all of them may go on. */
  async end(): Promise<readonly JudgedRow<M>[]> {
    this.#isEnding = true;
    this.#start();
    this.#changed();
    while (this.#free < this.#held.length && this.#error === undefined) await this.#change();
    return this.take();
  }

  /** A store begins: it announces all rows that are held now. */
  readonly storing = (): void => {
    this.#storing = this.#held.length;
  };

  /** It is done. */
  readonly stored = (): void => {
    for (; this.#free < this.#storing; this.#free += 1) if (this.#held[this.#free]?.is === 'sent') this.#toSend -= 1;
    this.#passUnsent();
    this.#changed();
  };

  /** Announces nothing more. Resolves when what goes on has ended. */
  async stop(): Promise<void> {
    this.#isStopped = true;
    this.#changed();
    await this.#running;
  }

  /** What is not sent need not be announced. */
  #passUnsent(): void {
    for (let row = this.#held[this.#free]; row !== undefined && row.is !== 'sent'; row = this.#held[this.#free]) {
      this.#free += 1;
    }
  }

  #start(): void {
    if (this.#toSend === 0 || this.#running !== undefined || this.#error !== undefined) return;
    this.#running = this.#run();
  }

  async #run(): Promise<void> {
    try {
      while (this.#isDue()) {
        await this.#pause();
        if (this.#isDue()) await this.#parts.announce();
      }
    } catch (error) {
      this.#error = error;
      this.#changed();
    } finally {
      this.#running = undefined;
    }
  }

  /** A few large announcements cost less than many small ones. */
  async #pause(): Promise<void> {
    const waitMs = this.#parts.waitMs();
    // Never at once: it is called before it is known to run.
    await Promise.resolve();
    let isOver = waitMs <= 0;
    const timer = setTimeout(() => {
      isOver = true;
      this.#changed();
    }, waitMs);
    while (!isOver && !this.#isUrgent) await this.#change();
    clearTimeout(timer);
  }

  #isDue(): boolean {
    return this.#toSend > 0 && !this.#isStopped;
  }

  get #isUrgent(): boolean {
    return this.#isEnding || this.#isStopped || this.#toSend === 0 || this.#toSend > this.#parts.most;
  }

  async #change(): Promise<void> {
    return new Promise((resolve) => this.#waiting.push(resolve));
  }

  #changed(): void {
    for (const resolve of this.#waiting.splice(0)) resolve();
    this.#tell();
  }
}

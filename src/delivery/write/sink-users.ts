import { orAborted } from '../../async/or-aborted.js';

/** Who uses a sink now, in the whole process: ranges of a run and several syncs may write to one sink object. */
export class SinkUsers {
  static readonly #bySink = new WeakMap<object, SinkUsers>();

  #users = 0;
  #isOpen = false;
  /** Never rejects. */
  #changing: Promise<void> | undefined;

  static of(sink: object): SinkUsers {
    const known = this.#bySink.get(sink);
    if (known !== undefined) return known;
    const users = new SinkUsers();
    this.#bySink.set(sink, users);
    return users;
  }

  /**
   * Adds a user; the first one opens the sink. An opening of another user that failed says nothing about this one's.
   *
   * @throws whatever `open` throws; the user is not counted then
   */
  async join(open: () => Promise<void>, signal: AbortSignal): Promise<void> {
    this.#users += 1;
    try {
      while (this.#changing !== undefined) await orAborted(this.#changing, signal);
      if (!this.#isOpen) await this.#change(open, true);
    } catch (error) {
      this.#users -= 1;
      throw error;
    }
  }

  /** Removes a user; the last one closes the sink. */
  async leave(close: () => Promise<void>): Promise<void> {
    this.#users -= 1;
    if (this.#users === 0) await this.#change(close, false);
  }

  async #change(step: () => Promise<void>, isOpen: boolean): Promise<void> {
    const done = step();
    const settle = (open: boolean): void => {
      this.#isOpen = open;
      this.#changing = undefined;
    };
    this.#changing = done.then(
      () => {
        settle(isOpen);
      },
      () => {
        settle(false);
      },
    );
    await done;
  }
}

/** Rows between two looks at the clock, at most: a look costs about as much as a cheap row. */
const MOST_STEPS = 64;

/** Tells when the engine has kept the thread for long enough, however long a single row takes. */
export class Turns {
  readonly #longestMs: number;
  #beganAt = performance.now();
  #lookedAt = this.#beganAt;
  #steps = 1;
  #stepsLeft = 1;

  /** @param longestMs how long timers and signals of the process may have to wait */
  constructor(longestMs: number) {
    this.#longestMs = longestMs;
  }

  /** Milliseconds since the turn began. */
  get age(): number {
    return performance.now() - this.#beganAt;
  }

  /** Another turn begins. */
  begin(): void {
    this.#beganAt = performance.now();
    this.#lookedAt = this.#beganAt;
  }

  /** To be asked once per row. Looks at the clock as often as slow rows make it necessary. */
  isOver(): boolean {
    this.#stepsLeft -= 1;
    if (this.#stepsLeft > 0) return false;
    const now = performance.now();
    const isSlow = now - this.#lookedAt > this.#longestMs / 8;
    this.#steps = isSlow ? Math.max(1, this.#steps >> 3) : Math.min(MOST_STEPS, this.#steps * 2);
    this.#stepsLeft = this.#steps;
    this.#lookedAt = now;
    return now - this.#beganAt > this.#longestMs;
  }
}

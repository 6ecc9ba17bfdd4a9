/** The server's own time, so that a test can move it without touching the machine's. */
export class ServerClock {
  #offsetMs = 0;

  /** Unix time in milliseconds. */
  now(): number {
    return Date.now() + this.#offsetMs;
  }

  /** Moves the clock by `ms` (negative: back). */
  move(ms: number): void {
    this.#offsetMs += ms;
  }
}

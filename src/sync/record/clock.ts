import { sleep } from '../../async/sleep.js';

/** Time as a run sees it; replaced by a simulated one in the tests of the state machine. */
export interface Clock {
  /** Milliseconds that only grow, from any origin. */
  readonly monotonic: () => number;
  /**
   * Milliseconds since the Unix epoch. Goes on while the machine is suspended, which the other clock may not
   * (clock_gettime(2), `CLOCK_MONOTONIC`), but anybody can set it.
   */
  readonly wall: () => number;
  /** Calls back again and again without keeping the process alive; returns the end of it. */
  readonly every: (ms: number, callback: () => void) => () => void;
  /** Resolves after so long, rejects with the signal's reason. */
  readonly sleep: (ms: number, signal?: AbortSignal) => Promise<void>;
}

/** A moment by both clocks of this process. */
export interface Moment {
  readonly monotonic: number;
  readonly wall: number;
}

/** Now. */
export function momentOf(clock: Clock): Moment {
  return { monotonic: clock.monotonic(), wall: clock.wall() };
}

/** The time of this machine. */
export const systemClock: Clock = {
  monotonic: () => performance.now(),
  wall: () => Date.now(),
  every: (ms, callback) => {
    const timer = setInterval(callback, ms);
    timer.unref();
    return () => {
      clearInterval(timer);
    };
  },
  sleep,
};

import { sleep } from '../../async/sleep.js';

/** Time as a run sees it; replaced by a simulated one in the tests of the state machine. */
export interface Clock {
  /** Milliseconds that only grow, from any origin. */
  readonly monotonic: () => number;
  /** Calls back again and again without keeping the process alive; returns the end of it. */
  readonly every: (ms: number, callback: () => void) => () => void;
  /** Resolves after so long, rejects with the signal's reason. */
  readonly sleep: (ms: number, signal?: AbortSignal) => Promise<void>;
}

/** The time of this machine. */
export const systemClock: Clock = {
  monotonic: () => performance.now(),
  every: (ms, callback) => {
    const timer = setInterval(callback, ms);
    timer.unref();
    return () => {
      clearInterval(timer);
    };
  },
  sleep,
};

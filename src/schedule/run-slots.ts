import { ConfigError } from '../errors/errors.js';

/** A limit that several schedules share: at most so many of their runs go on at once. */
export interface RunSlots {
  /** Resolves when a slot is free; the returned function gives it back. Rejects with the signal's reason. */
  readonly take: (signal: AbortSignal) => Promise<() => void>;
}

/**
 * Makes a limit for `scheduleSync({ slots })`. Runs wait for a slot in the order of their ticks.
 *
 * @param count - runs at once, at least 1
 * @throws ConfigError `CONFIG_INVALID`
 */
export function runSlots(count: number): RunSlots {
  if (!Number.isInteger(count) || count < 1) {
    throw new ConfigError('CONFIG_INVALID', 'runSlots: the number of runs at once is not a whole number above 0.', {
      hint: 'Write runSlots(2).',
    });
  }
  let free = count;
  const waiting: (() => void)[] = [];
  const release = (): void => {
    const next = waiting.shift();
    if (next === undefined) free++;
    else next();
  };
  const once = (): (() => void) => {
    let released = false;
    return () => {
      if (!released) release();
      released = true;
    };
  };
  return {
    take: async (signal) => {
      signal.throwIfAborted();
      if (free > 0) {
        free--;
        return once();
      }
      await new Promise<void>((resolve, reject) => {
        const abort = (): void => {
          waiting.splice(waiting.indexOf(go), 1);
          reject(signal.reason as Error);
        };
        const go = (): void => {
          signal.removeEventListener('abort', abort);
          resolve();
        };
        waiting.push(go);
        signal.addEventListener('abort', abort, { once: true });
      });
      return once();
    },
  };
}

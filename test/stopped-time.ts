import { onTestFinished, vi } from 'vitest';

/** Stops the time of a test: from now on timers and clocks move only when the test says so, however busy the machine is. */
export function stopTime(): void {
  vi.useFakeTimers({
    toFake: ['setTimeout', 'clearTimeout', 'setInterval', 'clearInterval', 'Date', 'performance'],
  });
  onTestFinished(() => void vi.useRealTimers());
}

/** Lets everything run that is ready. */
export const nextTurn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

/** Waits for a condition while time stands still. */
export async function until(condition: () => boolean): Promise<void> {
  while (!condition()) await nextTurn();
}

/** Lets stopped time pass. */
export async function pass(milliseconds: number): Promise<void> {
  await vi.advanceTimersByTimeAsync(milliseconds);
}

/** Lets stopped time pass, a little each turn, until the work is done. */
export async function passUntil<T>(work: Promise<T>): Promise<T> {
  const done = { is: false };
  const note = (): boolean => (done.is = true);
  work.then(note, note);
  while (!done.is) await pass(1);
  return work;
}

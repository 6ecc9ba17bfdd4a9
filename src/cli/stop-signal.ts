/** Ends the work at SIGINT or SIGTERM. */
export interface StopSignal {
  readonly signal: AbortSignal;
  /** Present once stopped. */
  readonly exitCode: number | undefined;
  /** Leaves the signals to Node again. */
  readonly remove: () => void;
}

const numbers = { SIGINT: 2, SIGTERM: 15 } as const;

/**
 * Listens once to each: a second Ctrl+C ends the process at once.
 *
 * @param ending - what is done before the process ends
 */
export function stopSignal(ending = 'storing what is settled'): StopSignal {
  const controller = new AbortController();
  let exitCode: number | undefined;
  const listeners = (['SIGINT', 'SIGTERM'] as const).map((name) => {
    const listener = (): void => {
      exitCode ??= 128 + numbers[name];
      process.stderr.write(`snowmelt: ${name}: ${ending} …\n`);
      controller.abort(new Error(`stopped by ${name}`));
    };
    process.once(name, listener);
    return () => process.off(name, listener);
  });
  return {
    signal: controller.signal,
    get exitCode() {
      return exitCode;
    },
    remove: () => {
      for (const remove of listeners) remove();
    },
  };
}

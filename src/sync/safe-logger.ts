import type { SyncLogger } from './sync-options.js';

/** A logger whose faults, thrown or rejected, never touch a run. */
export function safeLogger(logger: SyncLogger): SyncLogger {
  const safely = (level: keyof SyncLogger): SyncLogger['info'] => {
    const log: (fields: object, text: string) => unknown = logger[level].bind(logger);
    return (fields, text) => {
      try {
        const result = log(fields, text);
        if (result instanceof Promise) result.catch(() => undefined);
      } catch {
        // There is no place left to tell it.
      }
    };
  };
  return { info: safely('info'), warn: safely('warn'), error: safely('error') };
}

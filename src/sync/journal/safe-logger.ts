import { isPromiseLike } from '../../async/is-promise-like.js';
import { shownLine } from '../../options/shown-text.js';

/** Takes structured messages, as pino does. What it throws never touches a run. */
export interface SyncLogger {
  /** Told that a run starts or ends. */
  readonly info: (fields: object, text: string) => void;
  /** Told of warnings. */
  readonly warn: (fields: object, text: string) => void;
  /** Told of a failed run. */
  readonly error: (fields: object, text: string) => void;
}

/** A logger whose faults, thrown or rejected, never touch a run. */
export function safeLogger(logger: SyncLogger): SyncLogger {
  const safely =
    (level: keyof SyncLogger): SyncLogger['info'] =>
    (fields, text) => {
      try {
        // Looked up at each call: pino replaces its methods when its level changes.
        const log: (fields: object, text: string) => unknown = logger[level].bind(logger);
        const result = log(fields, shownLine(text));
        if (isPromiseLike(result)) result.then(undefined, () => undefined);
      } catch {
        // There is no place left to tell it.
      }
    };
  return { info: safely('info'), warn: safely('warn'), error: safely('error') };
}

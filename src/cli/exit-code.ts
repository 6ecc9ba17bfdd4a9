import { ConfigError } from '../errors/errors.js';

/** What the process ends with; a run ended by a signal gives 128 + its number (130, 143) as shells do. */
export const EXIT = { ok: 0, failed: 1, misuse: 2, skipped: 3 } as const;

/** Wrong arguments or a wrong configuration is misuse; everything else failed. */
export function exitCodeOf(error: unknown): number {
  return error instanceof ConfigError ? EXIT.misuse : EXIT.failed;
}

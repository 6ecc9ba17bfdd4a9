import type { WriteContext } from './sink.js';

/** The engine's default of `writeTimeoutMs`. */
const USUAL_MS = 300_000;

/** Why a sink that sends one request after the other gives back what it has not sent. */
export const NOT_SENT_YET = 'not sent yet: the requests before it took long';

/**
 * Tells whether a write of many requests should give back the rest: what it has sent by the end of its time would not
 * be known, and be sent again with every try. A quarter leaves the last request time to end.
 */
export function shareOfWrite({ writeTimeoutMs = USUAL_MS }: WriteContext): () => boolean {
  const end = performance.now() + writeTimeoutMs / 4;
  return () => performance.now() > end;
}

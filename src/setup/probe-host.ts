import { codeOf } from '../code-of.js';

/** What a host said to a request without credentials. */
export interface HostProbe {
  /** How far this machine's clock is ahead of the host's, milliseconds; by the answer's Date, whole seconds. */
  readonly aheadMs?: number | undefined;
  /** Why there was no answer: a code of the system (ENOTFOUND) or `timeout`. */
  readonly failure?: string | undefined;
}

const TIMEOUT_MS = 10_000;

/** Asks a host for anything at all. */
export async function probeHost(baseUrl: string, signal: AbortSignal): Promise<HostProbe> {
  const startedAt = Date.now();
  try {
    const timeout = AbortSignal.timeout(TIMEOUT_MS);
    const response = await fetch(`${baseUrl}/`, { redirect: 'manual', signal: AbortSignal.any([signal, timeout]) });
    const middle = (startedAt + Date.now()) / 2;
    await response.body?.cancel();
    const date = Date.parse(response.headers.get('date') ?? '');
    // The header has whole seconds, cut off.
    return Number.isNaN(date) ? {} : { aheadMs: middle - (date + 500) };
  } catch (error) {
    signal.throwIfAborted();
    return { failure: reasonOf(error) };
  }
}

function reasonOf(error: unknown): string {
  if (error instanceof DOMException && error.name === 'TimeoutError') return 'timeout';
  for (let at = error, depth = 0; depth < 5; at = Reflect.get(Object(at) as object, 'cause'), depth += 1) {
    const code = codeOf(at);
    if (code !== undefined) return code;
  }
  return 'no answer';
}

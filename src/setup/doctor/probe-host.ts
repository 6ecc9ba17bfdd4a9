import { networkFault, type NetworkFault } from '../../http/network-fault.js';

/** What a host said to a request without credentials. */
export interface HostProbe {
  /** How far this machine's clock is ahead of the host's, milliseconds; by the answer's Date, whole seconds. */
  readonly aheadMs?: number | undefined;
  /** Why there was no answer: a code of the system (ENOTFOUND) or `timeout`. */
  readonly failure?: string | undefined;
  /** See {@link NetworkFault}. */
  readonly kind?: NetworkFault['kind'] | undefined;
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
    if (error instanceof DOMException && error.name === 'TimeoutError') return { failure: 'timeout' };
    const { code = 'no answer', kind } = networkFault(error);
    return { failure: code, kind };
  }
}

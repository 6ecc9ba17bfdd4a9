import { codeOf } from '../../errors/code-of.js';
import { StateConflictError, StateError, isSnowmeltError, type ErrorCode } from '../../errors/errors.js';
import { networkFault, type NetworkFault } from '../../http/network-fault.js';

/** The conflict of a compare-and-set, the same from every store. */
export function stateConflict(key: string, expected: number | undefined): StateConflictError {
  return new StateConflictError(`The state of "${key}" is no longer at version ${expected ?? 'none'}.`);
}

/** What a failure of a store's client means. */
export interface StoreFault {
  /** What to do about it. */
  readonly hint: string;
  /** Whether another try cannot help: a refused password, a missing right, a disk that is full. */
  readonly isFinal: boolean;
}

/** What a store knows of its client's errors. */
export interface StoreErrors {
  /** Names the store in messages. */
  readonly store: string;
  /** What its failure is called. @default "STATE_UNAVAILABLE" */
  readonly code?: ErrorCode | undefined;
  /** What the client's reason means; the reason is its code, else the name of its error. */
  readonly fault: (reason: string) => StoreFault;
  /** A better reason than the code or the name, from the error itself. */
  readonly reasonOf?: ((error: unknown) => string | undefined) | undefined;
}

/** Failures of TLS, the same from every client. */
const TLS: Readonly<Partial<Record<NetworkFault['kind'], StoreFault>>> = {
  certificate: {
    hint: "The server's certificate is not trusted, or is another host's: connect by the name in it, and give the client its authority (tls or ssl: { ca }), or set NODE_EXTRA_CA_CERTS.",
    isFinal: true,
  },
  'no-tls': { hint: 'The server speaks no TLS at this port: check the port, or connect without TLS.', isFinal: true },
};

/**
 * Runs a call of a client library; its error becomes one of ours with the library's code. Its text stays out of
 * the message, because it may hold a connection string.
 */
export async function storeCall<T>(about: StoreErrors, call: () => Promise<T>): Promise<T> {
  try {
    return await call();
  } catch (error) {
    if (isSnowmeltError(error)) throw error;
    const { store, code = 'STATE_UNAVAILABLE', fault, reasonOf } = about;
    const reason = reasonOf?.(error) ?? codeOf(error) ?? (error instanceof Error ? error.name : typeof error);
    const { hint, isFinal } = TLS[networkFault(error).kind] ?? fault(reason);
    throw new StateError(code, `${store} could not be read or written (${reason}).`, {
      hint,
      retryable: !isFinal,
      cause: error,
      details: { reason },
    });
  }
}

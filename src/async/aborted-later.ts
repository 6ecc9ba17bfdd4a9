/** Calls with a signal that follows another one only after so many milliseconds. */
export async function abortedLater<T>(
  signal: AbortSignal | undefined,
  ms: number,
  call: (later: AbortSignal | undefined) => Promise<T>,
): Promise<T> {
  if (signal === undefined) return call(undefined);
  signal.throwIfAborted();
  const later = new AbortController();
  let timer: ReturnType<typeof setTimeout> | undefined;
  const onAbort = (): void => {
    timer = setTimeout(() => {
      later.abort(signal.reason);
    }, ms);
  };
  signal.addEventListener('abort', onAbort, { once: true });
  try {
    return await call(later.signal);
  } finally {
    clearTimeout(timer);
    signal.removeEventListener('abort', onAbort);
  }
}

/** A signal that follows another one only after so many milliseconds. It keeps no process alive. */
export function followedLater(signal: AbortSignal, ms: number): AbortSignal {
  const later = new AbortController();
  const follow = (): void => {
    setTimeout(() => {
      later.abort(signal.reason);
    }, ms).unref();
  };
  if (signal.aborted) follow();
  else signal.addEventListener('abort', follow, { once: true });
  return later.signal;
}

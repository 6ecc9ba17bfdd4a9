import { askFence, type WriteContext } from './sink.js';

/** A context whose fence remembers that it threw. */
export interface WatchedFence<C> {
  readonly context: C;
  /**
   * To be called before anybody judges what a write threw: what the fence threw is no failure of the destination, and
   * may look like one.
   *
   * @throws what the fence threw, if it did
   */
  readonly throwIfClosed: () => void;
}

/** Watches the fence of one write. What it threw once it throws at every later question. */
export function watchedFence<C extends Partial<Pick<WriteContext, 'fence'>>>(context: C): WatchedFence<C> {
  let closed: { readonly why: unknown } | undefined;
  const throwIfClosed = (): void => {
    if (closed !== undefined) throw closed.why;
  };
  const fence = async (): Promise<void> => {
    throwIfClosed();
    try {
      await askFence(context);
    } catch (error) {
      closed ??= { why: error };
    }
    throwIfClosed();
  };
  return { context: { ...context, fence }, throwIfClosed };
}

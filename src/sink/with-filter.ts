import { aroundSink } from './around-sink.js';
import { pick, placeAt } from './part-of-batch.js';
import type { Sink } from './sink.js';

/**
 * A sink that gets only the messages that `keep` returns true for; the others count as accepted.
 *
 * @example
 * ```ts
 * withFilter(sink, (message) => message.type === 'track');
 * ```
 */
export function withFilter<M>(sink: Sink<M>, keep: (message: M) => boolean): Sink<M> {
  return {
    ...aroundSink(sink),
    child: sink.child && ((name) => filteredChild(sink.child?.(name), keep)),
    write: async (batch, context) => {
      context.signal.throwIfAborted();
      const places = [...batch.keys()].filter((place) => keep(batch[place] as M));
      if (places.length === 0) return { accepted: batch.length };
      const serialized = context.serialized && pick(context.serialized, places);
      const result = await sink.write(pick(batch, places), { ...context, serialized });
      return {
        accepted: result.accepted + batch.length - places.length,
        rejected: placeAt(result.rejected, places),
        retry: placeAt(result.retry, places),
      };
    },
  };
}

function filteredChild<M>(child: Sink<M> | undefined, keep: (message: M) => boolean): Sink<M> | undefined {
  return child && withFilter(child, keep);
}

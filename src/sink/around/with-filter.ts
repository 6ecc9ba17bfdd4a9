import { aroundSink } from './around-sink.js';
import { eachMessage, perMessage } from '../per-message.js';
import { pick, placeAt } from '../part-of-batch.js';
import type { Sink } from '../sink.js';

/**
 * A sink that gets only the messages that `keep` returns true for; the others count as accepted.
 *
 * @example
 * ```ts
 * import { withFilter, type Message } from 'snowmelt';
 * import { NdjsonSink } from 'snowmelt/sinks';
 *
 * const sink = new NdjsonSink<Message>({ path: './events.ndjson' });
 * withFilter(sink, (message) => message.type === 'track');
 * ```
 */
export function withFilter<M>(sink: Sink<M>, keep: (message: M) => boolean): Sink<M> {
  const isKept = (message: M): boolean => perMessage(`the filter of the sink "${sink.name}"`, () => keep(message));
  const around = aroundSink(sink);
  const { maxMessageBytes, maxBatchBytes } = sink.limits ?? {};
  const measured = sink.serialize !== undefined || maxMessageBytes !== undefined || maxBatchBytes !== undefined;
  const serialize = (message: M): string => around.serialize?.(message) ?? JSON.stringify(message);
  return {
    ...around,
    // What is left out has no bytes, so that it is not refused for its size.
    serialize: measured ? (message) => (isKept(message) ? serialize(message) : '') : undefined,
    leftOut: (message) => (isKept(message) ? around.leftOut?.(message) : { by: [sink.name], entirely: true }),
    child: sink.child && ((name) => filteredChild(sink.child?.(name), keep)),
    write: async (batch, context) => {
      context.signal.throwIfAborted();
      const judged = eachMessage(batch, isKept);
      const places = judged.places.filter((_, at) => judged.values[at]);
      const others = batch.length - places.length - judged.rejected.length;
      if (places.length === 0) return { accepted: others, rejected: judged.rejected };
      const part = pick(batch, places);
      const texts = sink.serialize && context.serialized && pick(context.serialized, places);
      // `keep` may have thought otherwise when the text was made.
      const serialized = texts?.map((text, place) => (text === '' ? serialize(part[place] as M) : text));
      const result = await sink.write(part, {
        ...context,
        serialized,
        keys: context.keys && pick(context.keys, places),
      });
      return {
        accepted: result.accepted + others,
        rejected: [...judged.rejected, ...placeAt(result.rejected, places)],
        retry: placeAt(result.retry, places),
      };
    },
  };
}

function filteredChild<M>(child: Sink<M> | undefined, keep: (message: M) => boolean): Sink<M> | undefined {
  return child && withFilter(child, keep);
}

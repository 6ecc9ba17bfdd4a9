import type { Rejection, RetryLater, Sink, WriteResult } from '../../sink/sink.js';
import { pick, placeAt } from '../../sink/part-of-batch.js';
import { asSinkError, isSinkError } from '../../delivery/write/as-sink-error.js';

/**
 * A sink that sends each message only to the child that refused it before; messages without a known child go to the
 * whole sink.
 *
 * @param routes message to the `sink` of its dead letter; an entry is removed when its message is settled
 */
export function routeToChildren<M>(sink: Sink<M>, routes: Map<unknown, string>): Sink<M> {
  const child = sink.child?.bind(sink);
  if (child === undefined) return sink;
  const children = new Map<string, Sink<M>>();
  const target = (route: string | undefined): Sink<M> => {
    if (route === undefined) return sink;
    const known = children.get(route) ?? child(route) ?? sink;
    children.set(route, known);
    return known;
  };
  return {
    name: sink.name,
    limits: sink.limits,
    open: sink.open?.bind(sink),
    serialize: sink.serialize?.bind(sink),
    close: sink.close?.bind(sink),
    write: async (batch, context) => {
      const rejected: Rejection[] = [];
      const retry: RetryLater[] = [];
      let accepted = 0;
      for (const { route, places } of runsOf(batch, routes)) {
        const sendLater = (reason: string, retryAfterMs?: number): void => {
          for (const index of places) retry.push({ index, reason, retryAfterMs });
        };
        if (retry.length > 0) {
          // What comes behind a message that has to wait may belong to the same person and has to stay behind it.
          sendLater('not written yet');
          continue;
        }
        let result: WriteResult;
        try {
          const serialized = context.serialized && pick(context.serialized, places);
          result = await target(route).write(pick(batch, places), { ...context, serialized });
        } catch (error) {
          // Once some are settled the rest goes on alone, so that the destination does not get the first ones again.
          if (places[0] === 0 || context.signal.aborted) throw error;
          const failure = asSinkError(error, target(route).name, places.length);
          sendLater(failure.message, isSinkError(failure) ? failure.retryAfterMs : undefined);
          continue;
        }
        accepted += result.accepted;
        rejected.push(...placeAt(result.rejected, places));
        retry.push(...placeAt(result.retry, places));
      }
      const open = new Set(retry.map(({ index }) => index));
      batch.forEach((message, index) => open.has(index) || routes.delete(message));
      return { accepted, rejected, retry };
    },
  };
}

/** Neighbours that go to the same child. */
interface Run {
  readonly route: string | undefined;
  readonly places: number[];
}

function runsOf(batch: readonly unknown[], routes: ReadonlyMap<unknown, string>): Run[] {
  const runs: Run[] = [];
  batch.forEach((message, index) => {
    const route = routes.get(message);
    const last = runs.at(-1);
    if (last !== undefined && last.route === route) last.places.push(index);
    else runs.push({ route, places: [index] });
  });
  return runs;
}

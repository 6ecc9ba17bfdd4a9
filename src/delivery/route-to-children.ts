import type { Rejection, RetryLater, Sink } from '../sink/sink.js';

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
      const places = group(batch, routes);
      const rejected: Rejection[] = [];
      const retry: RetryLater[] = [];
      let accepted = 0;
      for (const [route, indexes] of places) {
        const part = indexes.map((index) => batch[index] as M);
        const serialized = context.serialized && indexes.map((index) => context.serialized?.[index] ?? '');
        const result = await target(route).write(part, { ...context, serialized });
        accepted += result.accepted;
        for (const entry of result.rejected ?? []) rejected.push({ ...entry, index: indexes[entry.index] ?? -1 });
        for (const entry of result.retry ?? []) retry.push({ ...entry, index: indexes[entry.index] ?? -1 });
      }
      const open = new Set(retry.map(({ index }) => index));
      batch.forEach((message, index) => open.has(index) || routes.delete(message));
      return { accepted, rejected, retry };
    },
  };
}

function group(batch: readonly unknown[], routes: ReadonlyMap<unknown, string>): Map<string | undefined, number[]> {
  const places = new Map<string | undefined, number[]>();
  batch.forEach((message, index) => {
    const route = routes.get(message);
    const indexes = places.get(route);
    if (indexes === undefined) places.set(route, [index]);
    else indexes.push(index);
  });
  return places;
}

import type { Sink } from '../sink.js';

/** Everything of a sink but `write`, for a sink around it. */
export function aroundSink<M>(sink: Sink<M>): Omit<Sink<M>, 'write'> {
  const { open, close, serialize, check, child, leftOut, read } = sink;
  return {
    name: sink.name,
    limits: sink.limits,
    open: open && ((options) => open.call(sink, options)),
    close: close && (() => close.call(sink)),
    serialize:
      serialize &&
      Object.assign(
        (message: M) => serialize.call(sink, message),
        serialize.plainFor && { plainFor: serialize.plainFor },
      ),
    check: check && ((options) => check.call(sink, options)),
    child: child && ((name) => child.call(sink, name)),
    leftOut: leftOut && ((message) => leftOut.call(sink, message)),
    read: read && ((options) => read.call(sink, options)),
  };
}

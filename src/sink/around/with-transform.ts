import { pick, placeAt } from '../part-of-batch.js';
import { eachMessage, perMessage } from '../per-message.js';
import type { Sink } from '../sink.js';

/**
 * A sink that changes each message before another sink gets it. Dead letters keep the message as it was before.
 *
 * @param change called once per message; must not change the object it is given
 * @example
 * ```ts
 * import { withTransform, type Message } from 'snowmelt';
 * import { WebhookSink } from 'snowmelt/sinks';
 *
 * const webhook = new WebhookSink<{ id?: string | undefined; text: string }>({ endpoint: 'https://example.com/hook' });
 * withTransform(webhook, (message: Message) => ({ id: message.userId, text: JSON.stringify(message) }));
 * ```
 */
export function withTransform<M extends object, N>(sink: Sink<N>, change: (message: M) => N): Sink<M> {
  // Between counting bytes and writing, and over retries: an impure `change` gives one message all the same.
  const changed = new WeakMap<M, { readonly value: N }>();
  const changeOnce = (message: M): N => {
    let entry = changed.get(message);
    if (entry === undefined) {
      entry = { value: perMessage(`the transform of the sink "${sink.name}"`, () => change(message)) };
      changed.set(message, entry);
    }
    return entry.value;
  };
  const { open, close, serialize, check, child, leftOut } = sink;
  return {
    name: sink.name,
    limits: sink.limits,
    open: open && ((options) => open.call(sink, options)),
    close: close && (() => close.call(sink)),
    // The engine counts bytes by `serialize`: those of the changed message, not of the message before.
    serialize: (message) => serialize?.call(sink, changeOnce(message)) ?? JSON.stringify(changeOnce(message)),
    check: check && ((options) => check.call(sink, options)),
    child: child && ((name) => changedChild(child.call(sink, name), change)),
    leftOut: leftOut && ((message) => leftOut.call(sink, changeOnce(message))),
    write: async (batch, context) => {
      context.signal.throwIfAborted();
      const { places, values, rejected } = eachMessage(batch, changeOnce);
      const serialized = serialize && context.serialized;
      if (rejected.length === 0) return sink.write(values, { ...context, serialized });
      if (places.length === 0) return { accepted: 0, rejected };
      const result = await sink.write(values, {
        ...context,
        serialized: serialized && pick(serialized, places),
        keys: context.keys && pick(context.keys, places),
      });
      return {
        accepted: result.accepted,
        rejected: [...rejected, ...placeAt(result.rejected, places)],
        retry: placeAt(result.retry, places),
      };
    },
  };
}

function changedChild<M extends object, N>(child: Sink<N> | undefined, change: (message: M) => N): Sink<M> | undefined {
  return child && withTransform(child, change);
}

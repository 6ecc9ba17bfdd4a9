import type { Message } from '../../mapping/message.js';
import { perMessage } from '../per-message.js';
import type { LeftOut, Sink } from '../sink.js';

/** One destination of a `fanOut`. */
export interface FanOutChild<in M = Message> {
  readonly sink: Sink<M>;
  /** Messages that go to this destination. @default all */
  readonly filter?: ((message: M) => boolean) | undefined;
  /** The destination's name in a message's `integrations`. @default the sink's name */
  readonly integration?: string | undefined;
}

/** Whether a message is for a destination, by its filter and by the message's own `integrations`. */
export function isFor<M extends object>({ sink, filter, integration }: FanOutChild<M>, message: M): boolean {
  const name = integration ?? sink.name;
  const integrations: unknown = 'integrations' in message ? message.integrations : undefined;
  if (typeof integrations === 'object' && integrations !== null) {
    const own: unknown = Reflect.get(integrations, name);
    const all: unknown = Reflect.get(integrations, 'All');
    if (own === false || (all === false && (own === undefined || own === null))) return false;
  }
  return filter === undefined || filter(message);
}

/** The destinations that a message does not go to: by their own filters, and by those of sinks within. */
export function leftOutBy<M extends object>(children: readonly FanOutChild<M>[], message: M): LeftOut | undefined {
  const by: string[] = [];
  let without = 0;
  for (const child of children) {
    const { sink } = child;
    const isOwn = !perMessage(`the filter of the sink "${sink.name}"`, () => isFor(child, message));
    const within = isOwn ? { by: [], entirely: true } : sink.leftOut?.(message);
    if (within === undefined) continue;
    if (within.entirely) {
      by.push(sink.name);
      without += 1;
    } else by.push(...within.by.map((name) => `${sink.name}/${name}`));
  }
  return by.length === 0 ? undefined : { by, entirely: without === children.length };
}

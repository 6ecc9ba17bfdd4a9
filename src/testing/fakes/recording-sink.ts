import type { Message } from '../../mapping/message.js';
import { askFence, type Sink, type WriteContext } from '../../sink/sink.js';

/** A sink that keeps what it gets. */
export interface RecordingSink<M = Message> extends Sink<M> {
  /** Messages in the order of their arrival; a message that was sent twice stands here twice. */
  readonly messages: readonly M[];
  /** One entry per call of `write`. */
  readonly writes: readonly WriteContext[];
  /** Forgets what came so far. */
  readonly clear: () => void;
}

/**
 * A sink for tests: accepts every message and keeps it in memory.
 *
 * @param name shown in events and reports; default `recording`
 */
export function recordingSink<M = Message>(name = 'recording'): RecordingSink<M> {
  const messages: M[] = [];
  const writes: WriteContext[] = [];
  return {
    name,
    messages,
    writes,
    clear: () => {
      messages.length = 0;
      writes.length = 0;
    },
    write: async (batch, context) => {
      await askFence(context);
      messages.push(...batch);
      writes.push(context);
      return { accepted: batch.length };
    },
  };
}

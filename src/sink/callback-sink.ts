import type { Message } from '../mapping/message.js';
import { checkOptions } from '../options/check-options.js';
import { ConfigError } from '../errors/errors.js';
import { sinkOption } from './option-shapes.js';
import { askFence, type Sink, type SinkLimits, type WriteContext, type WriteResult } from './sink.js';

/** Delivers one batch; no result means that every message was accepted. */
export type WriteCallback<M> = (
  batch: readonly M[],
  context: WriteContext,
  // eslint-disable-next-line @typescript-eslint/no-invalid-void-type -- an async function without `return` has to fit
) => Promise<WriteResult | undefined | void>;

/** Options of {@link CallbackSink}. */
export interface CallbackSinkOptions {
  /** Shown in events and errors. @default "callback" */
  readonly name?: string | undefined;
  /** Messages per call. @default the engine's, 1000 */
  readonly maxMessages?: number | undefined;
  /** UTF-8 bytes of one message as JSON. @default no limit */
  readonly maxMessageBytes?: number | undefined;
  /** UTF-8 bytes of the messages of one call as JSON. @default no limit */
  readonly maxBatchBytes?: number | undefined;
}

const optionShape = {
  name: sinkOption.name.optional(),
  maxMessages: sinkOption.count.optional(),
  maxMessageBytes: sinkOption.count.optional(),
  maxBatchBytes: sinkOption.count.optional(),
};

/**
 * A sink made of one async function.
 *
 * @example
 * ```ts
 * import type { Message } from 'snowmelt';
 * import { CallbackSink } from 'snowmelt/sinks';
 *
 * declare const warehouse: { insert(messages: readonly Message[]): Promise<void> };
 * const sink = new CallbackSink(async (messages) => warehouse.insert(messages), { maxMessages: 500 });
 * ```
 */
export class CallbackSink<in M = Message> implements Sink<M> {
  readonly name: string;
  readonly limits: SinkLimits;
  readonly #callback: WriteCallback<M>;

  /** @throws ConfigError `CONFIG_INVALID` */
  constructor(callback: WriteCallback<M>, options: CallbackSinkOptions = {}) {
    if (typeof callback !== 'function') {
      throw new ConfigError('CONFIG_INVALID', 'CallbackSink: the function is missing.', {
        hint: 'Write new CallbackSink(async (messages) => { … }).',
      });
    }
    const { name, ...limits } = checkOptions('CallbackSink', optionShape, options);
    this.name = name ?? 'callback';
    this.limits = limits;
    this.#callback = callback;
  }

  /** Calls the function; what it throws is left as it is. */
  readonly write = async (batch: readonly M[], context: WriteContext): Promise<WriteResult> => {
    context.signal.throwIfAborted();
    if (batch.length === 0) return { accepted: 0 };
    await askFence(context);
    return (await this.#callback(batch, context)) ?? { accepted: batch.length };
  };
}

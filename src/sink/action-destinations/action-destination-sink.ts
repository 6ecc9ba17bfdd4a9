import { SinkError } from '../../errors/errors.js';
import type { Message } from '../../mapping/message.js';
import { pick, placeAt } from '../part-of-batch.js';
import { withFollowers } from '../followers.js';
import { NOT_SENT_YET, shareOfWrite } from '../share-of-write.js';
import { watchedFence } from '../watched-fence.js';
import type { Rejection, RetryLater, Sink, SinkLimits, WriteContext, WriteResult } from '../sink.js';
import { actionEvent } from './action-event.js';
import { ActionRunner } from './action-runner.js';
import { checkActionOptions, type ActionDestinationSinkOptions } from './action-options.js';
import { prepareAction, USUAL_SIZE } from './prepare-action.js';

/**
 * Delivers to any destination of the npm package `@segment/action-destinations`, by one of its actions. Needs that
 * package and `@segment/actions-core`; loads only the destination that is named.
 *
 * @example
 * ```ts
 * import { ActionDestinationSink } from 'snowmelt/action-destinations';
 *
 * const key = process.env['BRAZE_KEY'] ?? '';
 * const sink = new ActionDestinationSink({ destination: 'braze', action: 'trackEvent2', settings: { api_key: key } });
 * ```
 */
export class ActionDestinationSink<in M = Message> implements Sink<M> {
  readonly name: string;
  readonly limits: SinkLimits;
  readonly #options: ActionDestinationSinkOptions;
  #runner: Promise<ActionRunner> | undefined;

  /** @throws ConfigError `CONFIG_INVALID` */
  constructor(options: ActionDestinationSinkOptions) {
    checkActionOptions(options);
    this.name = options.name ?? `${options.destination}/${options.action}`;
    this.limits = { maxMessages: options.maxMessages ?? USUAL_SIZE };
    this.#options = { ...options };
  }

  /**
   * Loads the destination and checks its settings.
   *
   * @throws ConfigError `PEER_MISSING` or `CONFIG_INVALID`
   */
  readonly open = async (): Promise<void> => {
    await this.#loaded();
  };

  /**
   * Sends one batch: a request per `batch_size` messages, or a request per message where the action takes no batches.
   *
   * @throws SinkError `SINK_UNAUTHORIZED`, `SINK_UNREACHABLE`, `SINK_TIMEOUT` or `SINK_FAILED`
   */
  readonly write = async (batch: readonly M[], context: WriteContext): Promise<WriteResult> => {
    const { signal } = context;
    signal.throwIfAborted();
    if (batch.length === 0) return { accepted: 0 };
    const runner = await this.#loaded();
    const events = batch.map(actionEvent);
    const rejected: Rejection[] = [];
    const retry: RetryLater[] = [];
    let accepted = 0;
    const parts = runner.parts(events, context.keys);
    const isOver = shareOfWrite(context);
    const fence = watchedFence(context);
    for (const [number, places] of parts.entries()) {
      if (number > 0 && isOver()) {
        const left = parts.slice(number).flat();
        retry.push(...left.map((index) => ({ index, reason: NOT_SENT_YET })));
        break;
      }
      try {
        const result = await runner.send(pick(events, places), fence);
        accepted += result.accepted;
        rejected.push(...placeAt(result.rejected, places));
        const keys = context.keys && pick(context.keys, places);
        const again = withFollowers(result.retry ?? [], result.rejected ?? [], keys, places.length);
        accepted -= again.length - (result.retry?.length ?? 0);
        retry.push(...placeAt(again, places));
      } catch (error) {
        fence.throwIfClosed();
        // What was accepted before must not be sent again; the error comes up when the rest is alone.
        if (number === 0 || !(error instanceof SinkError)) throw error;
        const { message: reason, retryAfterMs } = error;
        retry.push(...places.map((index) => ({ index, reason, retryAfterMs })));
      }
      const [failed] = retry;
      if (failed === undefined) continue;
      // The messages behind it may belong to the same person.
      const left = parts.slice(number + 1).flat();
      retry.push(...left.map((index) => ({ ...failed, index })));
      break;
    }
    return { accepted, rejected, retry };
  };

  #loaded(): Promise<ActionRunner> {
    this.#runner ??= prepareAction(`ActionDestinationSink "${this.name}"`, this.#options)
      .then((prepared) => new ActionRunner(this.name, prepared, this.#options))
      .catch((error: unknown) => {
        this.#runner = undefined;
        throw error;
      });
    return this.#runner;
  }
}

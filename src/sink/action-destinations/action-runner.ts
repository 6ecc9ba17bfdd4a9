import { SinkError } from '../../errors/errors.js';
import { maskSecrets } from '../../http/mask-secrets.js';
import { orAborted } from '../../async/or-aborted.js';
import type { WatchedFence } from '../watched-fence.js';
import type { Rejection, RetryLater, WriteContext, WriteResult } from '../sink.js';
import { KeyRecord } from '../key-record.js';
import { actionError, batchRefused, failureCode, rowVerdict } from './action-failure.js';
import type { LaneKey } from '../../mapping/row-mapper.js';
import { cutInOrder } from './cut-in-order.js';
import type { ActionDestinationSinkOptions } from './action-options.js';
import { secretsOfAction } from './action-secrets.js';
import type { ActionRowResult } from './action-packages.js';
import { ActionTokens } from './action-tokens.js';
import type { PreparedAction } from './prepare-action.js';
import { requestFence } from './with-requests.js';

/** Runs one action and tells what became of each message. */
export class ActionRunner {
  readonly #name: string;
  readonly #origin: string;
  readonly #prepared: PreparedAction;
  readonly #tokens: ActionTokens;
  readonly #secrets: readonly string[];

  constructor(name: string, prepared: PreparedAction, options: ActionDestinationSinkOptions) {
    this.#name = name;
    this.#origin = options.endpoint === undefined ? options.destination : new URL(options.endpoint).origin;
    this.#prepared = prepared;
    this.#tokens = new ActionTokens(prepared, options.auth);
    this.#secrets = secretsOfAction(prepared, options);
  }

  /** Cuts a batch into requests: places of events, each in order. */
  parts(events: readonly object[], keys: readonly LaneKey[] | undefined): readonly (readonly number[])[] {
    const { batch, size, batchKey } = this.#prepared;
    if (!batch) return events.map((_, place) => [place]);
    return cutInOrder(
      events.map((event, place) => this.#keyOf(batchKey, event, place)),
      keys,
      size,
    );
  }

  /**
   * Sends events by one call of the action; once more with new tokens when the destination does not take the old ones.
   *
   * @throws SinkError; what the fence throws
   */
  async send(events: readonly object[], fence: WatchedFence<WriteContext>): Promise<WriteResult> {
    const { signal } = fence.context;
    const token = this.#tokens.current;
    try {
      return await this.#fenced(events, fence);
    } catch (error) {
      fence.throwIfClosed();
      if (!isUnauthorized(error) || !this.#tokens.renewable) return this.#judged(error, events);
    }
    await fence.context.fence();
    try {
      await orAborted(this.#tokens.renew(token), signal);
    } catch (error) {
      const failed = this.#asSinkError(error, signal);
      if (failed.retryable || failed.code === 'SINK_UNAUTHORIZED') throw failed;
      throw actionError({ status: 401 }, this.#name, this.#origin);
    }
    try {
      return await this.#fenced(events, fence);
    } catch (error) {
      fence.throwIfClosed();
      return this.#judged(error, events);
    }
  }

  /** Credentials that were accepted before may be fine: then the messages are refused. @throws what is no such case */
  #judged(error: unknown, events: readonly object[]): WriteResult {
    if (!isUnauthorized(error) || !KeyRecord.of(this).isAboutMessages(events.length)) throw error;
    if (events.length > 1) throw batchRefused(this.#name, error.details);
    const { status, code } = error.details;
    return { accepted: 0, rejected: [this.#rejection(0, status, code, '')] };
  }

  /** Asks before the action, which may have a client of its own, and before each request of the client it is given. */
  async #fenced(
    events: readonly object[],
    { context, throwIfClosed }: WatchedFence<WriteContext>,
  ): Promise<WriteResult> {
    await context.fence();
    try {
      const result = await requestFence.run(context.fence, () => this.#run(events, context.signal));
      if (result.accepted > 0) KeyRecord.of(this).accepted();
      return result;
    } finally {
      // Also when the destination's code took the no of one request for a refusal, or for nothing.
      throwIfClosed();
    }
  }

  async #run(events: readonly object[], signal: AbortSignal): Promise<WriteResult> {
    const { action, batch } = this.#prepared;
    try {
      if (batch) {
        const rows = await orAborted(action.executeBatch(this.#bundle(events, events[0], signal)), signal);
        return this.#result(events.length, rows);
      }
      await orAborted(action.execute(this.#bundle(events[0], events[0], signal)), signal);
      return { accepted: 1 };
    } catch (error) {
      const failed = this.#asSinkError(error, signal);
      if (batch || !failed.splittable) throw failed;
      return {
        accepted: 0,
        rejected: [this.#rejection(0, failed.details['status'], failed.details['code'], error)],
      };
    }
  }

  #bundle(data: unknown, first: unknown, signal: AbortSignal): object {
    const { mapping, settings } = this.#prepared;
    const personas = personasOf(first);
    return {
      data,
      mapping,
      settings,
      auth: this.#tokens.auth,
      audienceSettings: personas?.audience_settings ?? {},
      personasContext: personas,
      features: {},
      signal,
    };
  }

  #result(count: number, rows: readonly (ActionRowResult | undefined)[]): WriteResult {
    const rejected: Rejection[] = [];
    const retry: RetryLater[] = [];
    let unauthorized = 0;
    const verdicts = Array.from({ length: count }, (_, index) => rowVerdict(rows[index]?.status));
    const isKeyTaken = verdicts.includes('accepted');
    for (let index = 0; index < count; index++) {
      const row = rows[index];
      const verdict = verdicts[index];
      if (verdict === 'unauthorized') unauthorized++;
      // Of the whole request, however many rows it is told for.
      if (verdict === 'redirect') throw actionError({ status: row?.status }, this.#name, this.#origin);
      // Beside rows that were taken with the same credentials it is the row that is refused.
      if (verdict === 'retry' || (verdict === 'unauthorized' && !isKeyTaken)) {
        const code = failureCode(row?.errortype, row?.status);
        retry.push({ index, reason: `${this.#name}: the destination did not take the message (${code})` });
      } else if (verdict === 'rejected' || verdict === 'unauthorized') {
        rejected.push(this.#rejection(index, row?.status, row?.errortype, row?.errormessage));
      }
    }
    if (unauthorized === count) throw actionError({ status: rows[0]?.status }, this.#name, this.#origin);
    return { accepted: count - rejected.length - retry.length, rejected, retry };
  }

  #rejection(index: number, status: unknown, code: unknown, text: unknown): Rejection {
    const own = failureCode(code, status);
    const said = text instanceof Error ? text.message : text;
    return {
      index,
      code: own,
      reason: `${this.#name}: the message was refused (${own})`,
      ...(typeof said === 'string' && said !== ''
        ? { detail: maskSecrets(said, [...this.#secrets, ...this.#tokens.secrets]) }
        : {}),
    };
  }

  #asSinkError(error: unknown, signal: AbortSignal): SinkError {
    if (signal.aborted) throw signal.reason;
    return error instanceof SinkError ? error : actionError(error, this.#name, this.#origin);
  }

  #keyOf(batchKey: PreparedAction['batchKey'], event: object, place: number): string {
    try {
      return batchKey(event);
    } catch {
      // The mapping does not fit this event; alone it is refused alone.
      return `unmappable ${place}`;
    }
  }
}

function isUnauthorized(error: unknown): error is SinkError {
  return error instanceof SinkError && error.code === 'SINK_UNAUTHORIZED';
}

/** Segment's audiences travel in the context of their events, and so do their settings. */
function personasOf(event: unknown): { readonly audience_settings?: unknown } | undefined {
  const { context } = event as { readonly context?: { readonly personas?: object } };
  return context?.personas;
}

import * as z from 'zod';
import { isSnowmeltError, SinkError } from '../../errors/errors.js';
import type { Message } from '../../mapping/message.js';
import { checkOptions } from '../../options/check-options.js';
import { httpOptions, lowerCased, sinkOption } from '../option-shapes.js';
import { endpointUrl } from '../http/endpoint-url.js';
import { maskSecrets } from '../../http/mask-secrets.js';
import { secretHeaders, secretsOfUrl } from '../http/masked-reply.js';
import { HttpSender } from '../http/http-sender.js';
import { sendBatch } from '../http/send-batch.js';
import type { Destination } from '../http/status-error.js';
import { isPromiseLike } from '../../async/is-promise-like.js';
import { AsyncCodeError } from '../../errors/async-code-error.js';
import { textPerMessage } from '../per-message.js';
import { textsOf, type BatchTexts } from '../texts-of.js';
import { pick } from '../part-of-batch.js';
import { watchedFence } from '../watched-fence.js';
import { NOT_SENT_YET, shareOfWrite } from '../share-of-write.js';
import { signBody, type WebhookSinkOptions } from './webhook-options.js';
import type { Rejection, RetryLater, Sink, SinkLimits, WriteContext, WriteResult } from '../sink.js';

const optionShape = {
  ...httpOptions,
  endpoint: sinkOption.url,
  format: z.enum(['json', 'ndjson', 'single']).optional(),
  method: z.enum(['POST', 'PUT', 'PATCH']).optional(),
  signature: z
    .strictObject({
      secret: z.string().min(1),
      header: sinkOption.headerName.optional(),
      algorithm: z.enum(['sha256', 'sha512', 'sha1']).optional(),
      encoding: z.enum(['hex', 'base64']).optional(),
      prefix: sinkOption.headerText.optional(),
      timestampHeader: sinkOption.headerName.optional(),
    })
    .optional(),
  serialize: sinkOption.function.optional(),
  body: sinkOption.function.optional(),
  contentType: sinkOption.headerText.optional(),
  inspect: sinkOption.function.optional(),
  maxMessages: sinkOption.count.optional(),
  maxMessageBytes: sinkOption.count.optional(),
  maxBatchBytes: sinkOption.count.optional(),
  gzip: z.boolean().optional(),
  name: sinkOption.name.optional(),
};

/**
 * Posts messages to any URL.
 *
 * @example
 * ```ts
 * import { WebhookSink } from 'snowmelt/sinks';
 *
 * const secret = process.env['HOOK_SECRET'] ?? '';
 * const sink = new WebhookSink({ endpoint: 'https://example.com/hook', signature: { secret } });
 * ```
 */
export class WebhookSink<in M = Message> implements Sink<M> {
  readonly name: string;
  readonly limits: SinkLimits;
  /** The JSON text of one message. */
  readonly serialize: (message: M) => string;
  readonly #options: WebhookSinkOptions<M>;
  readonly #destination: Destination;
  readonly #sender: HttpSender;

  /** @throws ConfigError `CONFIG_INVALID` */
  constructor(options: WebhookSinkOptions<M>) {
    checkOptions('WebhookSink', optionShape, options);
    const single = options.format === 'single';
    this.name = options.name ?? 'webhook';
    this.limits = {
      maxMessages: options.maxMessages ?? (single ? 100 : 1_000),
      maxMessageBytes: options.maxMessageBytes,
      // A batch of single requests is bounded by the largest body, so there only the count matters.
      maxBatchBytes: single ? undefined : (options.maxBatchBytes ?? 1_000_000),
      batchOverheadBytes: 2,
    };
    const { serialize } = options;
    this.serialize =
      serialize === undefined
        ? JSON.stringify
        : (message) => textPerMessage(`\`serialize\` of the sink "${this.name}"`, () => serialize(message));
    this.#options = options;
    const url = endpointUrl('WebhookSink', options.endpoint, { insecureHttp: options.insecureHttp });
    const { signature } = options;
    const secrets = [...secretHeaders(options.headers), ...secretsOfUrl(url), ...(signature ? [signature.secret] : [])];
    this.#destination = { name: this.name, origin: url.origin, gzip: options.gzip, secrets };
    this.#sender = new HttpSender({
      ...this.#destination,
      url: url.href,
      method: options.method,
      timeoutMs: options.timeoutMs ?? 30_000,
      fetch: options.fetch,
      headers: {
        'user-agent': 'snowmelt',
        'content-type':
          options.contentType ?? (options.format === 'ndjson' ? 'application/x-ndjson' : 'application/json'),
        ...lowerCased(options.headers),
      },
    });
  }

  /**
   * Sends one batch: one request, or with `format: "single"` one after the other.
   *
   * @throws SinkError `SINK_UNAUTHORIZED`, `SINK_UNREACHABLE`, `SINK_TIMEOUT`, `SINK_FAILED` or `SINK_CONTRACT`
   */
  readonly write = async (batch: readonly M[], context: WriteContext): Promise<WriteResult> => {
    context.signal.throwIfAborted();
    if (batch.length === 0) return { accepted: 0 };
    const texts = textsOf(batch, context, this);
    return this.#options.format === 'single'
      ? this.#writeEach(batch, texts, context)
      : this.#send(batch, texts, context);
  };

  async #send(batch: readonly M[], { texts, refused }: BatchTexts, context: WriteContext): Promise<WriteResult> {
    const { body, inspect, signature, format, maxBatchBytes = this.limits.maxBatchBytes } = this.#options;
    let sending = batch;
    return sendBatch({
      texts,
      unsent: refused,
      limits: { ...this.limits, maxBatchBytes },
      to: this.#destination,
      body: (kept, places) => {
        sending = kept.length === batch.length ? batch : pick(batch, places);
        if (body !== undefined)
          return textPerMessage(`\`body\` of the sink "${this.name}"`, () => body(sending, context));
        if (format === 'single') return kept[0] ?? '';
        return format === 'ndjson' ? `${kept.join('\n')}\n` : `[${kept.join(',')}]`;
      },
      send: (bytes) => this.#sender.send(bytes, context, signature && signBody(bytes, signature)),
      inspect: inspect && ((reply) => this.#inspected(() => inspect(reply, sending))),
    });
  }

  /** In order, and not on after the first failure: the messages behind it may belong to the same person. */
  async #writeEach(batch: readonly M[], { texts, refused }: BatchTexts, context: WriteContext): Promise<WriteResult> {
    const rejected: Rejection[] = [...refused];
    const unfit = new Set(refused.map(({ index }) => index));
    const retry: RetryLater[] = [];
    const isOver = shareOfWrite(context);
    const fence = watchedFence(context);
    let accepted = 0;
    for (let index = 0; index < batch.length; index++) {
      if (index > 0 && isOver()) {
        for (let later = index; later < batch.length; later++) {
          if (!unfit.has(later)) retry.push({ index: later, reason: NOT_SENT_YET });
        }
        break;
      }
      if (unfit.has(index)) continue;
      try {
        const text = { texts: texts.slice(index, index + 1), refused: [] };
        const result = await this.#send(batch.slice(index, index + 1), text, fence.context);
        accepted += result.accepted;
        rejected.push(...(result.rejected ?? []).map((entry) => ({ ...entry, index })));
        retry.push(...(result.retry ?? []).map((entry) => ({ ...entry, index })));
      } catch (error) {
        fence.throwIfClosed();
        // What was accepted before must not be sent again; the error comes up when the rest is alone.
        if (index === 0 || !(error instanceof SinkError)) throw error;
        retry.push({ index, reason: error.message, retryAfterMs: error.retryAfterMs });
      }
      const [failed] = retry;
      if (failed === undefined) continue;
      for (let later = index + 1; later < batch.length; later++) {
        if (!unfit.has(later)) retry.push({ ...failed, index: later });
      }
      break;
    }
    return { accepted, rejected, retry };
  }

  #inspected(inspect: () => Omit<WriteResult, 'accepted'>): Omit<WriteResult, 'accepted'> {
    try {
      const found = inspect();
      if (!isPromiseLike(found)) return found;
      found.then(undefined, () => undefined);
      throw new AsyncCodeError(
        `\`inspect\` of the sink "${this.name}"`,
        'Its answer is not waited for: make it a plain function.',
      );
    } catch (error) {
      if (error instanceof SinkError) throw withMessage(error, maskSecrets(error.message, this.#destination.secrets));
      if (isSnowmeltError(error)) throw error;
      const kind = error instanceof Error ? error.name : typeof error;
      throw new SinkError('SINK_CONTRACT', `${this.name}: \`inspect\` threw ${kind}`, {
        retryable: false,
        hint: 'Correct `inspect`; throw a SinkError where a reply of status 2xx means failure.',
      });
    }
  }
}

/** The same error, unless a reply's text in it had to be changed. */
function withMessage(error: SinkError, message: string): SinkError {
  if (message === error.message) return error;
  const { code, hint, retryable, retryAfterMs, splittable } = error;
  return new SinkError(code, message, { hint, retryable, retryAfterMs, splittable });
}

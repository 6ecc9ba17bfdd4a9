import type { Bytes } from '../../http/bytes.js';
import * as z from 'zod';
import { ConfigError } from '../../errors/errors.js';
import type { Message } from '../../mapping/message.js';
import { checkOptions } from '../../options/check-options.js';
import { httpOptions, lowerCased, sinkOption } from '../option-shapes.js';
import { checkKey } from '../http/check-key.js';
import { endpointUrl } from '../http/endpoint-url.js';
import type { HttpReply } from '../../http/http-exchange.js';
import { HttpSender, type HttpSinkOptions } from '../http/http-sender.js';
import { secretHeaders } from '../http/masked-reply.js';
import { RequestPacer } from '../http/request-pacer.js';
import { sendBatch, sendJson } from '../http/send-batch.js';
import type { Destination } from '../http/status-error.js';
import { rejectedUnsent } from '../rejected-unsent.js';
import { textsOf } from '../texts-of.js';
import type { SerializeMessage, Sink, SinkCheck, SinkLimits, WriteContext, WriteResult } from '../sink.js';
import { plainCalls, wireMessage } from '../wire-message.js';

/** Options of {@link CustomerIoSink}. */
export interface CustomerIoSinkOptions extends HttpSinkOptions {
  /** API key of the source in Customer.io (Data & Integrations, the HTTP or Node source). */
  readonly writeKey: string | undefined;
  /** Where the workspace lives. Needed unless `endpoint` is given. */
  readonly region?: 'us' | 'eu' | undefined;
  /** Replaces the region's base URL `https://cdp.customer.io/v1` (proxies, tests). */
  readonly endpoint?: string | undefined;
  /**
   * Sends `X-Strict-Mode: 1`. Without it the API answers 200 to malformed and oversize data and drops it.
   *
   * @default true
   */
  readonly strict?: boolean | undefined;
  /** Messages per request. @default as many as fit */
  readonly maxMessages?: number | undefined;
  /** UTF-8 bytes of one message; a longer one is rejected and never sent. @default 32000 */
  readonly maxMessageBytes?: number | undefined;
  /** UTF-8 bytes of one request body. @default 490000 */
  readonly maxBatchBytes?: number | undefined;
  /** Compresses bodies. Customer.io does not document that it takes gzip. @default false */
  readonly gzip?: boolean | undefined;
  /** The published limit of the API is 3,000 requests per 3 seconds. @default 3000 */
  readonly maxRequestsPer3Seconds?: number | undefined;
  /** Shown in events and errors. @default "customerio" */
  readonly name?: string | undefined;
}

/**
 * Enough for 80,000 messages of 400 bytes a second when each request takes 100 ms, and far below the published limit of
 * requests. Eight full bodies pass within `timeoutMs` on an uplink of 2 Mbit/s; twice as many would not.
 */
const CONCURRENCY = 8;

const regions = { us: 'https://cdp.customer.io/v1', eu: 'https://cdp-eu.customer.io/v1' };

const optionShape = {
  ...httpOptions,
  writeKey: sinkOption.key,
  region: z.enum(['us', 'eu']).optional(),
  endpoint: sinkOption.url.optional(),
  strict: z.boolean().optional(),
  maxMessages: sinkOption.count.optional(),
  maxMessageBytes: sinkOption.count.optional(),
  maxBatchBytes: sinkOption.count.optional(),
  gzip: z.boolean().optional(),
  maxRequestsPer3Seconds: sinkOption.count.max(100_000).optional(),
  name: sinkOption.name.optional(),
};

/**
 * Delivers messages to Customer.io's Pipelines API (`POST /v1/batch`).
 *
 * @example
 * ```ts
 * import { CustomerIoSink } from 'snowmelt/customerio';
 *
 * export const sink = new CustomerIoSink({ writeKey: process.env['CUSTOMERIO_WRITE_KEY'] ?? '', region: 'us' });
 * ```
 */
export class CustomerIoSink implements Sink {
  readonly name: string;
  readonly limits: SinkLimits;
  readonly #strict: boolean;
  readonly #sender: HttpSender;
  readonly #pacer: RequestPacer;
  readonly #destination: Destination;

  /** @throws ConfigError `CONFIG_INVALID` */
  constructor(options: CustomerIoSinkOptions) {
    const { writeKey } = checkOptions('CustomerIoSink', optionShape, options);
    const base = options.endpoint ?? regions[needRegion(options.region)];
    const url = endpointUrl('CustomerIoSink', base, { path: '/batch', insecureHttp: options.insecureHttp });
    this.name = options.name ?? 'customerio';
    this.#strict = options.strict !== false;
    this.limits = {
      maxMessages: options.maxMessages,
      maxMessageBytes: options.maxMessageBytes ?? 32_000,
      maxBatchBytes: options.maxBatchBytes ?? 490_000,
      batchOverheadBytes: '{"batch":[]}'.length,
      concurrency: CONCURRENCY,
    };
    const authorization = Buffer.from(`${writeKey}:`).toString('base64');
    this.#destination = {
      name: this.name,
      secrets: [writeKey, authorization, ...secretHeaders(options.headers)],
      origin: url.origin,
      gzip: options.gzip,
      hint: 'Check `writeKey`, and that `region` or `endpoint` is where its workspace lives.',
    };
    this.#sender = new HttpSender({
      ...this.#destination,
      url: url.href,
      timeoutMs: options.timeoutMs ?? 30_000,
      fetch: options.fetch,
      headers: {
        'user-agent': 'snowmelt',
        ...lowerCased(options.headers),
        'content-type': 'application/json',
        authorization: `Basic ${authorization}`,
        ...(options.strict === false ? {} : { 'x-strict-mode': '1' }),
      },
    });
    this.#pacer = new RequestPacer(options.maxRequestsPer3Seconds ?? 3_000, 3_000);
  }

  /** The item of `/v1/batch` for one message. */
  readonly serialize: SerializeMessage<Message> = Object.assign(
    (message: Message): string => JSON.stringify(wireMessage(message, '1')),
    { plainFor: plainCalls },
  );

  /**
   * Sends a batch without messages. In strict mode the API answers 401 to a wrong key (Customer.io documentation,
   * Pipelines API, `X-Strict-Mode`); without it a wrong key may get 200 as well.
   *
   * @throws SinkError `SINK_UNAUTHORIZED`, `SINK_UNREACHABLE`, `SINK_TIMEOUT` or `SINK_FAILED`
   */
  readonly check = async ({ signal }: { readonly signal: AbortSignal }): Promise<SinkCheck> => {
    const checked = await checkKey(this.#sender, signal, this.#destination);
    if (this.#strict) return checked;
    return { key: 'unknown', reason: 'Without strict mode Customer.io may answer 200 to a wrong key.' };
  };

  /**
   * Sends one batch as one request.
   *
   * @throws SinkError `SINK_UNAUTHORIZED`, `SINK_UNREACHABLE`, `SINK_TIMEOUT` or `SINK_FAILED`
   */
  readonly write = async (batch: readonly Message[], context: WriteContext): Promise<WriteResult> => {
    if (batch.length === 0) return { accepted: 0 };
    const send = async (body: Bytes): Promise<HttpReply> => {
      await this.#pacer.pass(context.signal);
      const headers = context.attempt > 1 ? { 'x-retry-count': String(context.attempt - 1) } : {};
      return this.#sender.send(body, context, headers);
    };
    const { limits } = this;
    const to = this.#destination;
    if (context.json !== undefined) return sendJson({ json: context.json, count: batch.length, limits, to, send });
    const { texts, refused } = textsOf(batch, context, this);
    const unsent = rejectedUnsent(batch, refused);
    return sendBatch({ texts, limits, to, unsent, body: (kept) => `{"batch":[${kept.join(',')}]}`, send });
  };
}

function needRegion(region: 'us' | 'eu' | undefined): 'us' | 'eu' {
  if (region !== undefined) return region;
  throw new ConfigError('CONFIG_INVALID', 'CustomerIoSink: `region` is missing', {
    hint: "Pass `region: 'us'` or `region: 'eu'`, whichever the workspace was made in, or an `endpoint`.",
  });
}

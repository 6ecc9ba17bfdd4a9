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
import { pick } from '../part-of-batch.js';
import { textsOf } from '../texts-of.js';
import { rejectedUnsent } from '../rejected-unsent.js';
import { segmentServices, type SegmentService } from './segment-service.js';
import type { SerializeMessage, Sink, SinkCheck, SinkLimits, WriteContext, WriteResult } from '../sink.js';
import { plainCalls, wireMessage } from '../wire-message.js';

/** Options of {@link SegmentSink}. */
export interface SegmentSinkOptions extends HttpSinkOptions {
  /** Whose limits and addresses count. @default "segment" */
  readonly service?: 'segment' | 'rudderstack' | 'jitsu' | undefined;
  /** Write key of the source; for Jitsu `keyId:secret`. */
  readonly writeKey: string | undefined;
  /** Segment only: where the workspace lives. Needed unless `endpoint` is given. */
  readonly region?: 'us' | 'eu' | undefined;
  /**
   * RudderStack: the data plane URL. Jitsu: the URL of the server. Segment: replaces the region's base URL, up to and
   * including `/v1`.
   */
  readonly endpoint?: string | undefined;
  /** Messages per request. @default Segment 2500, else as many as fit */
  readonly maxMessages?: number | undefined;
  /** UTF-8 bytes of one message; a longer one is rejected. @default Segment and RudderStack 32000, Jitsu 1000000 */
  readonly maxMessageBytes?: number | undefined;
  /** UTF-8 bytes of one body, uncompressed. @default Segment 490000, RudderStack 3900000, Jitsu 4000000 */
  readonly maxBatchBytes?: number | undefined;
  /** Compresses the bodies. @default true for RudderStack and Jitsu, which document it */
  readonly gzip?: boolean | undefined;
  /** Shown in events and errors. @default the service */
  readonly name?: string | undefined;
}

const optionShape = {
  ...httpOptions,
  service: z.enum(['segment', 'rudderstack', 'jitsu']).optional(),
  writeKey: sinkOption.key,
  region: z.enum(['us', 'eu']).optional(),
  endpoint: sinkOption.url.optional(),
  maxMessages: sinkOption.count.optional(),
  maxMessageBytes: sinkOption.count.optional(),
  maxBatchBytes: sinkOption.count.optional(),
  gzip: z.boolean().optional(),
  name: sinkOption.name.optional(),
};

/** Delivers messages to Segment, RudderStack or Jitsu by their batch endpoints. */
export class SegmentSink implements Sink {
  readonly name: string;
  readonly limits: SinkLimits;
  readonly #service: SegmentService;
  readonly #destination: Destination;
  readonly #sender: HttpSender;
  readonly #pacer: RequestPacer | undefined;

  /** @throws ConfigError `CONFIG_INVALID` */
  constructor(options: SegmentSinkOptions) {
    const { writeKey } = checkOptions('SegmentSink', optionShape, options);
    const service = segmentServices[options.service ?? 'segment'];
    const base = baseUrl(options, service);
    const url = endpointUrl('SegmentSink', base, { path: service.path, insecureHttp: options.insecureHttp });
    this.name = options.name ?? options.service ?? 'segment';
    this.limits = {
      ...service.limits,
      maxMessages: options.maxMessages ?? service.limits.maxMessages,
      maxMessageBytes: options.maxMessageBytes ?? service.limits.maxMessageBytes,
      maxBatchBytes: options.maxBatchBytes ?? service.limits.maxBatchBytes,
    };
    this.#service = service;
    this.serialize = Object.assign(
      (message: Message): string => JSON.stringify(wireMessage(message)),
      service.takesText ? { plainFor: plainCalls } : {},
    );
    const authorization = Buffer.from(service.credentials(writeKey)).toString('base64');
    this.#destination = {
      name: this.name,
      secrets: [writeKey, authorization, ...secretHeaders(options.headers)],
      origin: url.origin,
      gzip: options.gzip ?? service.gzip,
      hint: 'Check `writeKey`, and that `region` or `endpoint` is where its source lives.',
    };
    this.#sender = new HttpSender({
      ...this.#destination,
      url: url.href,
      timeoutMs: options.timeoutMs ?? 30_000,
      fetch: options.fetch,
      maxReplyBytes: service.maxReplyBytes,
      headers: {
        'user-agent': 'snowmelt',
        ...lowerCased(options.headers),
        'content-type': 'application/json',
        authorization: `Basic ${authorization}`,
      },
    });
    if (service.requestsPerSecond !== undefined) this.#pacer = new RequestPacer(service.requestsPerSecond, 1_000);
  }

  /** The item of a batch for one message. */
  readonly serialize: SerializeMessage<Message>;

  /**
   * Sends a batch without messages to RudderStack or Jitsu, which answer 401 to a wrong key. Segment answers 200.
   *
   * @throws SinkError `SINK_UNAUTHORIZED`, `SINK_UNREACHABLE`, `SINK_TIMEOUT` or `SINK_FAILED`
   */
  readonly check = async ({ signal }: { readonly signal: AbortSignal }): Promise<SinkCheck> => {
    if (!this.#service.refusesKeys) return { key: 'unknown', reason: 'Segment answers 200 to a wrong key as well.' };
    return checkKey(this.#sender, signal, this.#destination);
  };

  /**
   * Sends one batch as one request.
   *
   * @throws SinkError `SINK_UNAUTHORIZED`, `SINK_UNREACHABLE`, `SINK_TIMEOUT` or `SINK_FAILED`
   */
  readonly write = async (batch: readonly Message[], context: WriteContext): Promise<WriteResult> => {
    context.signal.throwIfAborted();
    if (batch.length === 0) return { accepted: 0 };
    const send = async (body: Bytes): Promise<HttpReply> => {
      await this.#pacer?.pass(context.signal);
      return this.#sender.send(body, context);
    };
    const { limits } = this;
    const to = this.#destination;
    if (context.json !== undefined) return sendJson({ json: context.json, count: batch.length, limits, to, send });
    const { inspect, rejects } = this.#service;
    const { texts, refused } = textsOf(batch, context, this);
    return sendBatch({
      texts,
      limits,
      to,
      unsent: rejectedUnsent(batch, refused, rejects),
      body: (texts) => `{"batch":[${texts.join(',')}]}`,
      send,
      inspect:
        inspect &&
        ((reply, sent) => ({
          rejected: inspect(reply, pick(batch, sent)),
        })),
    });
  };
}

function baseUrl({ endpoint, region, service = 'segment' }: SegmentSinkOptions, { regions }: SegmentService): string {
  if (endpoint !== undefined) return endpoint;
  if (regions !== undefined && region !== undefined) return regions[region];
  throw new ConfigError('CONFIG_INVALID', `SegmentSink: \`${regions ? 'region' : 'endpoint'}\` is missing`, {
    hint: regions
      ? "Pass `region: 'us'` or `region: 'eu'`, whichever the workspace was made in."
      : `Pass \`endpoint\`, the URL of ${service === 'rudderstack' ? 'the data plane' : 'the Jitsu server'}.`,
  });
}

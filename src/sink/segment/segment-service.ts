import type { Message } from '../../mapping/message.js';
import type { HttpReply } from '../../http/http-exchange.js';
import type { Rejection, SinkLimits } from '../sink.js';
import { jitsuRejections } from './jitsu-rejections.js';
import type { Rejects } from '../rejected-unsent.js';

/** What sets one Segment-like service apart from another. */
export interface SegmentService {
  /** Base URLs by region; `undefined` where every customer has an own one. */
  readonly regions?: Readonly<Record<'us' | 'eu', string>> | undefined;
  readonly path: string;
  /** Credentials of Basic auth, before Base64. */
  readonly credentials: (writeKey: string) => string;
  readonly limits: SinkLimits;
  readonly requestsPerSecond?: number | undefined;
  readonly gzip: boolean;
  /** Whether a wrong key is answered with 401. */
  readonly refusesKeys: boolean;
  readonly rejects?: Rejects | undefined;
  /**
   * Whether nothing that an ordinary row becomes is refused or looked for: `rejects` and `inspect` need not see it.
   * Message ids of the mapping and ids of the engine have at most 64 characters.
   */
  readonly takesText: boolean;
  /** Where a reply is cut; one that tells of each message may be long. */
  readonly maxReplyBytes?: number | undefined;
  /** Messages refused in a 2xx reply. */
  readonly inspect?: ((reply: HttpReply, sent: readonly Message[]) => readonly Rejection[]) | undefined;
}

const overhead = { batchOverheadBytes: '{"batch":[]}'.length };

/** Segment documentation, "HTTP API source" and "Regional Segment". */
const segment: SegmentService = {
  regions: { us: 'https://api.segment.io/v1', eu: 'https://events.eu1.segmentapis.com/v1' },
  path: '/batch',
  credentials: (writeKey) => `${writeKey}:`,
  limits: { ...overhead, maxMessages: 2_500, maxMessageBytes: 32_000, maxBatchBytes: 490_000, concurrency: 8 },
  requestsPerSecond: 1_000,
  gzip: false,
  takesText: true,
  // 200 for all but too large or malformed requests.
  refusesKeys: false,
  rejects: ({ messageId }) =>
    messageId !== undefined && messageId.length > 99
      ? { code: 'MESSAGE_ID_TOO_LONG', reason: 'Segment takes a messageId of less than 100 characters' }
      : undefined,
};

/** RudderStack documentation, "HTTP API"; rudder-server, gateway: one item without an id fails the whole request. */
const rudderstack: SegmentService = {
  path: '/v1/batch',
  credentials: (writeKey) => `${writeKey}:`,
  limits: { ...overhead, maxMessageBytes: 32_000, maxBatchBytes: 3_900_000 },
  gzip: true,
  takesText: true,
  refusesKeys: true,
  rejects: ({ userId, anonymousId }) =>
    userId || anonymousId
      ? undefined
      : { code: 'ID_MISSING', reason: 'RudderStack takes no message without userId and anonymousId' },
};

/** jitsucom/bulker, ingest/router_batch_handler.go: per-message errors stand in a 200. */
const jitsu: SegmentService = {
  path: '/api/s/s2s/batch',
  // The key is `keyId:secret` already.
  credentials: (writeKey) => writeKey,
  limits: { ...overhead, maxMessageBytes: 1_000_000, maxBatchBytes: 4_000_000 },
  gzip: true,
  takesText: false,
  refusesKeys: true,
  rejects: (message) =>
    message.type === 'track' && message.event.length > 128
      ? { code: 'EVENT_TOO_LONG', reason: 'Jitsu takes event names of up to 128 characters' }
      : undefined,
  // Some 200 bytes for each of 20,000 messages.
  maxReplyBytes: 16_777_216,
  inspect: jitsuRejections,
};

/** The services that {@link SegmentSink} knows. */
export const segmentServices = { segment, rudderstack, jitsu };

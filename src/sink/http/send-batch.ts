import type { Bytes } from '../../http/bytes.js';
import { SinkError } from '../../errors/errors.js';
import type { Rejection, SinkLimits, WriteResult } from '../sink.js';
import { largestField } from '../largest-field.js';
import { KeyRecord } from '../key-record.js';
import { hostRejection } from '../per-message.js';
import { pick, placeAt } from '../part-of-batch.js';
import { ReplyTooLong, type HttpReply } from '../../http/http-exchange.js';
import { networkFault } from '../../http/network-fault.js';
import { maskedFindings } from './masked-reply.js';
import { networkError } from './network-error.js';
import { batchRefused, isKeyRefusal, isSplittable, statusError, type Destination } from './status-error.js';

/** One batch on its way over HTTP. */
export interface HttpBatch {
  /** One text per message, as it stands in the body. */
  readonly texts: readonly string[];
  readonly limits: SinkLimits;
  readonly to: Destination;
  /** Messages that the destination is known to reject: they are never sent. */
  readonly unsent?: readonly Rejection[] | undefined;
  /**
   * Puts the texts to send together to a body; `sent` are their places in the batch. Code of the host is called by `perMessage`.
   */
  readonly body: (texts: readonly string[], sent: readonly number[]) => string;
  readonly send: (body: Bytes) => Promise<HttpReply>;
  /** Finds messages refused in a 2xx reply. `sent`: places in the batch of what was sent; the answer counts in `sent`. */
  readonly inspect?: ((reply: HttpReply, sent: readonly number[]) => Omit<WriteResult, 'accepted'>) | undefined;
}

/** A batch whose texts stand in one piece. */
export interface HttpJsonBatch extends Pick<HttpBatch, 'limits' | 'to' | 'send'> {
  /** The texts as UTF-8 with commas between, none too long. */
  readonly json: Bytes;
  /** How many there are. */
  readonly count: number;
}

const detailCharacters = 1_000;
const bodyStart = Buffer.from('{"batch":[');
const bodyEnd = Buffer.from(']}');

/**
 * Sends one batch and tells what became of each message. Too long messages are rejected and never sent.
 *
 * @throws SinkError when the batch as a whole was not accepted
 */
export async function sendBatch(batch: HttpBatch): Promise<WriteResult> {
  const { texts, limits, to, body, inspect } = batch;
  const unsent = unsendable(texts, limits.maxMessageBytes, batch.unsent);
  const sent = keptIndexes(texts.length, unsent);
  const kept = unsent.length === 0 ? texts : pick(texts, sent);
  if (kept.length === 0) return { accepted: 0, rejected: unsent };
  let bytes: Buffer<ArrayBuffer>;
  try {
    bytes = Buffer.from(body(kept, sent));
  } catch (error) {
    const why = hostRejection(error);
    if (kept.length === 1) return { accepted: 0, rejected: [...unsent, { index: sent[0] ?? 0, ...why }] };
    throw new SinkError('SINK_FAILED', `${to.name}: ${why.reason}`, { retryable: false, splittable: true });
  }
  if (kept.length === 1 && bytes.length > (limits.maxBatchBytes ?? Infinity)) {
    const field = largestField(kept[0] ?? '');
    const reason = `a body of ${bytes.length} bytes, the limit is ${limits.maxBatchBytes ?? 0}${field}`;
    return { accepted: 0, rejected: [...unsent, { index: sent[0] ?? 0, code: 'MESSAGE_TOO_LARGE', reason }] };
  }
  const reply = await sendWithin(bytes, kept.length, batch);
  if (!isSuccess(reply)) return { accepted: 0, rejected: [...unsent, rejectionOf(reply, sent[0] ?? 0, to)] };
  const found = inspect === undefined ? {} : maskedFindings(inspect(reply, sent), to.secrets);
  const rejected = [...unsent, ...placeAt(found.rejected, sent)];
  const retry = placeAt(found.retry, sent);
  return { accepted: texts.length - rejected.length - retry.length, rejected, retry };
}

/**
 * The same for texts in one piece; the body is `{"batch":[…]}`.
 *
 * @throws SinkError when the batch as a whole was not accepted
 */
export async function sendJson(batch: HttpJsonBatch): Promise<WriteResult> {
  const { json, count } = batch;
  const reply = await sendWithin(Buffer.concat([bodyStart, json, bodyEnd]), count, batch);
  return isSuccess(reply) ? { accepted: count } : { accepted: 0, rejected: [rejectionOf(reply, 0, batch.to)] };
}

/**
 * A status of success whose body broke off may have come before the work was done. A body that is whole but damaged
 * tells as much as none: where only the status counts, another try would bring the same.
 */
function requireBody({ fault }: HttpReply, to: Destination, isRead: boolean): void {
  if (fault === undefined || fault instanceof ReplyTooLong) return;
  const isDamaged = /^Z_(?!BUF_ERROR)/.test(networkFault(fault).code ?? '');
  if (isRead || !isDamaged) throw networkError(fault, to);
}

/** A reply of success, or one that refuses the only message. */
async function sendWithin(
  body: Bytes,
  count: number,
  { limits, to, send, inspect }: Pick<HttpBatch, 'limits' | 'to' | 'send' | 'inspect'>,
): Promise<HttpReply> {
  if (body.length > (limits.maxBatchBytes ?? Infinity) && count > 1) {
    const text = `${to.name}: a body of ${body.length} bytes is over the limit of ${limits.maxBatchBytes ?? 0}`;
    throw new SinkError('SINK_FAILED', text, { retryable: false, splittable: true });
  }
  const reply = await send(body);
  if (isSuccess(reply)) {
    KeyRecord.of(to).accepted();
    requireBody(reply, to, inspect !== undefined);
    return reply;
  }
  const { status } = reply;
  const isAboutMessages = isKeyRefusal(status) ? KeyRecord.of(to).isAboutMessages(count) : isSplittable(status);
  if (!isAboutMessages) throw statusError(reply, to);
  if (count > 1) throw batchRefused(reply, to);
  return reply;
}

function isSuccess({ status }: HttpReply): boolean {
  return status >= 200 && status <= 299;
}

function rejectionOf(reply: HttpReply, index: number, to: Destination): Rejection {
  const detail = reply.text.trim().slice(0, detailCharacters);
  return {
    index,
    code: `HTTP_${reply.status}`,
    reason: `${to.origin} answered ${reply.status}`,
    ...(detail === '' ? {} : { detail }),
  };
}

function unsendable(texts: readonly string[], limit = Infinity, known: readonly Rejection[] = []): Rejection[] {
  const rejections = [...known];
  const gone = new Set(known.map(({ index }) => index));
  texts.forEach((text, index) => {
    // A UTF-16 unit takes at most three bytes: most messages need no counting.
    if (text.length * 3 <= limit || gone.has(index)) return;
    const bytes = Buffer.byteLength(text);
    if (bytes <= limit) return;
    rejections.push({
      index,
      code: 'MESSAGE_TOO_LARGE',
      reason: `${bytes} bytes, the limit is ${limit}${largestField(text)}`,
    });
  });
  return rejections;
}

function keptIndexes(length: number, without: readonly Rejection[]): number[] {
  const gone = new Set(without.map(({ index }) => index));
  return Array.from({ length }, (_, index) => index).filter((index) => !gone.has(index));
}

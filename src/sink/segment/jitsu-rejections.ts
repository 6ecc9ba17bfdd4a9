import * as z from 'zod';
import { SinkError } from '../../errors/errors.js';
import type { Message } from '../../mapping/message.js';
import { ReplyTooLong, type HttpReply } from '../../http/http-exchange.js';
import type { Rejection } from '../sink.js';

const answer = z.object({
  receivedEvents: z.number(),
  okEvents: z.number(),
  errors: z.array(z.string()).nullish(),
});

/**
 * The messages that Jitsu lists as failed in a 200: `Message ID: <id>: <why>`.
 *
 * @throws SinkError splittable, when a failed message cannot be told by its id
 */
export function jitsuRejections(reply: HttpReply, sent: readonly Message[]): readonly Rejection[] {
  const { okEvents, errors } = read(reply);
  if (okEvents >= sent.length) return [];
  const indexes = new Map(sent.map(({ messageId }, index) => [storedId(messageId), index]));
  const rejected = new Map<number, Rejection>();
  for (const error of errors ?? []) {
    const found = /^Message ID: (\S*): ([^]*)$/.exec(error);
    const index = indexes.get(found?.[1]);
    if (found === null || index === undefined) continue;
    rejected.set(index, {
      index,
      code: 'REFUSED',
      reason: 'Jitsu refused the message',
      detail: (found[2] ?? '').slice(0, 1_000),
    });
  }
  if (rejected.size === sent.length - okEvents) return [...rejected.values()];
  if (sent.length === 1) {
    return [{ index: 0, code: 'REFUSED', reason: 'Jitsu refused the message', detail: reply.text.slice(0, 1_000) }];
  }
  throw new SinkError('SINK_FAILED', `Jitsu refused ${sent.length - okEvents} of ${sent.length} messages`, {
    retryable: false,
    splittable: true,
  });
}

/** Jitsu replaces other characters and cuts ids to 64. */
function storedId(messageId: string | undefined): string | undefined {
  return messageId?.replaceAll(/[^A-Za-z0-9._-]/g, '_').slice(0, 64);
}

function read({ text, fault }: HttpReply): z.infer<typeof answer> {
  try {
    return answer.parse(JSON.parse(text));
  } catch {
    if (fault instanceof ReplyTooLong) {
      throw new SinkError('SINK_FAILED', 'Jitsu told of so many failed messages that its reply was cut', {
        retryable: false,
        splittable: true,
      });
    }
    throw new SinkError('SINK_FAILED', 'Jitsu answered 200 without its counts of received and accepted messages', {
      retryable: false,
      hint: 'Check that `endpoint` is the address of a Jitsu server.',
    });
  }
}

import { held } from '../rule.js';
import { shown } from '../shown.js';
import { arrived, attempt, checked, context, failure, opened, said, takes, type Attempt } from './call-sink.js';
import { assertSecret, sinkError } from './sink-assertions.js';
import type { SinkLines } from './sink-lines.js';

/** `Retry-After` as a date is cut to a second (RFC 9110, "Retry-After"). */
const SECOND = 1_000;

/** Holds an answer to a batch of which nothing was taken to asking for another try. Returns how long it says to wait. */
function toBeTriedAgain(answer: Attempt, length: number, why: string): readonly (number | undefined)[] {
  if ('error' in answer) {
    const { retryable, retryAfterMs } = sinkError(answer.error);
    held(retryable === true, `write rejected with ${shown(answer.error)}, which is not \`retryable\`, though ${why}`);
    return [typeof retryAfterMs === 'number' ? retryAfterMs : undefined];
  }
  const { retry = [] } = checked(answer.result, length);
  held(retry.length === length, `${said(answer.result)}, though ${why}`);
  return retry.map(({ retryAfterMs }) => retryAfterMs);
}

/** What a destination says to all: that it is away, that it gets too many requests, that it refuses the key. */
export function outageLines<M>({ checkIf, messages }: SinkLines<M>): void {
  checkIf(
    'outage',
    'asks to try again while the destination is unavailable, and then delivers',
    async ({ sink, received, capabilities }, outage) => {
      await opened(sink);
      const end = await outage();
      const batch = messages(2);
      const answer = await attempt(sink.write(batch, context()));
      toBeTriedAgain(answer, 2, 'an outage passes');
      if ('error' in answer) assertSecret(answer.error, capabilities?.secret);
      await end();
      await takes(sink, batch, { attempt: 2 });
      await arrived(received, messages(2));
    },
  );

  checkIf(
    'tooManyRequests',
    'asks to try again, after as long as the destination says, when it gets too many requests',
    async ({ sink, received, capabilities }, tooMany) => {
      await opened(sink);
      const { retryAfterMs = 0, end } = await tooMany();
      const batch = messages(2);
      const answer = await attempt(sink.write(batch, context()));
      const waits = toBeTriedAgain(answer, 2, 'the destination only gets too many requests');
      if ('error' in answer) {
        const isSplit = sinkError(answer.error).splittable === true;
        held(
          !isSplit,
          `write rejected with ${shown(answer.error)}, which is \`splittable\`: parts are more requests still`,
        );
        assertSecret(answer.error, capabilities?.secret);
      }
      for (const wait of waits) {
        held(
          retryAfterMs === 0 || (wait ?? 0) > retryAfterMs - SECOND,
          `the destination asks to wait ${retryAfterMs} ms, and retryAfterMs is ${String(wait)}`,
        );
      }
      await end();
      await takes(sink, batch, { attempt: 2 });
      await arrived(received, messages(2));
    },
  );

  checkIf(
    'unauthorized',
    'ends the run when the key is refused, and keeps the key to itself',
    async ({ sink, capabilities }, refuse) => {
      await opened(sink);
      await refuse();
      const error = await failure(sink.write(messages(2), context()));
      const { retryable, splittable } = sinkError(error);
      held(
        retryable === false,
        `write rejected with ${shown(error)}, which is \`retryable\`: a refused key stays refused`,
      );
      held(
        splittable === false,
        `write rejected with ${shown(error)}, which is \`splittable\`: a refused key is no fault of single messages`,
      );
      assertSecret(error, capabilities?.secret);
    },
  );
}

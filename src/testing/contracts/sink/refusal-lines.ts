import { held } from '../rule.js';
import { shown } from '../shown.js';
import { arrived, arrivedOnce, attempt, checked, context, opened, said, takes } from './call-sink.js';
import { assertSplittable, sinkError } from './sink-assertions.js';
import type { SinkLines } from './sink-lines.js';

/** What a destination says of single messages: refused for good, too large, to be sent again. */
export function refusalLines<M>({ checkIf, message }: SinkLines<M>): void {
  checkIf('invalid', 'names a message that the destination refuses', async ({ sink, received }, invalid) => {
    await opened(sink);
    const answer = await attempt(sink.write([invalid()], context()));
    if ('error' in answer) {
      assertSplittable(answer.error);
      return;
    }
    const { rejected = [] } = checked(answer.result, 1);
    held(rejected.length === 1, `of a message that is refused for good, ${said(answer.result)}`);
    const { code, reason } = rejected[0] ?? {};
    held(code && reason, `it rejected a message with the code ${shown(code)} and the reason ${shown(reason)}`);
    await arrived(received, []);
  });

  checkIf(
    'invalid',
    'tells a refused message from good ones, or asks to split',
    async ({ sink, received }, invalid) => {
      await opened(sink);
      const answer = await attempt(sink.write([message(1), invalid(), message(2)], context()));
      if ('error' in answer) {
        assertSplittable(answer.error);
        return;
      }
      const { accepted, rejected = [] } = checked(answer.result, 3);
      const indexes = rejected.map(({ index }) => index);
      held(
        accepted === 2 && indexes.join() === '1',
        `of a refused message, index 1, between two good ones, ${said(answer.result)}`,
      );
      await arrived(received, [message(1), message(2)]);
    },
  );

  checkIf('oversize', 'never sends a message over its limit', async ({ sink, received }, oversize) => {
    await opened(sink);
    const answer = await attempt(sink.write([oversize(), message(1)], context()));
    const has = 'it has to reject the first of two with MESSAGE_TOO_LARGE by itself, and deliver the other';
    if ('error' in answer) {
      held(false, `write rejected with ${shown(answer.error)}: ${has}`);
      return;
    }
    const { accepted, rejected = [] } = checked(answer.result, 2);
    const told = rejected.map(({ index, code }) => `${index} ${code}`).join();
    held(accepted === 1 && told === '0 MESSAGE_TOO_LARGE', `${said(answer.result)}: ${has}`);
    await arrived(received, [message(1)]);
  });

  checkIf('later', 'tells a message to send again from those that were taken', async ({ sink, received }, later) => {
    await opened(sink);
    const batch = [message(1), later(), message(2)];
    // Each of its own lane: what stands behind a message of the same one would have to be sent again too.
    const keys = ['one', 'two', 'three'];
    const answer = await attempt(sink.write(batch, context({ keys })));
    const there = (await received()).length;
    if ('error' in answer) {
      const { retryable } = sinkError(answer.error);
      held(retryable === true, `write rejected with ${shown(answer.error)}, which is not \`retryable\``);
      held(there === 0, `write rejected with ${shown(answer.error)}, and ${there} messages were taken`);
      await takes(sink, batch, { attempt: 2, keys });
      await arrivedOnce(received, batch);
      return;
    }
    const { rejected = [], retry = [] } = checked(answer.result, 3);
    const again = retry.map(({ index }) => index).sort();
    held(
      again.includes(1) && rejected.length === 0,
      `of three messages of which the destination asked to send the second, index 1, again, ${said(answer.result)}`,
    );
    held(there >= 3 - again.length, `${said(answer.result)}, and ${there} messages had arrived`);
    const left = <V>(values: readonly V[]): V[] => values.filter((_, index) => again.includes(index));
    await takes(sink, left(batch), { attempt: 2, keys: left(keys) });
    await arrivedOnce(received, batch);
  });
}

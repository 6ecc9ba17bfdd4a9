import { same, held } from '../rule.js';
import { arrived, arrivedOnce, checked, context, opened, plain, said, takes } from './call-sink.js';
import { fitting } from './sink-assertions.js';
import type { SinkLines } from './sink-lines.js';

/** What is delivered: all of it, in order, once, as it was given. */
export function deliveryLines<M>({ check, messages }: SinkLines<M>): void {
  check('has a name, and limits that are whole numbers above zero', ({ sink }) => {
    const name: unknown = sink.name;
    held(typeof name === 'string' && name.length > 0, 'its name is no text, or an empty one');
    const { maxMessages, maxMessageBytes, maxBatchBytes, concurrency } = sink.limits ?? {};
    for (const [limit, value] of Object.entries({ maxMessages, maxMessageBytes, maxBatchBytes, concurrency })) {
      held(value === undefined || (Number.isInteger(value) && value > 0), `limits.${limit} is ${String(value)}`);
    }
  });

  check('has delivered what it says is accepted when the write resolves', async ({ sink, received }) => {
    await opened(sink);
    await takes(sink, messages(3));
    const count = (await received()).length;
    held(count === 3, `write accepted 3 messages, and ${count} had arrived when it resolved`);
  });

  check('delivers messages whole and in order', async ({ sink, received }) => {
    await opened(sink);
    await takes(sink, messages(3));
    await takes(sink, messages(2, 3));
    await arrived(received, messages(5));
  });

  check('accepts an empty batch and delivers nothing', async ({ sink, received }) => {
    await opened(sink);
    const result = checked(await sink.write([], context()), 0);
    held(result.accepted === 0, said(result));
    await arrived(received, []);
  });

  check('takes a batch of as many messages as it says', async ({ sink, received }) => {
    await opened(sink);
    const count = Math.min(sink.limits?.maxMessages ?? 1_000, fitting(sink, messages(10, 4_990)), 5_000);
    await takes(sink, messages(count));
    const there = (await received()).length;
    held(there === count, `of a batch within its limits (${count} messages) ${there} arrived`);
  });

  check('takes several batches at once and loses and repeats nothing', async ({ sink, received }) => {
    await opened(sink);
    const size = Math.min(20, sink.limits?.maxMessages ?? 20);
    await Promise.all(Array.from({ length: 8 }, (_, lane) => takes(sink, messages(size, lane * size))));
    await arrivedOnce(received, messages(8 * size));
  });

  check('leaves the batch and its messages as they were', async ({ sink }) => {
    await opened(sink);
    const batch = messages(2);
    await takes(sink, Object.freeze(batch));
    same(plain(batch), plain(messages(2)), 'after the write the batch was');
  });

  check('takes the same batch again, as the engine sends it after a failure', async ({ sink, received }) => {
    await opened(sink);
    const batch = messages(2);
    await takes(sink, batch);
    await takes(sink, batch, { attempt: 2 });
    const count = (await received()).length;
    held(count === 4, `a batch of two that was sent twice on purpose arrived as ${count} messages`);
  });
}

import assert from 'node:assert/strict';
import { attempt, checked, context, failure, opened } from './call-sink.js';
import { checkFence } from './fence-line.js';
import { assertSecret, assertSplittable, callTypeOf, fitting, plain, snowmeltError } from './sink-assertions.js';
import { skip } from '../skip.js';
import type { SinkCapabilities, SinkUnderTest, TestSinkOptions } from './sink-under-test.js';

const abortMs = 1_000;

/**
 * The contract of a `Sink`, as tests. Passing it is what makes the engine's guarantees hold on a destination.
 * Lines about what a destination cannot do (see {@link SinkCapabilities}) are skipped.
 *
 * @example
 * testSink({ describe, it, name: 'MySink', message: sinkMessage, create: () => ({ sink, received }) });
 */
export function testSink<M>(options: TestSinkOptions<M>): void {
  const { describe, it, name, create, message } = options;
  const messages = (count: number, from = 0): M[] => Array.from({ length: count }, (_, index) => message(from + index));
  const check = (title: string, body: (test: SinkUnderTest<M>, given: readonly unknown[]) => Promise<void>): void => {
    it(title, async (...given: readonly unknown[]) => {
      const test = await create();
      try {
        await body(test, given);
      } finally {
        await test.sink.close?.();
        await test.cleanup?.();
      }
    });
  };
  const checkIf = <C extends keyof SinkCapabilities<M>>(
    capability: C,
    title: string,
    body: (test: SinkUnderTest<M>, able: NonNullable<SinkCapabilities<M>[C]>) => Promise<void>,
  ): void =>
    check(title, async (test, given) => {
      const able = test.capabilities?.[capability];
      if (able === undefined) skip(given, capability);
      else await body(test, able);
    });

  describe(`${name} keeps the contract of a sink`, () => {
    check('has a name, and limits that are whole numbers above zero', async ({ sink }) => {
      assert.ok(typeof sink.name === 'string' && sink.name.length > 0, 'name');
      const { maxMessages, maxMessageBytes, maxBatchBytes, concurrency } = sink.limits ?? {};
      for (const limit of [maxMessages, maxMessageBytes, maxBatchBytes, concurrency]) {
        assert.ok(limit === undefined || (Number.isInteger(limit) && limit > 0), `limit ${limit}`);
      }
    });

    check('has delivered what it says is accepted when the write resolves', async ({ sink, received }) => {
      await opened(sink);
      const batch = messages(3);
      assert.equal(checked(await sink.write(batch, context()), 3).accepted, 3);
      assert.equal((await received()).length, 3);
    });

    check('delivers messages whole and in order', async ({ sink, received }) => {
      await opened(sink);
      await sink.write(messages(3), context());
      await sink.write(messages(2, 3), context());
      assert.deepEqual(plain(await received()), plain(messages(5)));
    });

    check('accepts an empty batch and delivers nothing', async ({ sink, received }) => {
      await opened(sink);
      assert.equal(checked(await sink.write([], context()), 0).accepted, 0);
      assert.equal((await received()).length, 0);
    });

    check('takes a batch of as many messages as it says', async ({ sink, received }) => {
      await opened(sink);
      const count = Math.min(sink.limits?.maxMessages ?? 1_000, fitting(sink, messages(10, 4_990)), 5_000);
      const { accepted } = checked(await sink.write(messages(count), context()), count);
      const rule = `a batch within the limits (${count} messages) has to be taken whole; is the destination healthy?`;
      assert.equal(accepted, count, `${rule} ${accepted} were accepted`);
      const arrived = (await received()).length;
      assert.equal(arrived, count, `${rule} ${arrived} arrived`);
    });

    check('takes several batches at once and loses and repeats nothing', async ({ sink, received }) => {
      await opened(sink);
      const size = Math.min(20, sink.limits?.maxMessages ?? 20);
      await Promise.all(
        Array.from({ length: 8 }, async (_, lane) => {
          const result = await sink.write(messages(size, lane * size), context());
          assert.equal(checked(result, size).accepted, size);
        }),
      );
      const texts = (values: readonly M[]): string[] => values.map((value) => JSON.stringify(value)).sort();
      assert.deepEqual(texts(plain(await received())), texts(plain(messages(8 * size))));
    });

    check('leaves the batch and its messages as they were', async ({ sink }) => {
      await opened(sink);
      const batch = messages(2);
      await sink.write(Object.freeze(batch), context());
      assert.deepEqual(plain(batch), plain(messages(2)));
      assert.equal(batch.length, 2);
    });

    check('takes the same batch again, as the engine sends it after a failure', async ({ sink, received }) => {
      await opened(sink);
      const batch = messages(2);
      await sink.write(batch, context());
      assert.equal(checked(await sink.write(batch, context({ attempt: 2 })), 2).accepted, 2);
      assert.equal((await received()).length, 4, 'a batch that is sent on purpose must be delivered');
    });

    check('gives one text per message from serialize, each time the same', async ({ sink }, given) => {
      if (sink.serialize === undefined) {
        skip(given, 'serialize', 'member');
        return;
      }
      const [first, again, other] = [message(1), message(1), message(2)].map((value) => sink.serialize?.(value));
      assert.ok(typeof first === 'string' && first.length > 0, 'not a text');
      assert.equal(again, first);
      assert.notEqual(other, first);
    });

    check('delivers the same with the texts from serialize as without', async ({ sink, received }, given) => {
      const { serialize } = sink;
      if (serialize === undefined) {
        skip(given, 'serialize', 'member');
        return;
      }
      await opened(sink);
      const batch = messages(3);
      const serialized = batch.map((value) => serialize.call(sink, value));
      assert.equal(checked(await sink.write(batch, context({ serialized })), 3).accepted, 3);
      assert.deepEqual(plain(await received()), plain(messages(3)));
    });

    check('delivers the same from the text of a whole batch as without', async ({ sink, received }, given) => {
      const { serialize } = sink;
      const batch = messages(3);
      if (!batch.every((one) => serialize?.plainFor?.has(callTypeOf(one)))) {
        skip(given, 'serialize.plainFor', 'member');
        return;
      }
      await opened(sink);
      const text = batch.map((one) => JSON.stringify(one)).join(',');
      const json = new Uint8Array(new TextEncoder().encode(text));
      assert.equal(checked(await sink.write(batch, context({ json })), 3).accepted, 3);
      assert.deepEqual(plain(await received()), plain(messages(3)));
      assert.equal(new TextDecoder().decode(json), text, 'the text was changed');
    });

    check('delivers nothing and rejects with the reason when the signal is aborted before', async (test) => {
      await opened(test.sink);
      const reason = new Error('stop');
      const thrown = await failure(test.sink.write(messages(2), context({ signal: AbortSignal.abort(reason) })));
      assert.equal(thrown, reason);
      assert.equal((await test.received()).length, 0);
    });

    checkIf('hang', 'stops at once with the reason when the signal is aborted during a write', async (test, hang) => {
      await opened(test.sink);
      await hang();
      const controller = new AbortController();
      const reason = new Error('stop');
      setTimeout(() => controller.abort(reason), 50);
      const write = test.sink.write(messages(2), context({ signal: controller.signal }));
      assert.equal(await failure(write, abortMs), reason);
    });

    check('asks the fence before every request, and sends nothing once it throws', async (test) => {
      await opened(test.sink);
      await checkFence(test, message);
    });

    checkIf('invalid', 'names a message that the destination refuses', async ({ sink, received }, invalid) => {
      await opened(sink);
      const answer = await attempt(sink.write([invalid()], context()));
      if ('error' in answer) {
        assertSplittable(answer.error);
        return;
      }
      const { accepted, rejected = [] } = checked(answer.result, 1);
      assert.equal(accepted, 0, 'a refused message was called accepted');
      assert.equal(rejected.length, 1, 'a message that is refused for good must not be sent again');
      assert.ok(rejected[0]?.code && rejected[0].reason, 'a rejection needs a code and a reason');
      assert.equal((await received()).length, 0);
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
        assert.deepEqual(
          indexes,
          [1],
          `the refused message has to be named by its index, 1: it named ${indexes.join()}`,
        );
        assert.equal(accepted, 2, `the messages beside a refused one have to be delivered: ${accepted} were accepted`);
        assert.deepEqual(plain(await received()), plain([message(1), message(2)]));
      },
    );

    checkIf('oversize', 'never sends a message over its limit', async ({ sink, received }, oversize) => {
      await opened(sink);
      const { accepted, rejected = [] } = checked(await sink.write([oversize(), message(1)], context()), 2);
      const did = `it accepted ${accepted} and rejected ${JSON.stringify(rejected.map(({ index, code }) => [index, code]))}`;
      assert.deepEqual(
        rejected.map(({ index, code }) => [index, code]),
        [[0, 'MESSAGE_TOO_LARGE']],
        `write has to reject a message over limits.maxMessageBytes with MESSAGE_TOO_LARGE by itself: ${did}`,
      );
      assert.equal(accepted, 1, `the message beside one that is too large has to be delivered: ${did}`);
      assert.deepEqual(
        plain(await received()),
        plain([message(1)]),
        'only the message within the limit may reach the destination',
      );
    });

    checkIf(
      'outage',
      'asks to try again while the destination is unavailable, and then delivers',
      async (test, outage) => {
        const { sink, received } = test;
        await opened(sink);
        const end = await outage();
        const batch = messages(2);
        const answer = await attempt(sink.write(batch, context()));
        if ('error' in answer) {
          const error = snowmeltError(answer.error);
          assert.equal(error.retryable, true, 'an outage passes: the error must be retryable');
          assertSecret(error, test.capabilities?.secret);
        } else {
          const { accepted, retry = [] } = checked(answer.result, 2);
          const did = `it accepted ${accepted} and asked to send ${retry.length} again`;
          assert.deepEqual([accepted, retry.length], [0, 2], `nothing can be accepted during an outage: ${did}`);
        }
        await end();
        assert.equal(checked(await sink.write(batch, context({ attempt: 2 })), 2).accepted, 2);
        assert.deepEqual(plain(await received()), plain(messages(2)));
      },
    );

    checkIf(
      'unauthorized',
      'ends the run when the key is refused, and keeps the key to itself',
      async (test, refuse) => {
        await opened(test.sink);
        await refuse();
        const error = snowmeltError(await failure(test.sink.write(messages(2), context())));
        assert.equal(error.retryable, false, 'a refused key stays refused');
        assert.equal(error.splittable, false, 'a refused key is no fault of single messages');
        assertSecret(error, test.capabilities?.secret);
      },
    );

    check('can be closed unopened, twice, and after a failure', async ({ sink, capabilities }) => {
      await sink.close?.();
      await opened(sink);
      await capabilities?.unauthorized?.();
      await attempt(sink.write(messages(1), context()));
      await sink.close?.();
      await sink.close?.();
    });
  });
}

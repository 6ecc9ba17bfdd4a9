import { held } from '../rule.js';
import { shown } from '../shown.js';
import { arrived, attempt, context, failure, opened } from './call-sink.js';
import { checkFence } from './fence-line.js';
import type { SinkLines } from './sink-lines.js';

const abortMs = 1_000;

function assertReason(thrown: unknown, reason: Error): void {
  held(thrown === reason, `write rejected with ${shown(thrown)}, not with signal.reason`);
}

/** The end of a write from outside: signals and the fence. */
export function stopLines<M>({ check, checkIf, message, messages }: SinkLines<M>): void {
  check('delivers nothing and rejects with the reason when the signal is aborted before', async (test) => {
    await opened(test.sink);
    const reason = new Error('stop');
    assertReason(await failure(test.sink.write(messages(2), context({ signal: AbortSignal.abort(reason) }))), reason);
    await arrived(test.received, []);
  });

  checkIf('hang', 'stops at once with the reason when the signal is aborted during a write', async (test, hang) => {
    await opened(test.sink);
    await hang();
    const controller = new AbortController();
    const reason = new Error('stop');
    setTimeout(() => controller.abort(reason), 50);
    const write = test.sink.write(messages(2), context({ signal: controller.signal }));
    assertReason(await failure(write, abortMs), reason);
  });

  check('asks the fence before every request, and sends nothing once it throws', async (test) => {
    await opened(test.sink);
    await checkFence(test, message);
  });
}

/** The end of a sink. */
export function closeLines<M>({ check, messages }: SinkLines<M>): void {
  check('can be closed unopened, twice, and after a failure', async ({ sink, capabilities }) => {
    await sink.close?.();
    await opened(sink);
    await capabilities?.unauthorized?.();
    await attempt(sink.write(messages(1), context()));
    await sink.close?.();
    await sink.close?.();
  });
}

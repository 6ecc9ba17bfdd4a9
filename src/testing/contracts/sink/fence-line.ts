import { SinkError } from '../../../errors/errors.js';
import { broken, held } from '../rule.js';
import { shown } from '../shown.js';
import { attempt, context, said, takesAll } from './call-sink.js';
import type { SinkUnderTest } from './sink-under-test.js';

/** How long the fence takes to say no: what is sent before the answer arrives meanwhile. */
const answerMs = 50;
/** Questions that are let pass before the fence throws, at most: enough for a sink of some layers. */
const mostPasses = 6;

/** What a fence throws is passed on, whatever it looks like: also what a sink would try again or split for. */
const reasons: readonly Error[] = [
  new Error('this process may no longer send'),
  new SinkError('SINK_FAILED', 'this process may no longer send', { retryable: true, splittable: true }),
];

/**
 * Lets the fence throw at the first question of a write, at the second, and so on until one write has all it asks for.
 *
 * @param message makes message number `number`
 */
export async function checkFence<M>(test: SinkUnderTest<M>, message: (number: number) => M): Promise<void> {
  const size = Math.min(5, test.sink.limits?.maxMessages ?? 5);
  const batch = (round: number): M[] => Array.from({ length: size }, (_, index) => message(round * size + index));
  for (const [place, reason] of reasons.entries()) {
    for (let passes = 0; passes < mostPasses; passes += 1) {
      const isOver = await writeFenced(test, batch(place * mostPasses + passes), passes, reason);
      held(passes > 0 || !isOver, 'write never awaited context.fence()');
      if (isOver) break;
    }
  }
  await writeFenced(test, batch(reasons.length * mostPasses), Infinity, new Error('never'));
}

/** One write with a fence that throws after so many questions. Returns whether it had all it asked for. */
async function writeFenced<M>(
  { sink, received, capabilities = {} }: SinkUnderTest<M>,
  batch: readonly M[],
  passes: number,
  reason: Error,
): Promise<boolean> {
  const { requests } = capabilities;
  const arrived = (await received()).length;
  const requested = requests?.() ?? 0;
  const sent = (): number => (requests?.() ?? 0) - requested;
  let asked = 0;
  let early = 0;
  const fence = async (): Promise<void> => {
    early = Math.max(early, sent() - Math.min(asked, passes));
    asked += 1;
    if (asked <= passes) return;
    await new Promise((resolve) => setTimeout(resolve, answerMs));
    throw reason;
  };
  const answer = await attempt(sink.write(batch, context({ fence })));
  early = Math.max(early, sent() - Math.min(asked, passes));
  held(
    early <= 0,
    `it sent ${early === 1 ? 'a request' : `${early} requests`} that the fence was not asked about, or said no to`,
  );
  if (asked <= passes) {
    takesAll(answer, batch.length);
    return true;
  }
  if (!('error' in answer)) return broken(`the fence threw, and ${said(answer.result)}`);
  held(
    answer.error === reason,
    `the fence threw, and write rejected with ${shown(answer.error)}, not with the very error that the fence threw`,
  );
  const more = (await received()).length - arrived;
  held(passes > 0 || more === 0, `the fence threw, and the destination received ${more} messages all the same`);
  return false;
}

import type { Sink, WriteContext, WriteResult } from '../../../sink/sink.js';
import { broken, held, same } from '../rule.js';
import { shown } from '../shown.js';

const answerMs = 20_000;
const HEALTHY = 'The destination of a test has to be healthy: it takes everything until a capability says otherwise.';

export function context(rest: Partial<WriteContext> = {}): WriteContext {
  const { signal } = new AbortController();
  return {
    signal,
    fence: () => Promise.resolve(),
    sync: 'contract',
    runId: 'run-1',
    queryId: 'query-1',
    attempt: 1,
    firstRow: 0,
    ...rest,
  };
}

export async function opened<M>(sink: Sink<M>): Promise<void> {
  await sink.open?.({ signal: new AbortController().signal });
}

/** What a write said, in words. */
export function said({ accepted, rejected = [], retry = [] }: WriteResult): string {
  const refused = rejected.map(({ index, code }) => `${index} (${code})`).join(', ');
  const later = retry.map(({ index }) => index).join(', ');
  return `write accepted ${accepted}, rejected ${refused || 'none'} and asked to send ${later || 'none'} again`;
}

/** A result that accounts for every message exactly once. */
export function checked(result: WriteResult, length: number): WriteResult {
  const { accepted, rejected = [], retry = [] } = result;
  held(
    accepted + rejected.length + retry.length === length,
    `${said(result)}, which does not add up to the ${length} messages of the batch`,
  );
  const indexes = [...rejected, ...retry].map(({ index }) => index);
  held(new Set(indexes).size === indexes.length, `${said(result)}: an index stands twice`);
  for (const index of indexes) {
    held(
      Number.isInteger(index) && index >= 0 && index < length,
      `write named the index ${index} of ${length} messages`,
    );
  }
  return result;
}

/** What became of a write. */
export type Attempt = { readonly result: WriteResult } | { readonly error: unknown };

export async function attempt(write: Promise<WriteResult>, withinMs = answerMs): Promise<Attempt> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<'late'>((resolve) => {
    timer = setTimeout(() => resolve('late'), withinMs);
  });
  const answer = await Promise.race([
    write.then(
      (result) => ({ result }),
      (error: unknown) => ({ error }),
    ),
    late,
  ]);
  clearTimeout(timer);
  return answer === 'late' ? broken(`write did not answer within ${withinMs} ms`) : answer;
}

export async function failure(write: Promise<WriteResult>, withinMs?: number): Promise<unknown> {
  const answer = await attempt(write, withinMs);
  return 'error' in answer ? answer.error : broken(`${said(answer.result)} instead of rejecting`);
}

/** A write of messages that a healthy destination takes, all of them. */
export async function takes<M>(sink: Sink<M>, batch: readonly M[], rest?: Partial<WriteContext>): Promise<void> {
  takesAll(await attempt(sink.write(batch, context(rest))), batch.length);
}

/** Holds a write of so many messages to having taken them all. */
export function takesAll(answer: Attempt, length: number): void {
  const which = length === 1 ? 'one message' : `${length} messages`;
  if ('error' in answer) broken(`write of ${which} rejected with ${shown(answer.error)}. ${HEALTHY}`);
  const { accepted } = checked(answer.result, length);
  held(accepted === length, `${said(answer.result)}, of ${which}. ${HEALTHY}`);
}

/** Compared as JSON: a key that is undefined does not travel. */
export function plain<M>(values: readonly M[]): M[] {
  return JSON.parse(JSON.stringify(values)) as M[];
}

/** Holds the destination to having received each message once, in any order. */
export async function arrivedOnce<M>(
  received: () => Promise<readonly M[]> | readonly M[],
  expected: readonly M[],
): Promise<void> {
  const texts = (values: readonly M[]): string[] =>
    plain(values)
      .map((value) => JSON.stringify(value))
      .sort();
  same(texts(await received()), texts(expected), 'the destination received, put in order,');
}

/** Holds the destination to what has to have arrived there, in order. */
export async function arrived<M>(
  received: () => Promise<readonly M[]> | readonly M[],
  expected: readonly M[],
): Promise<void> {
  same(plain(await received()), plain(expected), 'the destination received');
}

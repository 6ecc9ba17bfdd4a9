import assert from 'node:assert/strict';
import type { Sink, WriteContext, WriteResult } from '../../../sink/sink.js';

const answerMs = 20_000;

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

/** A result that accounts for every message exactly once. */
export function checked(result: WriteResult, length: number): WriteResult {
  const { accepted, rejected = [], retry = [] } = result;
  assert.equal(accepted + rejected.length + retry.length, length, 'the counts do not add up to the batch');
  const indexes = [...rejected, ...retry].map(({ index }) => index);
  assert.equal(new Set(indexes).size, indexes.length, 'an index stands twice');
  for (const index of indexes) assert.ok(Number.isInteger(index) && index >= 0 && index < length, `index ${index}`);
  return result;
}

type Attempt = { readonly result: WriteResult } | { readonly error: unknown };

export async function attempt(write: Promise<WriteResult>, withinMs = answerMs): Promise<Attempt> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new assert.AssertionError({ message: 'no answer' })), withinMs);
  });
  try {
    return { result: await Promise.race([write, late]) };
  } catch (error) {
    if (error instanceof assert.AssertionError) throw error;
    return { error };
  } finally {
    clearTimeout(timer);
  }
}

export async function failure(write: Promise<WriteResult>, withinMs?: number): Promise<unknown> {
  const answer = await attempt(write, withinMs);
  if ('error' in answer) return answer.error;
  return assert.fail(`the write was answered with ${JSON.stringify(answer.result)}`);
}

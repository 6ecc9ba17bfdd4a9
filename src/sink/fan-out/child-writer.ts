import { isSnowmeltError, SinkError, type SnowmeltError } from '../../errors/errors.js';
import type { LaneKey } from '../../mapping/row-mapper.js';
import { keysOf, withFollowers } from '../followers.js';
import { largestField } from '../largest-field.js';
import { askFence, type Rejection, type RetryLater, type WriteContext, type WriteResult } from '../sink.js';
import type { WatchedFence } from '../watched-fence.js';
import { perMessage, hostRejection, textPerMessage } from '../per-message.js';
import { isFor, type FanOutChild } from './fan-out-child.js';

/** What became of one message at one child, while others are unsettled. */
type Outcome =
  | { readonly kind: 'accepted' }
  | { readonly kind: 'rejected'; readonly rejection: Omit<Rejection, 'index'> }
  | { readonly kind: 'retry'; readonly retry: Omit<RetryLater, 'index'> };

interface Piece<M> {
  readonly message: M;
  readonly text: string | undefined;
  readonly bytes: number;
  readonly key: LaneKey;
}

const accepted: Outcome = { kind: 'accepted' };
const unwritten: Outcome = { kind: 'retry', retry: { reason: 'not written yet' } };

/** Writes batches to one child in its own sizes, and remembers what is settled until every child has settled it. */
export class ChildWriter<M extends object> {
  readonly child: FanOutChild<M>;
  readonly #settled = new WeakMap<M, Outcome>();

  constructor(child: FanOutChild<M>) {
    this.child = child;
  }

  /**
   * Writes what this child has not settled yet. Stops at the first failure that may pass: what comes behind it may
   * belong to the same person and has to stay behind it.
   *
   * @throws SnowmeltError when trying again cannot help
   */
  async write(batch: readonly M[], fence: WatchedFence<WriteContext>): Promise<readonly Outcome[]> {
    const { context } = fence;
    const outcomes = new Map<M, Outcome>();
    const pieces: Piece<M>[] = [];
    const settle = (message: M, outcome: Outcome): void => {
      outcomes.set(message, outcome);
      if (outcome.kind === 'retry') this.#settled.delete(message);
      else this.#settled.set(message, outcome);
    };
    const sending = new Set<string>();
    for (const [index, message] of batch.entries()) {
      const keys = keysOf(context.keys?.[index]);
      // What is sent again takes along what stands behind it, though that was taken before.
      const isBehind = context.keys === undefined ? pieces.length > 0 : keys.some((key) => sending.has(key));
      // On its first try a message owes nothing to what became of the same object: it may stand for many rows.
      if (context.attempt === 1) this.#settled.delete(message);
      const known = this.#settled.get(message);
      if (known !== undefined && !(isBehind && known.kind === 'accepted')) {
        outcomes.set(message, known);
        continue;
      }
      const before = pieces.length;
      this.#prepare(message, context.keys?.[index], pieces, settle);
      if (pieces.length > before) for (const key of keys) sending.add(key);
    }
    let later: Outcome | undefined;
    for (const chunk of this.#chunks(pieces, settle)) {
      later ??= await this.#writeChunk(chunk, fence, settle);
      if (later === undefined) continue;
      for (const { message } of chunk) if (!outcomes.has(message)) settle(message, later);
    }
    return batch.map((message) => outcomes.get(message) ?? unwritten);
  }

  /** Forgets a message that every child has settled. */
  forget(message: M): void {
    this.#settled.delete(message);
  }

  /** Asks the host's filter and makes the text; a message that either stumbles over is rejected. */
  #prepare(message: M, key: LaneKey, pieces: Piece<M>[], settle: (message: M, outcome: Outcome) => void): void {
    const what = `the filter of the sink "${this.child.sink.name}"`;
    try {
      if (perMessage(what, () => isFor(this.child, message))) pieces.push(this.#measure(message, key));
      else settle(message, accepted);
    } catch (error) {
      settle(message, { kind: 'rejected', rejection: hostRejection(error) });
    }
  }

  #measure(message: M, key: LaneKey): Piece<M> {
    const { sink } = this.child;
    const { serialize, limits } = sink;
    const measured = limits?.maxMessageBytes !== undefined || limits?.maxBatchBytes !== undefined;
    const toText = serialize ?? (measured ? (one: M) => JSON.stringify(one) : undefined);
    const text =
      toText && textPerMessage(`\`serialize\` of the sink "${this.child.sink.name}"`, () => toText.call(sink, message));
    return { message, text, bytes: measured ? Buffer.byteLength(text ?? '') : 0, key };
  }

  *#chunks(pieces: readonly Piece<M>[], settle: (message: M, outcome: Outcome) => void): Generator<Piece<M>[]> {
    const { limits } = this.child.sink;
    const maxBytes = (limits?.maxBatchBytes ?? Infinity) - (limits?.batchOverheadBytes ?? 0);
    const maxMessageBytes = Math.min(limits?.maxMessageBytes ?? Infinity, maxBytes);
    const maxMessages = limits?.maxMessages ?? Infinity;
    let chunk: Piece<M>[] = [];
    let bytes = 0;
    for (const piece of pieces) {
      if (piece.bytes > maxMessageBytes) {
        const reason = `${piece.bytes} bytes, the limit is ${maxMessageBytes}${largestField(piece.text ?? '')}`;
        settle(piece.message, { kind: 'rejected', rejection: { code: 'MESSAGE_TOO_LARGE', reason } });
        continue;
      }
      if (chunk.length > 0 && (chunk.length >= maxMessages || bytes + piece.bytes > maxBytes)) {
        yield chunk;
        chunk = [];
        bytes = 0;
      }
      chunk.push(piece);
      bytes += piece.bytes + 1;
    }
    if (chunk.length > 0) yield chunk;
  }

  /** Returns why the rest has to wait, or nothing. */
  async #writeChunk(
    chunk: readonly Piece<M>[],
    fence: WatchedFence<WriteContext>,
    settle: (message: M, outcome: Outcome) => void,
  ): Promise<Outcome | undefined> {
    const { sink } = this.child;
    const { context } = fence;
    const keys = context.keys && chunk.map(({ key }) => key);
    let result: WriteResult;
    try {
      const serialized = sink.serialize && chunk.map(({ text }) => text ?? '');
      await askFence(context);
      result = await sink.write(
        chunk.map(({ message }) => message),
        { ...context, keys, serialized },
      );
    } catch (thrown) {
      fence.throwIfClosed();
      context.signal.throwIfAborted();
      const error = asSnowmeltError(thrown, sink.name);
      if ('splittable' in error && error.splittable === true) {
        const [only] = chunk;
        if (chunk.length === 1 && only !== undefined) {
          const rejection = { code: error.code, reason: error.message };
          settle(only.message, { kind: 'rejected', rejection });
          return undefined;
        }
        const half = Math.ceil(chunk.length / 2);
        return (
          (await this.#writeChunk(chunk.slice(0, half), fence, settle)) ??
          (await this.#writeChunk(chunk.slice(half), fence, settle))
        );
      }
      if (!('retryable' in error && error.retryable === true)) throw error;
      const retryAfterMs = 'retryAfterMs' in error ? (error.retryAfterMs as number | undefined) : undefined;
      return { kind: 'retry', retry: { reason: error.message, retryAfterMs } };
    }
    return this.#settleChunk(chunk, keys, result, settle);
  }

  #settleChunk(
    chunk: readonly Piece<M>[],
    keys: readonly LaneKey[] | undefined,
    { accepted: count, rejected = [], retry = [] }: WriteResult,
    settle: (message: M, outcome: Outcome) => void,
  ): Outcome | undefined {
    const outcomes = new Map<number, Outcome>();
    for (const { index, ...rejection } of rejected) outcomes.set(index, { kind: 'rejected', rejection });
    for (const { index, ...again } of retry) outcomes.set(index, { kind: 'retry', retry: again });
    const inside = [...outcomes.keys()].every((index) => chunk[index] !== undefined);
    if (!inside || outcomes.size !== rejected.length + retry.length || count + outcomes.size !== chunk.length) {
      const { name } = this.child.sink;
      const text = `The sink "${name}" returned a result that does not account for ${chunk.length} messages`;
      throw new SinkError('SINK_CONTRACT', text, { retryable: false });
    }
    for (const { index, ...again } of withFollowers(retry, rejected, keys, chunk.length)) {
      outcomes.set(index, { kind: 'retry', retry: again });
    }
    chunk.forEach(({ message }, index) => settle(message, outcomes.get(index) ?? accepted));
    return [...outcomes.values()].find(({ kind }) => kind === 'retry');
  }
}

function asSnowmeltError(thrown: unknown, sink: string): SnowmeltError {
  if (isSnowmeltError(thrown)) return thrown;
  // The text of a foreign error may quote what was written, so it stays in `cause`.
  const kind = thrown instanceof Error ? thrown.name : typeof thrown;
  return new SinkError('SINK_FAILED', `The sink "${sink}" threw ${kind}`, { retryable: true, cause: thrown });
}

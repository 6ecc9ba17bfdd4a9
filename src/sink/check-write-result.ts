import { SinkError } from '../errors/errors.js';
import type { Rejection, RetryLater, WriteResult } from './sink.js';

/** A sink's answer that accounts for every message. */
export interface CheckedResult {
  readonly rejected: readonly Rejection[];
  readonly retry: readonly RetryLater[];
}

/**
 * Holds a sink to its contract.
 *
 * @throws SinkError `SINK_CONTRACT` when the answer does not account for every message exactly once
 */
export function checkWriteResult(result: unknown, length: number, sink: string): CheckedResult {
  const broken = (what: string): SinkError =>
    new SinkError('SINK_CONTRACT', `The sink "${sink}" ${what} for a batch of ${length} messages.`, {
      retryable: false,
      hint: 'Return { accepted, rejected: [{ index, code, reason }], retry: [{ index, reason }] } so that the three add up to the length of the batch.',
    });
  if (typeof result !== 'object' || result === null) throw broken('returned no result');
  const { accepted, rejected = [], retry = [] } = result as Partial<WriteResult>;
  if (!Number.isInteger(accepted) || Number(accepted) < 0) throw broken('returned no count of accepted messages');
  if (!Array.isArray(rejected) || !Array.isArray(retry)) throw broken('returned lists that are not arrays');
  const sum = Number(accepted) + rejected.length + retry.length;
  if (sum !== length) {
    throw broken(`returned ${accepted} accepted, ${rejected.length} rejected and ${retry.length} to retry`);
  }
  if (rejected.length + retry.length > 0) {
    const seen = new Set<unknown>();
    // A sink in plain JavaScript may put anything into its lists.
    const entries = (rejected as unknown[]).concat(retry) as (Partial<RetryLater> | null | undefined)[];
    for (const entry of entries) {
      const index = entry?.index;
      if (typeof index !== 'number' || !Number.isInteger(index) || index < 0 || index >= length) {
        throw broken('returned an index outside the batch');
      }
      if (seen.has(index)) throw broken(`returned index ${index} twice`);
      seen.add(index);
    }
    for (const { code, reason } of rejected as Partial<Record<keyof Rejection, unknown>>[]) {
      if (typeof code !== 'string' || typeof reason !== 'string') {
        throw broken('returned a rejection whose `code` and `reason` are not both texts');
      }
    }
  }
  return { rejected, retry };
}

import { SinkError } from '../../errors/errors.js';
import type { RetryLater } from '../../sink/sink.js';

/** What a sink asked to send again, as the error that makes {@link retry} do so. */
export function askedToRetry(again: readonly RetryLater[], sink: string): SinkError {
  const waits = again.map(({ retryAfterMs }) => retryAfterMs ?? -1);
  const longest = waits.reduce((a, b) => Math.max(a, b), -1);
  const text = `The sink "${sink}" asked to send ${again.length} messages again: ${again[0]?.reason ?? ''}`;
  return new SinkError('SINK_FAILED', text, { retryable: true, retryAfterMs: longest < 0 ? undefined : longest });
}

import { inspect } from 'node:util';
import { isSnowmeltError } from '../../../errors/errors.js';
import type { CallType } from '../../../mapping/row-mapper.js';
import type { Sink } from '../../../sink/sink.js';
import { held } from '../rule.js';
import { shown } from '../shown.js';

interface Decision {
  readonly retryable: unknown;
  readonly splittable: unknown;
  readonly retryAfterMs?: unknown;
}

export function sinkError(error: unknown): Decision {
  held(
    isSnowmeltError(error) && 'retryable' in error && 'splittable' in error,
    `write rejected with ${shown(error)}, which is no SinkError: it has to say \`retryable\` and \`splittable\``,
  );
  return error;
}

export function assertSplittable(error: unknown): void {
  const { splittable } = sinkError(error);
  held(
    splittable === true,
    `write rejected with ${shown(error)}, which is not \`splittable\`: a batch with a refused message has to be`,
  );
}

export function assertSecret(error: unknown, secret: string | undefined): void {
  if (secret === undefined) return;
  const text = inspect(error, { depth: 10, showHidden: true });
  for (const form of [secret, Buffer.from(secret).toString('base64'), Buffer.from(`${secret}:`).toString('base64')]) {
    held(!text.includes(form), 'the error of write shows the key');
  }
}

export function callTypeOf(message: unknown): CallType {
  return (message as { readonly type?: unknown }).type as CallType;
}

/** How many messages like these fit into one batch by bytes. */
export function fitting<M>(sink: Sink<M>, samples: readonly M[]): number {
  const texts = samples.map((sample) => sink.serialize?.(sample) ?? JSON.stringify(sample));
  const largest = Math.max(...texts.map((text) => Buffer.byteLength(text)));
  const { maxBatchBytes = Infinity, batchOverheadBytes = 0 } = sink.limits ?? {};
  return Math.floor((maxBatchBytes - batchOverheadBytes) / (largest + 1));
}

import assert from 'node:assert/strict';
import { inspect } from 'node:util';
import { isSnowmeltError } from '../../../errors/errors.js';
import type { CallType } from '../../../mapping/row-mapper.js';
import type { Sink } from '../../../sink/sink.js';

interface Decision {
  readonly retryable: unknown;
  readonly splittable: unknown;
}

export function snowmeltError(error: unknown): Decision {
  assert.ok(
    isSnowmeltError(error) && 'retryable' in error && 'splittable' in error,
    `not a SinkError: ${String(error)}`,
  );
  return error;
}

export function assertSplittable(error: unknown): void {
  const { splittable } = snowmeltError(error);
  assert.equal(splittable, true, 'a batch with a refused message must be splittable');
}

export function assertSecret(error: unknown, secret: string | undefined): void {
  if (secret === undefined) return;
  const text = inspect(error, { depth: 10, showHidden: true });
  for (const form of [secret, Buffer.from(secret).toString('base64'), Buffer.from(`${secret}:`).toString('base64')]) {
    assert.ok(!text.includes(form), 'the error shows the key');
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

/** Compared as JSON: a key that is undefined does not travel. */
export function plain<M>(values: readonly M[]): M[] {
  return JSON.parse(JSON.stringify(values)) as M[];
}

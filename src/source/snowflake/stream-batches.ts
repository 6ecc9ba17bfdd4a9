import { SourceError } from '../../errors/errors.js';
import type { DriverRowStream } from './driver.js';

/** What {@link streamBatches} is made of. */
export interface StreamBatchesParts {
  /** Most rows of one batch. */
  readonly batchRows: number;
  /** Milliseconds without a row, while one is waited for, after which the stream counts as hung. */
  readonly stallTimeoutMs: number;
  readonly signal: AbortSignal;
}

/**
 * Reads the driver's row stream in batches. Pauses with its reader; destroys the stream however it ends.
 *
 * The driver hangs for ever on a damaged or empty chunk (snowflake-connector-nodejs issue 1418), hence the watchdog.
 *
 * @throws SourceError `SOURCE_FAILED`, retryable, when the stream stalls; otherwise what the stream emitted
 */
export async function* streamBatches(
  stream: DriverRowStream,
  parts: StreamBatchesParts,
): AsyncGenerator<unknown[], void, undefined> {
  const { batchRows, stallTimeoutMs, signal } = parts;
  const state = { ended: false };
  const failures: unknown[] = [];
  let wake: (() => void) | undefined;
  const notify = (): void => {
    wake?.();
    wake = undefined;
  };
  // The error listener stays for ever: the driver may emit errors after destroy().
  stream.on('error', (error: unknown) => {
    failures.push(error);
    notify();
  });
  const onEnd = (): void => {
    state.ended = true;
    notify();
  };
  stream.on('readable', notify);
  stream.on('end', onEnd);
  signal.addEventListener('abort', notify);
  try {
    for (;;) {
      signal.throwIfAborted();
      const batch: unknown[] = [];
      while (batch.length < batchRows) {
        const row = stream.read();
        if (row === null) break;
        batch.push(row);
      }
      if (batch.length > 0) {
        yield batch;
        continue;
      }
      // What was read before the error has been handed out by now.
      if (failures.length > 0) throw failures[0];
      if (state.ended) return;
      let timer: NodeJS.Timeout | undefined;
      const stalled = await new Promise<boolean>((resolve) => {
        wake = () => resolve(false);
        timer = setTimeout(() => resolve(true), stallTimeoutMs);
      });
      clearTimeout(timer);
      if (stalled) {
        throw new SourceError('SOURCE_FAILED', `No row came from Snowflake for ${stallTimeoutMs} ms.`, {
          retryable: true,
          hint: 'Run again: the run resumes at the first unsettled row.',
        });
      }
    }
  } finally {
    signal.removeEventListener('abort', notify);
    stream.removeListener('readable', notify);
    stream.removeListener('end', onEnd);
    stream.destroy();
  }
}

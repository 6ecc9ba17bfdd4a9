import * as z from 'zod';
import { diskFault } from '../../disk/disk-fault.js';
import { homePath } from '../../disk/home-path.js';
import { codeOf } from '../../errors/code-of.js';
import { isSnowmeltError, SinkError } from '../../errors/errors.js';
import { checkOptions } from '../../options/check-options.js';
import { sinkOption } from '../option-shapes.js';
import { askFence, type Sink, type SinkLimits, type WriteContext, type WriteResult } from '../sink.js';
import { watchedFence } from '../watched-fence.js';
import { textsOf } from '../texts-of.js';
import { NdjsonFile } from './ndjson-file.js';
import { toJsonLine } from './json-line.js';
import { readRecords, type KindOfRecords, type ReadRecordsOptions } from './read-records.js';

/** Options of {@link NdjsonSink}. */
export interface NdjsonSinkOptions {
  /** The file, `~` is the home of this user; its folder is made. A name that ends in `.gz` is compressed. One sink and one process per file. */
  readonly path: string;
  /** Starts a new file before this one grows beyond it; the full one is renamed to `name.1.ndjson`, `name.2.ndjson` … @default no limit */
  readonly maxFileBytes?: number | undefined;
  /** When bytes are forced to the disk: with every batch, at the end, or never. @default "batch" */
  readonly fsync?: 'batch' | 'close' | 'never' | undefined;
  /** Messages per write. @default the engine's, 1000 */
  readonly maxMessages?: number | undefined;
  /** Shown in events and errors. @default "ndjson" */
  readonly name?: string | undefined;
}

const optionShape = {
  path: z.string().min(1),
  maxFileBytes: sinkOption.count.optional(),
  fsync: z.enum(['batch', 'close', 'never']).optional(),
  maxMessages: sinkOption.count.optional(),
  name: sinkOption.name.optional(),
};

const kept: KindOfRecords = {
  reader: 'NdjsonSink',
  file: 'file',
  record: 'line of JSON',
  schema: z.unknown(),
  unreadable: 'DEAD_LETTER_UNREADABLE',
  mayBeMissing: true,
};

/**
 * Appends messages to a file, one JSON text per line. The natural dead letter; {@link readDeadLetters} reads it back.
 *
 * @example
 * ```ts
 * import type { DeadLetter } from 'snowmelt';
 * import { NdjsonSink } from 'snowmelt/sinks';
 *
 * const deadLetter = new NdjsonSink<DeadLetter>({ path: './rejected.ndjson' });
 * ```
 */
export class NdjsonSink<in M = unknown> implements Sink<M> {
  readonly name: string;
  readonly limits: SinkLimits;
  readonly #path: string;
  readonly #fsync: 'batch' | 'close' | 'never';
  readonly #file: NdjsonFile;
  /** Ends when the last write so far has ended: writes follow each other, so that no two lines mix. */
  #queue: Promise<unknown> = Promise.resolve();

  /** @throws ConfigError `CONFIG_INVALID` */
  constructor(options: NdjsonSinkOptions) {
    checkOptions('NdjsonSink', optionShape, options);
    this.name = options.name ?? 'ndjson';
    this.limits = { maxMessages: options.maxMessages };
    this.#path = homePath('NdjsonSink: `path`', options.path);
    this.#fsync = options.fsync ?? 'batch';
    this.#file = new NdjsonFile(this.#path, options.maxFileBytes ?? Infinity);
  }

  /** The line of one message. */
  readonly serialize = (message: M): string => toJsonLine(message);

  /**
   * Makes the folder and the file.
   *
   * @throws SinkError `SINK_UNREACHABLE`
   */
  readonly open = async ({ signal }: { readonly signal: AbortSignal }): Promise<void> => {
    signal.throwIfAborted();
    await this.#enqueue(() => this.#file.open());
  };

  /**
   * Appends one batch; with `fsync: "batch"` it is on the disk when this resolves.
   *
   * @throws SinkError `SINK_UNREACHABLE`
   */
  readonly write = async (batch: readonly M[], context: WriteContext): Promise<WriteResult> => {
    context.signal.throwIfAborted();
    if (batch.length === 0) return { accepted: 0 };
    const { texts, refused } = textsOf(batch, context, this);
    const lines = refused.length === 0 ? texts : texts.filter((text) => text !== '');
    if (lines.length === 0) return { accepted: 0, rejected: refused };
    const fence = watchedFence(context);
    await this.#enqueue(
      async () => {
        context.signal.throwIfAborted();
        await askFence(fence.context);
        await this.#file.append(`${lines.join('\n')}\n`, this.#fsync === 'batch');
      },
      () => {
        context.signal.throwIfAborted();
        fence.throwIfClosed();
      },
    );
    return { accepted: lines.length, rejected: refused };
  };

  /**
   * What is in the file and in the full ones beside it, the oldest first; nothing where there is none yet.
   *
   * @throws SnowmeltError `DEAD_LETTER_UNREADABLE` for a line that is no JSON
   */
  readonly read = (options: ReadRecordsOptions = {}): AsyncGenerator<unknown, void, undefined> =>
    readRecords(kept, this.#path, options);

  /** Waits for the writes and closes the file. */
  readonly close = async (): Promise<void> => {
    await this.#enqueue(() => this.#file.close(this.#fsync !== 'never'));
  };

  async #enqueue(action: () => Promise<unknown>, throwIfEnded?: () => void): Promise<void> {
    const turn = this.#queue.then(action);
    this.#queue = turn.catch(() => undefined);
    try {
      await turn;
    } catch (error) {
      throwIfEnded?.();
      if (isSnowmeltError(error)) throw error;
      const code = codeOf(error);
      const { hint, isFinal } = diskFault(code, this.#path);
      const why = code === undefined ? '' : ` (${code})`;
      throw new SinkError('SINK_UNREACHABLE', `${this.name}: cannot write ${this.#path}${why}`, {
        retryable: !isFinal,
        hint,
        cause: error,
      });
    }
  }
}

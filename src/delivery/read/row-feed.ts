import { SnowmeltError } from '../../errors/errors.js';
import type { RowBatch } from '../../source/source.js';

/** How long a source may take to let go of what it holds. */
const CLOSE_MS = 2_000;

/** What came of a fetch: a batch, an error, or with neither the end. */
interface Ready {
  readonly batch?: RowBatch | undefined;
  readonly error?: unknown;
}

/** Reads batches of rows one ahead, so that the next one is fetched while this one is delivered. */
export class RowFeed {
  readonly #iterator: AsyncIterator<RowBatch>;
  readonly #onReady: () => void;
  readonly #to: number;
  #next: number;
  #ready: Ready | undefined;

  /** Starts reading. */
  constructor(rows: AsyncIterable<RowBatch>, from: number, to: number | undefined, onReady: () => void) {
    this.#iterator = rows[Symbol.asyncIterator]();
    this.#next = from;
    this.#to = to ?? Infinity;
    this.#onReady = onReady;
    this.#fetch();
  }

  /** Whether {@link take} has something. */
  get isReady(): boolean {
    return this.#ready !== undefined;
  }

  /**
   * The batch that is ready, cut to the range; `undefined` at the end.
   *
   * @throws whatever the source threw; SnowmeltError `BOOKS_UNBALANCED` when rows are missing or come twice
   */
  take(): RowBatch | undefined {
    const ready = this.#ready;
    if (ready === undefined) throw new TypeError('take() before isReady');
    if ('error' in ready) throw ready.error;
    if (ready.batch === undefined) return undefined;
    this.#ready = undefined;
    const { firstRow, rows } = ready.batch;
    const end = firstRow + rows.length;
    const next = this.#next;
    if (firstRow > next || (end < next && rows.length > 0)) throw outOfOrder(next, firstRow);
    if (end < this.#to) this.#fetch();
    else this.#ready = {};
    this.#next = Math.min(end, this.#to);
    if (firstRow === next && end <= this.#to) return ready.batch;
    return { firstRow: next, rows: rows.slice(next - firstRow, this.#next - firstRow) };
  }

  /** Lets the source go. Never throws: what is read has been judged already. */
  async close(): Promise<void> {
    let timer: ReturnType<typeof setTimeout> | undefined;
    const tooLong = new Promise<void>((resolve) => {
      timer = setTimeout(resolve, CLOSE_MS);
    });
    const closing = Promise.resolve(this.#iterator.return?.()).catch(() => undefined);
    await Promise.race([closing, tooLong]);
    clearTimeout(timer);
  }

  #fetch(): void {
    const settle = (ready: Ready): void => {
      this.#ready = ready;
      this.#onReady();
    };
    this.#iterator.next().then(
      (result) => {
        settle(result.done === true ? {} : { batch: result.value });
      },
      (error: unknown) => {
        settle({ error });
      },
    );
  }
}

function outOfOrder(expected: number, got: number): SnowmeltError {
  return new SnowmeltError('BOOKS_UNBALANCED', `The source gave row ${got} where row ${expected} was due.`, {
    hint: 'A source has to give every row of its range once and in order; pass `from` for an iterable that begins later.',
    details: { expected, got },
  });
}

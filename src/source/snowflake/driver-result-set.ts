import { setTimeout as sleep } from 'node:timers/promises';
import { ResultExpiredError, SourceError, isSnowmeltError } from '../../errors/errors.js';
import { checkRange } from '../check-range.js';
import { columnsHash, rowHash } from '../result-hash.js';
import type { Column, ReadOptions, ResultRef, ResultSet, RowBatch, SourceWarning } from '../source.js';
import { fetchAsText, untold, wireTextOf } from './decoded-rows.js';
import { fromDriverColumns, type DriverColumn, type DriverStatement } from './driver.js';
import type { DriverSession, OpenStatement } from './driver-session.js';
import { guardChunks, rowsInChunks, undecoded } from './guarded-chunks.js';
import { captureRawRows, isWireText, rawRowOf } from './raw-rows.js';
import { streamBatches } from './stream-batches.js';

/** How results are read. */
export interface ReadSettings {
  readonly batchRows: number;
  readonly stallTimeoutMs: number;
  readonly maxReadFailures: number;
  /** Shared by all results of a source. */
  readonly rawRows: RawRowAccess;
}

/** Whether rows are taken past the driver's decoding. */
export interface RawRowAccess {
  /** Set to false once the driver turns out to have other internals. */
  enabled: boolean;
  /** Whether that is why it is false. */
  lost: boolean;
}

const DECODED_BY_DRIVER: SourceWarning = {
  code: 'ROWS_DECODED_BY_DRIVER',
  message:
    'This version of snowflake-sdk hands out rows in a form that snowmelt does not know, so that the driver decodes them: the values are the same, the reading is several times slower. Install the version that snowmelt names as its peer, or take SqlApiSource.',
};

/** Links to the chunks of a result live about six hours; a result opened longer ago is opened again first. */
const MAX_AGE_MS = 5 * 3_600_000;

type Rows = (readonly (string | null)[])[];

/** The rows of a statement run by the driver. */
export class DriverResultSet implements ResultSet {
  readonly ref: ResultRef;
  readonly columns: readonly Column[];
  readonly rowCount: number;
  readonly #session: DriverSession;
  readonly #settings: ReadSettings;
  /** Taken by a reader: two streams of one statement release each other's chunks. */
  #idle: OpenStatement | undefined;

  constructor(session: DriverSession, settings: ReadSettings, opened: OpenStatement) {
    this.#session = session;
    this.#settings = settings;
    this.#idle = opened;
    this.columns = fromDriverColumns(opened.statement.getColumns() ?? []);
    this.rowCount = opened.statement.getNumRows() ?? 0;
    this.ref = {
      queryId: queryIdOf(opened.statement),
      rowCount: this.rowCount,
      columnsHash: columnsHash(this.columns),
    };
  }

  get warnings(): readonly SourceWarning[] {
    return this.#settings.rawRows.lost ? [DECODED_BY_DRIVER] : [];
  }

  async *read(options: ReadOptions = {}): AsyncGenerator<RowBatch, void, undefined> {
    const { from, to } = checkRange(options, this.rowCount);
    const closed = this.#session.closed;
    const signal = options.signal === undefined ? closed : AbortSignal.any([options.signal, closed]);
    const progress: Progress = { next: from, lastRow: undefined };
    let failures = 0;
    for (;;) {
      signal.throwIfAborted();
      if (progress.next >= to) return;
      const before = progress.next;
      try {
        yield* this.#readOnce(progress, to, signal);
        if (progress.next >= to) return;
        throw damaged(`the stream ended at row ${progress.next} of ${to}`);
      } catch (error) {
        if (signal.aborted) throw signal.reason;
        if (error instanceof OtherInternals) {
          Object.assign(this.#settings.rawRows, { enabled: false, lost: true });
          this.#idle = undefined;
          continue;
        }
        const known = isSnowmeltError(error) ? error : this.#session.toError(error, 'read', this.ref.queryId);
        if (!(known instanceof SourceError && known.retryable)) throw known;
        failures = progress.next > before ? 1 : failures + 1;
        if (failures > this.#settings.maxReadFailures) throw known;
      }
      await sleep(Math.min(100 * 4 ** (failures - 1), 5000), undefined, { signal }).catch(() => undefined);
      // The statement is not used again: its chunks may be damaged and its links out of date.
      this.#idle = undefined;
    }
  }

  async *#readOnce(progress: Progress, to: number, signal: AbortSignal): AsyncGenerator<RowBatch, void, undefined> {
    const opened = await this.#take(signal);
    const { statement } = opened;
    const inChunks = rowsInChunks(opened.chunks);
    if (inChunks !== undefined && inChunks !== this.rowCount) {
      throw damaged(`its chunks have ${inChunks} rows instead of ${this.rowCount}`);
    }
    if (opened.totalRows !== undefined && opened.totalRows !== this.rowCount) {
      throw damaged(`${this.rowCount} rows of ${opened.totalRows} are handed out`);
    }
    const driverColumns = statement.getColumns() ?? [];
    // After a break the last row is read again and compared: that the order stays is how Snowflake behaves, not what
    // it promises.
    const again = progress.lastRow === undefined ? 0 : 1;
    const start = progress.next - again;
    const restore = this.#settings.rawRows.enabled ? prepare(opened, driverColumns) : undefined;
    const raw = restore !== undefined;
    const stream = statement.streamRows({ start, end: to - 1, ...(raw ? {} : { fetchAsString: fetchAsText }) });
    guardChunks(opened.chunks, stream, { decodes: !raw, columnCount: this.columns.length, toError: damaged });
    const { batchRows, stallTimeoutMs } = this.#settings;
    const convert = raw ? rawConverter(this.columns.length, start) : decodedConverter(this.columns);
    let first = true;
    let whole = false;
    try {
      for await (const streamed of streamBatches(stream, { batchRows, stallTimeoutMs, signal })) {
        const rows: Rows = streamed.map((row) => convert(row as readonly unknown[]));
        if (first && again === 1) {
          const repeated = rows.shift();
          if (repeated === undefined || rowHash(repeated) !== progress.lastRow) {
            throw new ResultExpiredError(
              `The result of query ${this.ref.queryId} is different when read again: row ${start} has other values.`,
              { details: { queryId: this.ref.queryId } },
            );
          }
        }
        first = false;
        const last = rows.at(-1);
        if (last === undefined) continue;
        const firstRow = progress.next;
        progress.next += rows.length;
        progress.lastRow = rowHash(last);
        yield { firstRow, rows };
      }
      whole = true;
    } finally {
      restore?.();
      if (whole) this.#idle ??= opened;
    }
  }

  async #take(signal: AbortSignal): Promise<OpenStatement> {
    const idle = this.#idle;
    this.#idle = undefined;
    const fresh = idle !== undefined && Date.now() - idle.openedAt < MAX_AGE_MS;
    if (fresh) return idle;
    const opened = await this.#session.fetchResult(this.ref.queryId, signal, 'read');
    const columns = fromDriverColumns(opened.statement.getColumns() ?? []);
    if (opened.statement.getNumRows() !== this.rowCount || columnsHash(columns) !== this.ref.columnsHash) {
      throw new ResultExpiredError(`The result of query ${this.ref.queryId} is different when read again.`, {
        details: { queryId: this.ref.queryId },
      });
    }
    return opened;
  }
}

/** It becomes part of paths and of the stored state: nothing else may come in its place. */
function queryIdOf(statement: DriverStatement): string {
  const id = statement.getQueryId() ?? '';
  if (/^[\w-]{0,64}$/.test(id)) return id;
  throw damaged('its query id is none');
}

interface Progress {
  next: number;
  /** Hash of the row before `next`, when this read handed it out. */
  lastRow: string | undefined;
}

/** Thrown when the driver's rows cannot be taken before it decodes them; they are read again, decoded. */
class OtherInternals extends Error {}

function prepare({ statement }: OpenStatement, columns: readonly DriverColumn[]): () => void {
  const getColumns = statement.getColumns;
  if (!captureRawRows(statement, columns)) throw new OtherInternals();
  return () => {
    statement.getColumns = getColumns;
  };
}

/** Checks that rows are what and where they should be: a chunk that lacks a row would shift all after it. */
function rawConverter(columnCount: number, start: number): (streamed: unknown) => readonly (string | null)[] {
  let expected = start;
  let checked = false;
  return (streamed) => {
    const row = rawRowOf(streamed, columnCount);
    if (row === undefined || (!checked && !isWireText(row))) {
      throw checked ? damaged(`row ${expected} is not a row`) : new OtherInternals();
    }
    checked = true;
    if (row.rowIndex !== expected) throw damaged(`row ${row.rowIndex} came instead of row ${expected}`);
    expected += 1;
    return row.values;
  };
}

/** Turns what the driver decoded back into wire text. */
function decodedConverter(columns: readonly Column[]): (values: readonly unknown[]) => readonly (string | null)[] {
  const toText = wireTextOf(columns);
  return (values) => {
    const at = values.indexOf(undecoded);
    if (at !== -1) throw damaged(`the driver cannot decode a value of the column "${columns[at]?.name}"`);
    const texts = toText(values);
    if (isTold(texts)) return texts;
    const { name } = columns[texts.indexOf(untold)] ?? {};
    throw new SourceError('SOURCE_FAILED', `The driver may have changed values of the column "${name}".`, {
      retryable: false,
      hint: `Cast it in the query: TO_VARIANT(…) AS "${name}". Or take SqlApiSource.`,
    });
  };
}

function isTold(texts: readonly unknown[]): texts is readonly (string | null)[] {
  return !texts.includes(untold);
}

function damaged(what: string): SourceError {
  return new SourceError('SOURCE_FAILED', `The result came damaged from Snowflake: ${what}.`, {
    retryable: true,
    hint: 'Run again: the run resumes at the first unsettled row.',
  });
}

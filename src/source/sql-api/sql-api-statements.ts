import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { SourceError } from '../../errors/errors.js';
import type { SnowflakeConnection } from '../connection-options.js';
import type { BindValue, Statement } from '../source.js';
import type { ApiAnswer, SqlApiClient } from './sql-api-client.js';
import { sqlApiError } from './sql-api-error.js';
import {
  partitionsFit,
  resultSetResponse,
  rowsFit,
  rowsOf,
  statusResponse,
  type ApiRows,
  type ResultSetResponse,
} from './sql-api-response.js';

/** A complete statement with its first partition. */
export interface CompleteStatement {
  readonly meta: ResultSetResponse;
  /** Missing where they are not what the metadata says: they are asked for once more. */
  readonly rows: ApiRows | undefined;
}

/** What a partition should be. */
export interface ExpectedPartition {
  readonly index: number;
  readonly rowCount: number;
  readonly columnCount: number;
}

/** What {@link SqlApiStatements} is made of. */
export interface SqlApiStatementsParts {
  readonly connection: SnowflakeConnection;
  readonly client: SqlApiClient;
  readonly maxPollMs: number;
}

const PATH = '/api/v2/statements';
const FIRST_POLL_MS = 50;
const ANSWER_AFTER_ABORT_MS = 3000;

/** Statements of the SQL API: submit, wait, fetch a partition, cancel. */
export class SqlApiStatements {
  readonly #parts: SqlApiStatementsParts;

  constructor(parts: SqlApiStatementsParts) {
    this.#parts = parts;
  }

  /** Runs a statement to its end. Aborting cancels it on the server. */
  async run(statement: Statement, queryTag: string, signal: AbortSignal): Promise<CompleteStatement> {
    signal.throwIfAborted();
    const answer = await this.#submit(statement, queryTag, signal);
    const handle = handleOf(answer.body);
    if (signal.aborted && answer.status === 202 && handle !== undefined) await this.#cancel(handle);
    signal.throwIfAborted();
    if (answer.status === 200) return this.#complete(answer);
    if (answer.status !== 202 || handle === undefined) throw this.#error(answer);
    return this.#wait(handle, signal, false);
  }

  /**
   * A statement whose submission is under way may run on the server already; only its answer tells the handle that
   * cancels it. So an abort gives that answer a little more time.
   */
  async #submit(statement: Statement, queryTag: string, signal: AbortSignal): Promise<ApiAnswer> {
    return this.#parts.client.call({
      method: 'POST',
      // With async the handle is known at once, so that the statement can be cancelled.
      path: `${PATH}?requestId=${randomUUID()}&async=true&nullable=true`,
      // Snowflake answers a repeated request id with the statement of the first one.
      retrySuffix: '&retry=true',
      body: this.#body(statement, queryTag),
      signal,
      graceMs: ANSWER_AFTER_ABORT_MS,
    });
  }

  /** Opens the result of an earlier statement. */
  async reopen(handle: string, signal: AbortSignal): Promise<CompleteStatement> {
    return this.#wait(handle, signal, true);
  }

  /** One partition's rows. */
  async partition(handle: string, expected: ExpectedPartition, signal: AbortSignal): Promise<ApiRows> {
    const { index, rowCount, columnCount } = expected;
    for (let attempt = 1; ; attempt += 1) {
      const answer = await this.#parts.client.call({
        method: 'GET',
        path: `${PATH}/${encodeURIComponent(handle)}?partition=${index}`,
        signal,
      });
      if (answer.status !== 200) throw this.#error(answer, handle);
      const rows = rowsOf(answer.body);
      const isWhole = rows?.length === rowCount;
      if (isWhole && rowsFit(rows, columnCount)) return rows;
      if (attempt >= 3) {
        const what = isWhole ? 'a row has another form' : `${rows?.length ?? 'no'} rows instead of ${rowCount}`;
        throw new SourceError('SOURCE_FAILED', `Partition ${index} of query ${handle} came damaged: ${what}.`, {
          retryable: true,
          hint: 'Run again: the run resumes at the first unsettled row.',
        });
      }
    }
  }

  async #wait(handle: string, signal: AbortSignal, stored: boolean): Promise<CompleteStatement> {
    let done = false;
    try {
      for (let pause = FIRST_POLL_MS; ; pause = Math.min(pause * 1.5, this.#parts.maxPollMs)) {
        const answer = await this.#parts.client.call({
          method: 'GET',
          path: `${PATH}/${encodeURIComponent(handle)}`,
          signal,
          // A 429 with a statement handle says "not finished" ("Handling responses", SQL API), without one "too many".
          accepts: ({ status, body }) => status === 429 && handleOf(body) !== undefined,
        });
        if (answer.status === 200) {
          done = true;
          return this.#complete(answer);
        }
        if (answer.status !== 202 && answer.status !== 429) {
          done = true;
          throw this.#error(answer, stored ? handle : undefined);
        }
        await sleep(answer.status === 429 ? Math.max(pause, 1000) : pause, undefined, { signal }).catch(
          () => undefined,
        );
        signal.throwIfAborted();
      }
    } finally {
      if (!done && !stored) await this.#cancel(handle);
    }
  }

  /** Best effort: the caller's reason matters more than the cancelling's failure. */
  async #cancel(handle: string): Promise<void> {
    await this.#parts.client
      .call({
        method: 'POST',
        path: `${PATH}/${encodeURIComponent(handle)}/cancel`,
        body: {},
        signal: AbortSignal.timeout(5000),
      })
      .catch(() => undefined);
  }

  #complete(answer: ApiAnswer): CompleteStatement {
    const meta = resultSetResponse.safeParse(answer.body);
    const rows = rowsOf(answer.body);
    const handle = meta.data?.statementHandle ?? '';
    if (!meta.success || rows === undefined || this.#parts.client.mask(handle) !== handle) {
      throw new SourceError('SOURCE_FAILED', "Snowflake's SQL API answered in another form than documented.", {
        retryable: false,
        hint: 'Use SnowflakeSource, and please report this.',
      });
    }
    if (!partitionsFit(meta.data)) {
      throw new SourceError('SOURCE_FAILED', `The partitions of query ${handle} have other rows than the result.`, {
        retryable: true,
        hint: 'Run again; if it stays, ask Snowflake support with the query id.',
      });
    }
    const { numRows, rowType, partitionInfo } = meta.data.resultSetMetaData;
    const first = partitionInfo?.[0]?.rowCount ?? numRows;
    const isFirst = rows.length === first && rowsFit(rows, rowType.length);
    return { meta: meta.data, rows: isFirst ? rows : undefined };
  }

  #error(answer: ApiAnswer, handle?: string): Error {
    const { connection } = this.#parts;
    return sqlApiError(answer, {
      host: new URL(connection.baseUrl).host,
      who: connection,
      handle,
      mask: (text) => this.#parts.client.mask(text),
    });
  }

  #body({ sql, binds }: Statement, queryTag: string): Record<string, unknown> {
    const { connection } = this.#parts;
    const body = {
      statement: sql,
      timeout: connection.statementTimeoutSeconds,
      database: objectName(connection.database),
      schema: objectName(connection.schema),
      warehouse: objectName(connection.warehouse),
      role: objectName(connection.role),
      bindings:
        binds.length === 0 ? undefined : Object.fromEntries(binds.map((bind, index) => [index + 1, toBinding(bind)])),
      parameters: {
        timezone: connection.timeZone,
        rows_per_resultset: 0,
        ...(queryTag === '' ? {} : { query_tag: queryTag }),
      },
    };
    return body;
  }
}

/** The API takes names in their stored case, the driver as they are written in SQL; here as in SQL. */
function objectName(name: string | undefined): string | undefined {
  if (name === undefined) return undefined;
  if (/^".*"$/.test(name)) return name.slice(1, -1).replaceAll('""', '"');
  return name.toUpperCase();
}

function toBinding(value: BindValue): { readonly type: string; readonly value: string | null } {
  if (value === null) return { type: 'TEXT', value: null };
  if (typeof value === 'boolean') return { type: 'BOOLEAN', value: String(value) };
  if (typeof value === 'number') return { type: Number.isInteger(value) ? 'FIXED' : 'REAL', value: String(value) };
  return { type: 'TEXT', value };
}

function handleOf(body: unknown): string | undefined {
  return statusResponse.safeParse(body).data?.statementHandle ?? undefined;
}

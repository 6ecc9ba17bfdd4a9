import type { SqlResult, WireBatch, WireBind } from '../sql/types/sql-engine.js';
import { SnowflakeSqlError } from '../sql/types/sql-engine.js';
import type { ParameterValue } from '../sql/types/parameter-value.js';

/** Where a statement stands, in the words of `/monitoring/queries`. */
export type StatementStatus = 'RUNNING' | 'SUCCESS' | 'FAILED_WITH_ERROR' | 'ABORTED';

/** What a statement was asked to do. */
export interface StatementRequest {
  readonly queryId: string;
  readonly requestId: string;
  readonly sql: string;
  readonly binds: readonly (WireBind | undefined)[];
  readonly batch: readonly (WireBatch | undefined)[] | undefined;
  readonly parameters: ReadonlyMap<string, ParameterValue>;
  readonly describeOnly: boolean;
  readonly user: string;
  readonly sessionId: string;
  /** Unix milliseconds. */
  readonly startedAt: number;
}

/** The session as a statement left it. */
export interface FinalContext {
  readonly database: string | undefined;
  readonly schema: string | undefined;
  readonly warehouse: string | undefined;
  readonly role: string | undefined;
  readonly parameters: ReadonlyMap<string, ParameterValue>;
}

/** How the rows of a result are handed out: as stored, or disturbed by a fault. */
export type RowOrder = 'stored' | 'reversed' | 'rotated';

/** One statement, running or finished. */
export class Statement {
  readonly request: StatementRequest;
  /** Resolves when the statement has ended, in whatever way. */
  readonly ended: Promise<void>;
  readonly #controller = new AbortController();
  #end: () => void = () => undefined;
  #outcome: SqlResult | SnowflakeSqlError | undefined;
  #final: FinalContext | undefined;
  #endedAt: number | undefined;
  /** Query ids of the single statements of a multi-statement request. */
  children: readonly Statement[] = [];
  /** Changed by a fault. */
  order: RowOrder = 'stored';

  constructor(request: StatementRequest) {
    this.request = request;
    this.ended = new Promise((resolve) => {
      this.#end = resolve;
    });
  }

  get queryId(): string {
    return this.request.queryId;
  }

  /** Aborted by a cancel request or a timeout; `reason` is the error that clients then see. */
  get signal(): AbortSignal {
    return this.#controller.signal;
  }

  get status(): StatementStatus {
    if (this.#outcome === undefined) return 'RUNNING';
    if (!(this.#outcome instanceof SnowflakeSqlError)) return 'SUCCESS';
    return this.#outcome.code === '000604' ? 'ABORTED' : 'FAILED_WITH_ERROR';
  }

  get result(): SqlResult | undefined {
    return this.#outcome instanceof SnowflakeSqlError ? undefined : this.#outcome;
  }

  get error(): SnowflakeSqlError | undefined {
    return this.#outcome instanceof SnowflakeSqlError ? this.#outcome : undefined;
  }

  get final(): FinalContext | undefined {
    return this.#final;
  }

  /** Unix milliseconds. */
  get endedAt(): number | undefined {
    return this.#endedAt;
  }

  /** Stops a running statement. False when it has ended already. */
  abort(reason: SnowflakeSqlError): boolean {
    if (this.#outcome !== undefined) return false;
    this.#controller.abort(reason);
    return true;
  }

  /** Records the outcome, once. */
  finish(outcome: SqlResult | SnowflakeSqlError, final: FinalContext, endedAt: number): void {
    this.#outcome = outcome;
    this.#final = final;
    this.#endedAt = endedAt;
    this.#end();
  }

  /** Waits for the end, at most `ms`, or until `signal` aborts. True when the statement has ended. */
  async wait(ms: number, signal: AbortSignal): Promise<boolean> {
    if (this.#outcome !== undefined) return true;
    let enough: () => void = () => undefined;
    const patience = new Promise<void>((resolve) => {
      enough = resolve;
    });
    const timer = setTimeout(enough, ms);
    signal.addEventListener('abort', enough, { once: true });
    if (signal.aborted) enough();
    await Promise.race([this.ended, patience]);
    clearTimeout(timer);
    signal.removeEventListener('abort', enough);
    return this.status !== 'RUNNING';
  }
}

import { SourceError } from 'snowmelt';
import type { ReadOptions, ResultRef, ResultSet, RowBatch, SourceDescription, Statement } from 'snowmelt';
import { secret, SourceFrame } from './source-frame.js';
import { mutant, type SourceMutant } from './source-mutant.js';

type Batches = AsyncGenerator<RowBatch, void, undefined>;

class ExecutesAborted extends SourceFrame {
  override execute = (statement: Statement): Promise<ResultSet> => super.execute(statement);
}
class ReopensAborted extends SourceFrame {
  override reopen = (ref: ResultRef): Promise<ResultSet> => super.reopen(ref);
}
class TellsTimeAborted extends SourceFrame {
  override now = (): Promise<Date> => super.now();
}
class ReadsAborted extends SourceFrame {
  override read(queryId: string, rowCount: number, { from, to }: ReadOptions = {}): Batches {
    return super.read(queryId, rowCount, { from, to });
  }
}
class HidesTheReason extends SourceFrame {
  override before(signal: AbortSignal): void {
    if (signal.aborted) throw new SourceError('SOURCE_CANCELED', 'aborted', { retryable: true });
  }
}
class EndsWhenAborted extends SourceFrame {
  override async *read(queryId: string, rowCount: number, options: ReadOptions = {}): Batches {
    options.signal?.throwIfAborted();
    for await (const batch of super.read(queryId, rowCount, { ...options, signal: undefined })) {
      yield batch;
      if (options.signal?.aborted === true) return;
    }
  }
}
class ClosesWhenAborted extends SourceFrame {
  override async *read(queryId: string, rowCount: number, options?: ReadOptions): Batches {
    try {
      yield* super.read(queryId, rowCount, options);
    } finally {
      if (options?.signal?.aborted === true) await this.close();
    }
  }
}
class CancelsPlainly extends SourceFrame {
  override async run(statement: Statement, signal: AbortSignal): Promise<string> {
    return super.run(statement, signal).catch((error: unknown) => {
      throw signal.aborted ? new Error('cancelled') : error;
    });
  }
}
class LeavesStatementsRunning extends SourceFrame {
  override async run(statement: Statement, signal: AbortSignal): Promise<string> {
    const aborted = new Promise<never>((_, reject) => {
      signal.addEventListener('abort', () => reject(signal.reason as Error), { once: true });
    });
    return Promise.race([super.run(statement, new AbortController().signal), aborted]);
  }
}

class ClosesAfterUseOnly extends SourceFrame {
  #used = false;
  override async run(statement: Statement, signal: AbortSignal): Promise<string> {
    this.#used = true;
    return super.run(statement, signal);
  }
  override async close(): Promise<void> {
    if (!this.#used) throw new Error('never opened');
    await super.close();
  }
}
class ClosesOnce extends SourceFrame {
  #used = false;
  override async run(statement: Statement, signal: AbortSignal): Promise<string> {
    this.#used = true;
    return super.run(statement, signal);
  }
  override async close(): Promise<void> {
    if (this.#used && this.closing.signal.aborted) throw new Error('closed already');
    await super.close();
  }
}
class WorksClosed extends SourceFrame {
  override close = async (): Promise<void> => undefined;
}
class ClosesPlainly extends SourceFrame {
  override closed = (): Error => new Error('closed');
}
class TellsTimeClosed extends SourceFrame {
  override now = async (): Promise<Date> => new Date();
}
class ReadsClosed extends SourceFrame {
  override async *read(queryId: string, rowCount: number, options: ReadOptions = {}): Batches {
    const { from, to } = this.range(options, rowCount);
    yield { firstRow: from, rows: await this.fetch(queryId, from, to) };
  }
}
class EndsWhenClosed extends SourceFrame {
  override async *read(queryId: string, rowCount: number, options?: ReadOptions): Batches {
    this.before(this.closing.signal);
    for await (const batch of super.read(queryId, rowCount, options)) {
      yield batch;
      if (this.closing.signal.aborted) return;
    }
  }
}
class DisposesNothing extends SourceFrame {
  override [Symbol.asyncDispose] = async (): Promise<void> => undefined;
}

class DescribesTheMoment extends SourceFrame {
  override describe(): SourceDescription {
    return { ...super.describe(), account: String(Math.random()) };
  }
}
class DescribesObjects extends SourceFrame {
  override describe(): SourceDescription {
    return { ...super.describe(), baseUrl: new URL('http://localhost') as unknown as string };
  }
}
class DescribesItsSecret extends SourceFrame {
  override describe(): SourceDescription {
    return { ...super.describe(), baseUrl: `memory://u:${secret}@localhost` };
  }
}
class PrintsItsSecret extends SourceFrame {
  readonly options = { password: secret };
}
class TellsItsSecretInHeaders extends SourceFrame {
  override refuse(): Error {
    const authorization = `Basic ${Buffer.from(secret).toString('base64')}`;
    return new SourceError('SOURCE_SQL', 'refused', { retryable: false, details: { headers: { authorization } } });
  }
}
class TellsItsSecretInACause extends SourceFrame {
  override closed(): Error {
    const cause = new Error(`connection with ${secret} is closed`);
    return Object.assign(new SourceError('SOURCE_CLOSED', 'closed', { retryable: false }), { cause });
  }
}

/** Faults of aborting, of closing, and of what a source tells about itself. */
export const signalMutants: readonly SourceMutant[] = [
  mutant('executes after an abort', /rejects execute with the reason/, ExecutesAborted),
  mutant("hides the signal's reason", /rejects execute with the reason/, HidesTheReason),
  mutant('opens results after an abort', /rejects reopen with the reason/, ReopensAborted),
  mutant('asks for the time after an abort', /rejects now with the reason/, TellsTimeAborted),
  mutant('reads after an abort', /rejects a reading with the reason/, ReadsAborted),
  mutant('ends an aborted reading as if it were complete', /ends a reading with the reason/, EndsWhenAborted),
  mutant('is closed by an abort', /after an aborted reading/, ClosesWhenAborted),
  mutant('fails with an error of its own', /rejects with the reason when a running/, CancelsPlainly),
  mutant('leaves aborted statements running', /cancels a running statement/, LeavesStatementsRunning),
  mutant('has to be used before it is closed', /closed before it was used/, ClosesAfterUseOnly),
  mutant('can be closed once', /closed twice after it was used/, ClosesOnce),
  mutant('works after it was closed', /refuses execute, reopen and now/, WorksClosed),
  mutant('fails with a plain error when closed', /refuses execute, reopen and now/, ClosesPlainly),
  mutant('tells the time after it was closed', /refuses execute, reopen and now/, TellsTimeClosed),
  mutant('reads after it was closed', /refuses to read an open result/, ReadsClosed),
  mutant('ends a reading when closed as if it were complete', /ends a reading with SOURCE_CLOSED/, EndsWhenClosed),
  mutant('leaves statements running when closed', /ends a running statement/, LeavesStatementsRunning),
  mutant('disposes of nothing', /Symbol\.asyncDispose/, DisposesNothing),
  mutant('describes itself differently each time', /describes itself/, DescribesTheMoment),
  mutant('describes itself by objects', /describes itself/, DescribesObjects),
  mutant('describes its secret', /in its description/, DescribesItsSecret),
  mutant('prints its secret', /in its description/, PrintsItsSecret),
  mutant('tells its secret in headers', /no secret in its errors/, TellsItsSecretInHeaders),
  mutant('tells its secret in a cause', /no secret in its errors/, TellsItsSecretInACause),
];

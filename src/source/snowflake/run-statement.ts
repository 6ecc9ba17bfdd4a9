import type { DriverComplete, DriverConnection, DriverError, DriverStatement } from './driver.js';
import { chunksOf, totalRowsOf, type DriverChunk } from './guarded-chunks.js';

/** An error of the driver, on its way to where it is turned into one of ours. */
export class DriverFailure extends Error {
  readonly driverError: DriverError;
  constructor(driverError: DriverError) {
    super('driver failure');
    this.driverError = driverError;
  }
}

/** Starts a statement, or the fetching of an earlier one's result. */
export type StartStatement = (connection: DriverConnection, complete: DriverComplete) => DriverStatement;

/** A statement that ended well. */
export interface DoneStatement {
  readonly statement: DriverStatement;
  readonly chunks: readonly DriverChunk[];
  readonly totalRows: number | undefined;
}

/**
 * Runs a statement to its end; cancels it on the server when one of the signals is aborted.
 *
 * @throws DriverFailure, or the reason of the aborted signal
 */
export function runStatement(
  connection: DriverConnection,
  start: StartStatement,
  signals: readonly AbortSignal[],
): Promise<DoneStatement> {
  return new Promise((resolve, reject) => {
    let statement: DriverStatement | undefined;
    const release = (): void => {
      for (const signal of signals) signal.removeEventListener('abort', onAbort);
    };
    const onAbort = (): void => {
      release();
      statement?.cancel(() => undefined);
      // eslint-disable-next-line @typescript-eslint/prefer-promise-reject-errors -- the caller's own reason
      reject(signals.find(({ aborted }) => aborted)?.reason);
    };
    if (signals.some(({ aborted }) => aborted)) {
      onAbort();
      return;
    }
    for (const signal of signals) signal.addEventListener('abort', onAbort);
    try {
      statement = start(connection, function (error, done) {
        release();
        if (error == null) resolve({ statement: done, chunks: chunksOf(this), totalRows: totalRowsOf(this) });
        else reject(new DriverFailure(error));
      });
    } catch (error) {
      release();
      reject(new DriverFailure(error as DriverError));
    }
  });
}

import type { Connection } from './catalog/database.js';
import { LockWait } from './catalog/history.js';
import type { OwnState, Transaction } from './catalog/transaction.js';
import { SnowflakeSqlError } from './types/sql-engine.js';

/** Runs changes one after the other: DuckDB would refuse the second where Snowflake lets it wait for the first. */
export class ChangeQueue {
  #last: Promise<void> = Promise.resolve();

  /** All of `run` or nothing of it. */
  async alone<T>(connection: Connection, signal: AbortSignal, run: () => Promise<T>): Promise<T> {
    const turn = this.#last.then(() => {
      signal.throwIfAborted();
      return wholeOrNothing(connection, run);
    });
    this.#last = turn.then(
      () => undefined,
      () => undefined,
    );
    return turn;
  }
}

/** A change takes several statements of DuckDB: when a late one fails, nothing of the earlier ones may stay. */
async function wholeOrNothing<T>(connection: Connection, run: () => Promise<T>): Promise<T> {
  await connection.run('BEGIN');
  try {
    const result = await run();
    await connection.run('COMMIT');
    return result;
  } catch (error) {
    await connection.run('ROLLBACK');
    throw error;
  }
}

/** Runs the statement as often as it finds a table locked by a transaction, each time behind that one's end. */
export async function withLocks<T>(own: OwnState, signal: AbortSignal, run: () => Promise<T>): Promise<T> {
  for (;;) {
    try {
      return await run();
    } catch (error) {
      if (!(error instanceof LockWait)) throw error;
      await untilEnded(error.holder, own, signal);
    }
  }
}

async function untilEnded(holder: Transaction, own: OwnState, signal: AbortSignal): Promise<void> {
  const waiting = own.transaction;
  for (let at: Transaction | undefined = holder; at !== undefined; at = at.waitsFor) {
    // Of two that wait for each other, Snowflake ends the statement that came last ("Transactions", deadlocks).
    if (at === waiting)
      throw new SnowflakeSqlError('000625', '57014', `Deadlock: transaction ${holder.id} waits for this one.`);
  }
  if (waiting !== undefined) waiting.waitsFor = holder;
  let stop: () => void = () => undefined;
  const aborted = new Promise<void>((resolve) => {
    stop = resolve;
  });
  signal.addEventListener('abort', stop, { once: true });
  try {
    await Promise.race([holder.ended, aborted]);
    signal.throwIfAborted();
  } finally {
    signal.removeEventListener('abort', stop);
    if (waiting !== undefined) waiting.waitsFor = undefined;
  }
}

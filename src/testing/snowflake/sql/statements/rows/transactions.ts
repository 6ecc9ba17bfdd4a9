import { FOREVER } from '../../catalog/history.js';
import { Transaction } from '../../catalog/transaction.js';
import type { Connection } from '../../catalog/database.js';
import type { Binder } from '../../convert/binder.js';
import { unsupported } from '../../types/sql-errors.js';
import { finish } from '../runner/finish.js';
import { type Outcome, SESSION } from '../runner/outcome.js';
import { type Runner, status } from '../runner/statement-runner.js';

type Context = Pick<Binder, 'own' | 'history' | 'now'>;

/** BEGIN, START TRANSACTION, COMMIT, ROLLBACK ("Transactions"). Without a transaction the last two do nothing. */
export async function runTransaction(runner: Runner): Promise<Outcome> {
  const { cursor, binder, connection, describeOnly } = runner;
  const word = cursor.next().value;
  if (word === 'START') cursor.expectWords('TRANSACTION');
  else if (!cursor.takeWords('WORK') && word === 'BEGIN') cursor.takeWords('TRANSACTION');
  if ((word === 'BEGIN' || word === 'START') && cursor.takeWords('NAME')) cursor.name();
  if (word === 'BEGIN' && !cursor.atEnd() && !cursor.isOp(';')) throw unsupported('BEGIN … END');
  finish(cursor);
  if (!describeOnly) {
    if (word === 'COMMIT') await commit(binder, connection);
    else if (word === 'ROLLBACK') await rollBack(binder, connection);
    else beginTransaction(binder);
  }
  return status('Statement executed successfully.', SESSION);
}

/** Opens a transaction; one that is open goes on. */
export function beginTransaction({ own, history, now }: Context): void {
  own.transaction ??= new Transaction(history.transactionNumber(), Number(now / 1_000_000n));
}

/** Makes the transaction's changes everybody's, all at one time. */
export async function commit({ own, history, now }: Context, connection: Connection): Promise<void> {
  const { transaction } = own;
  if (transaction === undefined) return;
  if (transaction.tables.size > 0) {
    const time = history.stamp(now);
    for (const table of transaction.tables) {
      await connection.run(`UPDATE ${table} SET sf_from = ${time} WHERE sf_from = ${transaction.stamp}`);
      await connection.run(`UPDATE ${table} SET sf_to = ${time} WHERE sf_to = ${transaction.stamp}`);
    }
  }
  own.transaction = undefined;
  history.release(transaction);
}

/** Undoes the transaction's changes. */
export async function rollBack(
  { own, history }: Pick<Context, 'own' | 'history'>,
  connection: Connection,
): Promise<void> {
  const { transaction } = own;
  if (transaction === undefined) return;
  for (const table of transaction.tables) {
    await connection.run(`DELETE FROM ${table} WHERE sf_from = ${transaction.stamp}`);
    await connection.run(`UPDATE ${table} SET sf_to = ${FOREVER} WHERE sf_to = ${transaction.stamp}`);
  }
  own.transaction = undefined;
  history.release(transaction);
}

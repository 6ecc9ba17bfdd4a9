import type { Transaction } from './transaction.js';

/** The end of a row that has none yet. */
export const FOREVER = '9223372036854775807';

/**
 * Behind a table's own columns: who the row is, when this version of it began and when it ended, in nanoseconds since
 * the epoch. A negative number is an open transaction, which nobody else sees.
 */
export const VERSION_COLUMNS = `sf_row BIGINT DEFAULT nextval('sf_rows'), sf_from BIGINT, sf_to BIGINT`;

/** The statement needs a table that another transaction has changed: it waits for that one's end. */
export class LockWait extends Error {
  override readonly name = 'LockWait';
  readonly holder: Transaction;

  constructor(holder: Transaction) {
    super(`waits for transaction ${holder.id}`);
    this.holder = holder;
  }
}

/** Before and behind what a statement changed. */
export interface StatementTime {
  readonly before: bigint;
  readonly after: bigint;
  /** Its changes became visible at another time, with its transaction. */
  readonly inTransaction: boolean;
}

/** When what changed in the tables, for as long as the server lives. */
export class History {
  /** Physical names to the time from which on their rows can be told. */
  readonly #begun = new Map<string, bigint>();
  readonly #shaped = new Map<string, bigint>();
  readonly #changed = new Map<string, Set<Transaction>>();
  readonly #locks = new Map<string, Transaction>();
  readonly statements = new Map<string, StatementTime>();
  #last = 0n;
  #nextTransaction = 1;

  get last(): bigint {
    return this.#last;
  }

  /** The time of a commit: later than all before it, and not later than the clock, which has no more than milliseconds. */
  stamp(now: bigint): bigint {
    const earliest = now - 999_999n;
    this.#last = this.#last >= earliest ? this.#last + 1n : earliest;
    return this.#last;
  }

  transactionNumber(): number {
    return this.#nextTransaction++;
  }

  begin(table: string, time: bigint): void {
    this.#begun.set(table, time);
  }

  /** Its columns are others from now on: earlier rows can't be shown as they were. */
  reshape(table: string, time: bigint): void {
    this.#shaped.set(table, time);
  }

  /** From when on the rows can be told, and since when they have the columns that they have now. */
  reach(table: string): { readonly begun: bigint; readonly shaped: bigint } {
    return { begun: this.#begun.get(table) ?? 0n, shaped: this.#shaped.get(table) ?? 0n };
  }

  /** A transaction changes the table; with `lock`, rows that others could want to change too. */
  change(table: string, transaction: Transaction | undefined, lock: boolean): void {
    const holder = this.#locks.get(table);
    if (lock && holder !== undefined && holder !== transaction) throw new LockWait(holder);
    if (transaction === undefined) return;
    transaction.tables.add(table);
    this.#changed.set(table, (this.#changed.get(table) ?? new Set()).add(transaction));
    if (lock) this.#locks.set(table, transaction);
  }

  /** The table as such is about to change: nobody else may have open changes in it. */
  claim(table: string): void {
    const [holder] = this.#changed.get(table) ?? [];
    if (holder !== undefined) throw new LockWait(holder);
  }

  /** Lets go of what a transaction held. */
  release(transaction: Transaction): void {
    for (const table of transaction.tables) {
      this.#changed.get(table)?.delete(transaction);
      if (this.#locks.get(table) === transaction) this.#locks.delete(table);
    }
    transaction.end();
  }
}

/** The condition of rows that are there now, for a session: what others have not committed is not. */
export function visible(transaction: Transaction | undefined): string {
  if (transaction === undefined) return `sf_from >= 0 AND (sf_to < 0 OR sf_to = ${FOREVER})`;
  const own = transaction.stamp;
  return `(sf_from >= 0 OR sf_from = ${own}) AND ((sf_to < 0 AND sf_to <> ${own}) OR sf_to = ${FOREVER})`;
}

/** The condition of rows that were there at a time. */
export const visibleAt = (time: string): string =>
  `sf_from >= 0 AND sf_from <= ${time} AND (sf_to < 0 OR sf_to > ${time})`;

import type { DatabaseObject } from './objects.js';

/** An open transaction of a session. */
export class Transaction {
  readonly id: number;
  /** Unix milliseconds. */
  readonly startedAt: number;
  /** Physical names of the tables that it has changed. */
  readonly tables = new Set<string>();
  /** Resolves when it is over, in whatever way. */
  readonly ended: Promise<void>;
  /** The transaction that a statement of this one waits for. */
  waitsFor: Transaction | undefined;
  #end: () => void = () => undefined;

  constructor(id: number, startedAt: number) {
    this.id = id;
    this.startedAt = startedAt;
    this.ended = new Promise((resolve) => {
      this.#end = resolve;
    });
  }

  /** What stands for its commit's time in the rows that it has changed. */
  get stamp(): string {
    return `-${this.id}`;
  }

  end(): void {
    this.#end();
  }
}

/** What a session has of its own in the database. */
export interface OwnState {
  transaction: Transaction | undefined;
  /** Temporary tables and views by their full names. */
  readonly temporary: Map<string, DatabaseObject>;
}

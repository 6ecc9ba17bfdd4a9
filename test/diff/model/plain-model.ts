import type { ChangesMode } from '../../../src/diff/walk/verdict.js';
import type { KeepKeys } from '../../../src/diff/level/end-run.js';

/** A row of a made-up source: its key (NULL: undefined), and the message that it becomes ('' when it is skipped). */
export interface PlainRow {
  readonly key: string | undefined;
  readonly message: string;
}

/** What a snapshot says of a key. */
export interface PlainEntry {
  readonly message: string | undefined;
  readonly accepted: boolean;
  readonly rejected: boolean;
}

/** What a plain map makes of a run: no segments, no merge, everything in memory. */
export class PlainRun {
  readonly verdicts: string[];
  /** Entries by key, as far as rows are settled; `undefined` where a removal left nothing. */
  readonly #written = new Map<string, { entry: PlainEntry | undefined; partly: boolean }>();
  readonly #old: ReadonlyMap<string, PlainEntry>;
  readonly #rows: readonly PlainRow[];
  readonly #mode: ChangesMode;

  constructor(old: ReadonlyMap<string, PlainEntry>, rows: readonly PlainRow[], mode: ChangesMode) {
    this.#old = old;
    this.#rows = rows;
    this.#mode = mode;
    this.verdicts = rows.map((_, row) => this.#verdict(row));
  }

  /** A row is settled. */
  settle(row: number, outcome: 'accepted' | 'partly' | 'rejected'): void {
    const { key, message } = this.#rows[row]!;
    const verdict = this.verdicts[row]!;
    if (key === undefined) return;
    const accepted = this.#old.get(key)?.accepted ?? false;
    if (verdict === 'skipped') this.#write(key, { message, accepted, rejected: false });
    if (verdict !== 'added' && verdict !== 'changed') return;
    if (outcome === 'accepted') this.#write(key, { message, accepted: true, rejected: false });
    if (outcome === 'partly') this.#write(key, { message, accepted: true, rejected: true }, true);
    if (outcome === 'rejected') this.#write(key, { message, accepted, rejected: true });
  }

  /** Keys whose removal has to be sent. */
  removals(): string[] {
    if (this.#mode !== 'mirror') return [];
    const there = new Map(this.#rows.map((row) => [row.key, row]));
    return [...this.#old]
      .filter(([key, { accepted }]) => accepted && (!there.has(key) || this.#isLeftOut(key)))
      .map(([key]) => key)
      .sort();
  }

  /** The removal of a key was accepted. */
  removed(key: string): void {
    const left = this.#isLeftOut(key) ? { message: '', accepted: false, rejected: false } : undefined;
    this.#written.set(key, { entry: left, partly: false });
  }

  completed(keep: KeepKeys): Map<string, PlainEntry> {
    const after = new Map(this.#old);
    for (const [key, { entry }] of this.#written) {
      if (entry === undefined) after.delete(key);
      else after.set(key, entry);
    }
    if (keep === 'all') return after;
    const seen = new Set(this.#rows.map(({ key }) => key));
    return new Map([...after].filter(([key]) => seen.has(key)));
  }

  abandoned(): Map<string, PlainEntry> {
    const after = new Map(this.#old);
    for (const [key, { entry, partly }] of this.#written) {
      if (entry === undefined) after.delete(key);
      else if (partly) after.set(key, { message: undefined, accepted: true, rejected: false });
      else if (!entry.rejected) after.set(key, entry);
    }
    return after;
  }

  #write(key: string, entry: PlainEntry, partly = false): void {
    this.#written.set(key, { entry, partly });
  }

  #isLeftOut(key: string): boolean {
    const messages = this.#rows.filter((row) => row.key === key).map(({ message }) => message);
    return messages.length > 0 && messages.every((message) => message === '');
  }

  #verdict(row: number): string {
    const { key, message } = this.#rows[row]!;
    if (key === undefined) return 'KEY_NULL';
    const same = this.#rows.map((other, index) => ({ ...other, index })).filter((other) => other.key === key);
    if (same.some((other) => other.message !== message)) return 'DUPLICATE_KEY';
    if (same[0]!.index < row) return 'duplicate';
    if (message === '') return 'skipped';
    const old = this.#old.get(key);
    if (old?.message === message) return 'unchanged';
    if (old?.accepted !== true) return 'added';
    return this.#mode === 'append' ? 'unchanged' : 'changed';
  }
}

import { isDeepStrictEqual } from 'node:util';
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
  /** Keys that may have been sent something of which it is not stored what became of it. */
  readonly #announced = new Set<string>();
  /** Keys that may be among them: they were judged while the others were written. */
  readonly #perhaps = new Set<string>();
  readonly #old: ReadonlyMap<string, PlainEntry>;
  readonly #rows: readonly PlainRow[];
  readonly #mode: ChangesMode;

  constructor(old: ReadonlyMap<string, PlainEntry>, rows: readonly PlainRow[], mode: ChangesMode) {
    this.#old = old;
    this.#rows = rows;
    this.#mode = mode;
    this.verdicts = rows.map((_, row) => this.#verdict(row));
  }

  /** It is stored that these keys are about to be sent something, and perhaps that others are. */
  announce(keys: readonly string[], perhaps: readonly string[] = []): void {
    for (const key of keys) this.#announced.add(key);
    for (const key of perhaps) this.#perhaps.add(key);
  }

  /** A row is settled. */
  settle(row: number, outcome: 'accepted' | 'partly' | 'rejected'): void {
    const { key, message } = this.#rows[row]!;
    const verdict = this.verdicts[row]!;
    if (key === undefined) return;
    this.#announced.delete(key);
    this.#perhaps.delete(key);
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

  /** What became of the removal of a key. */
  removed(key: string, isAccepted: boolean): void {
    this.#announced.delete(key);
    this.#perhaps.delete(key);
    if (!isAccepted) return;
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

  /** @param found - what the snapshot says, where this cannot know it */
  abandoned(found: ReadonlyMap<string, PlainEntry>): Map<string, PlainEntry> {
    const after = new Map(this.#old);
    for (const [key, { entry, partly }] of this.#written) {
      if (entry === undefined) after.delete(key);
      else if (partly) after.set(key, { message: undefined, accepted: true, rejected: false });
      else if (!entry.rejected) after.set(key, entry);
    }
    const unknown = { message: undefined, accepted: true, rejected: false };
    for (const key of this.#announced) after.set(key, unknown);
    for (const key of this.#perhaps) if (isDeepStrictEqual(found.get(key), unknown)) after.set(key, unknown);
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

import { compareKeys, HASH_BYTES, KEY_BYTES, keyOfHex } from '../segment/compare-keys.js';
import { ABSENT, ACCEPTED, GONE, LEFT_OUT, PARTLY, REJECTED } from '../segment/flags.js';
import type { Level } from '../snapshot/manifest.js';
import { LevelCursor, type ReadPlace } from './level-cursor.js';

/** Where a cursor begins and ends, and what it shows. */
export interface CursorOptions {
  /** Only entries behind this key. */
  readonly after?: Uint8Array | undefined;
  /** Whether tombstones are shown too: for a level that is merged without the base below. @default false */
  readonly withGone?: boolean | undefined;
}

interface Source {
  readonly cursor: LevelCursor;
  readonly abandoned: boolean;
}

/** Flags that say nothing to other runs. */
const OF_ITS_RUN = ABSENT | LEFT_OUT | PARTLY;

const EMPTY = new Uint8Array(0);
const UNKNOWN_HASH = new Uint8Array(HASH_BYTES);

/** Where a level begins that does not count from its first key. */
function laterOf(after: Uint8Array | undefined, behind = ''): Uint8Array | undefined {
  if (behind === '') return after;
  const key = keyOfHex(behind);
  return after !== undefined && compareKeys(after, 0, key, 0) > 0 ? after : key;
}

/**
 * Walks a snapshot in the order of its keys: of each key what the newest level says, without those that are gone. The
 * present entry is read in place (`keys` from `keyAt`, and so on): ten million objects would take longer than the merge.
 *
 * Flags that mean something in the level of their run only are never shown. What a run rejected that was given up does
 * not count: what is older shows. Where a part of the row was accepted, or it may have been sent, nobody knows what the
 * destination has: the entry shows as accepted, with a hash of zeros.
 */
export class SnapshotCursor {
  readonly #sources: Source[];
  readonly #withGone: boolean;
  /** Those that stood at the key of the present entry, and have to move. */
  readonly #moving: Source[];
  #current: LevelCursor | undefined;
  #flags = 0;
  #isUnknown = false;

  constructor(place: ReadPlace, levels: readonly Level[], { after, withGone = false }: CursorOptions = {}) {
    this.#withGone = withGone;
    // Newest first: the first of equals wins.
    this.#sources = levels
      .filter(({ segments }) => segments.length > 0)
      .map(({ segments, abandoned, behind }) => ({
        cursor: new LevelCursor(place, segments, laterOf(after, behind)),
        abandoned,
      }))
      .reverse();
    this.#moving = [...this.#sources];
  }

  /** The bytes that the present key stands in. */
  get keys(): Uint8Array {
    return this.#current?.segment?.keys ?? EMPTY;
  }
  /** Where the present key begins. */
  get keyAt(): number {
    return (this.#current?.index ?? 0) * KEY_BYTES;
  }
  /** The bytes that the present hash stands in. */
  get hashes(): Uint8Array {
    return this.#isUnknown ? UNKNOWN_HASH : (this.#current?.segment?.hashes ?? EMPTY);
  }
  /** Where the present hash begins. */
  get hashAt(): number {
    return this.#isUnknown ? 0 : (this.#current?.index ?? 0) * HASH_BYTES;
  }
  /** The flags of the present entry. */
  get flags(): number {
    return this.#flags;
  }
  /** The key text of the present entry, as stored: a view, to be copied by those who keep it. */
  get text(): Uint8Array | undefined {
    return this.#current?.segment?.textOf(this.#current.index);
  }

  /** Moves to the next entry. @returns whether there is one; a promise when a segment has to be waited for */
  next(): boolean | Promise<boolean> {
    for (;;) {
      const waiting = this.#move();
      if (waiting !== undefined) return waiting.then(() => this.next());
      const state = this.#choose();
      if (state !== undefined) return state;
    }
  }

  /** Moves whatever stands at the present key. Gives a promise when one has to wait; it is to be called again then. */
  #move(): Promise<void> | undefined {
    for (let source = this.#moving.at(-1); source !== undefined; source = this.#moving.at(-1)) {
      const moved = source.cursor.next();
      if (typeof moved !== 'boolean') return this.#moved(source, moved);
      // An entry in a segment at hand: a level that is at its end gives a promise.
      this.#moving.pop();
    }
    return undefined;
  }

  async #moved(source: Source, moved: Promise<boolean>): Promise<void> {
    if (!(await moved)) this.#sources.splice(this.#sources.indexOf(source), 1);
    this.#moving.pop();
  }

  /** Takes the lowest key. @returns `false` at the end, `undefined` when what stands there is not to be shown */
  #choose(): boolean | undefined {
    let lowest: LevelCursor | undefined;
    let chosen: Source | undefined;
    for (const source of this.#sources) {
      const { segment, index } = source.cursor;
      if (segment === undefined) continue;
      const order =
        lowest?.segment === undefined
          ? -1
          : compareKeys(segment.keys, index * KEY_BYTES, lowest.segment.keys, lowest.index * KEY_BYTES);
      if (order < 0) {
        lowest = source.cursor;
        chosen = undefined;
        this.#moving.length = 0;
      }
      if (order <= 0) {
        this.#moving.push(source);
        const isVoid = source.abandoned && ((segment.flags[index] as number) & (REJECTED | PARTLY)) === REJECTED;
        if (!isVoid) chosen ??= source;
      }
    }
    if (lowest === undefined) {
      this.#current = undefined;
      return false;
    }
    if (chosen?.cursor.segment === undefined) return undefined;
    const flags = chosen.cursor.segment.flags[chosen.cursor.index] as number;
    if ((flags & GONE) !== 0 && !this.#withGone) return undefined;
    this.#current = chosen.cursor;
    this.#isUnknown = chosen.abandoned && (flags & PARTLY) !== 0;
    this.#flags = this.#isUnknown ? ACCEPTED : flags & ~OF_ITS_RUN;
    return true;
  }
}

import type { Bytes } from '../../http/bytes.js';

const PAGE_BYTES = 1_048_576;
const COMMA = 44;

/** Where a text stands. */
export interface JsonPlace {
  readonly page: Buffer<ArrayBuffer>;
  readonly start: number;
  readonly end: number;
}

/**
 * Keeps JSON texts as UTF-8 one after the other, with commas between, so that texts that were kept together are the
 * inside of an array already. Bytes are counted by the way, and the garbage collector has nothing to move.
 */
export class JsonStore {
  #page: Buffer<ArrayBuffer> = Buffer.allocUnsafeSlow(PAGE_BYTES);
  #at = 0;

  /** Keeps a text. */
  add(text: string): JsonPlace {
    // A UTF-16 unit takes at most three bytes.
    const most = text.length * 3 + 1;
    if (most > this.#page.length - this.#at) {
      this.#page = Buffer.allocUnsafeSlow(Math.max(PAGE_BYTES, most));
      this.#at = 0;
    }
    const page = this.#page;
    const start = this.#at;
    const end = start + page.write(text, start);
    page[end] = COMMA;
    this.#at = end + 1;
    return { page, start, end };
  }

  /** Forgets the last text. */
  takeBack(place: JsonPlace): void {
    this.#at = place.start;
  }
}

/** One text. */
export function textAt({ page, start, end }: JsonPlace): string {
  return page.toString('utf8', start, end);
}

/** Texts with commas between. Those that stand together already are not copied. */
export function joinJson(places: Iterable<JsonPlace>): Bytes {
  const runs: Buffer<ArrayBuffer>[] = [];
  let run: JsonPlace | undefined;
  for (const place of places) {
    if (run?.page === place.page && run.end + 1 === place.start) {
      run = { page: run.page, start: run.start, end: place.end };
      continue;
    }
    // With the comma behind it.
    if (run !== undefined) runs.push(run.page.subarray(run.start, run.end + 1));
    run = place;
  }
  if (run === undefined) return new Uint8Array(0);
  const last = run.page.subarray(run.start, run.end);
  return runs.length === 0 ? last : Buffer.concat([...runs, last]);
}

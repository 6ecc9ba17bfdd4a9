import { createHmac, randomBytes, timingSafeEqual } from 'node:crypto';
import type { ServerClock } from './server-clock.js';
import type { RowOrder } from './statement.js';
import type { RowRange } from './cut-chunks.js';

/** What a valid link leads to. */
export interface ChunkTarget extends RowRange {
  readonly queryId: string;
  /** The order of the rows when the link was issued: a stored chunk never changes. */
  readonly order: RowOrder;
}

/**
 * Signed links to the chunks of results, like the pre-signed URLs of cloud storage: nobody can guess one, they expire,
 * and whoever holds one needs no session. Nothing is stored, so that results can be re-opened at will.
 */
export class ChunkLinks {
  readonly #secret = randomBytes(32);
  readonly #clock: ServerClock;
  readonly #lifeMs: number;
  #serial = 0;
  #expiredBelow = 0;

  constructor(clock: ServerClock, lifeSeconds: number) {
    this.#clock = clock;
    this.#lifeMs = lifeSeconds * 1000;
  }

  /** Path and query of a fresh link. */
  issue({ queryId, order, from, to }: ChunkTarget): string {
    this.#serial += 1;
    const expires = Math.floor(this.#clock.now() + this.#lifeMs);
    const text = `${queryId}/${order}/${from}-${to}?serial=${this.#serial}&expires=${expires}`;
    return `/chunks/${text}&signature=${this.#sign(text).toString('hex')}`;
  }

  /** Where a link leads, or `expired`, or nothing for a link that was never issued. */
  resolve(link: string): ChunkTarget | 'expired' | undefined {
    const match =
      /^\/chunks\/(([0-9a-f-]{36})\/([a-z]+)\/(\d+)-(\d+)\?serial=(\d+)&expires=(\d+))&signature=([0-9a-f]{64})$/.exec(
        link,
      );
    if (match === null) return undefined;
    const [, text = '', queryId = '', order, from, to, serial, expires, signature = ''] = match;
    if (!timingSafeEqual(this.#sign(text), Buffer.from(signature, 'hex'))) return undefined;
    if (Number(serial) <= this.#expiredBelow || Number(expires) <= this.#clock.now()) return 'expired';
    return { queryId, order: order as RowOrder, from: Number(from), to: Number(to) };
  }

  /** Ends the life of all links issued so far. */
  expireAll(): void {
    this.#expiredBelow = this.#serial;
  }

  /** The encryption key of a result, as its chunk headers carry it. */
  key(queryId: string): string {
    return this.#sign(`key ${queryId}`).toString('base64');
  }

  #sign(text: string): Buffer {
    return createHmac('sha256', this.#secret).update(text).digest();
  }
}

import { promisify } from 'node:util';
import { constants, gzip } from 'node:zlib';

const gzipAsync = promisify(gzip);
const LIMIT_BYTES = 32 * 1024 * 1024;

/** Compressed chunks: the latest ones are kept, because clients ask again after a failure. */
export class ChunkCache {
  readonly #chunks = new Map<string, Promise<Buffer>>();
  readonly #sizes = new Map<string, number>();
  #bytes = 0;

  /** The gzip of a text, made by `read` where it isn't there yet. */
  get(key: string, read: () => Promise<string>): Promise<Buffer> {
    const cached = this.#chunks.get(key);
    if (cached !== undefined) return cached;
    const chunk = read().then((text) => compress(text));
    this.#chunks.set(key, chunk);
    chunk.then(
      ({ length }) => {
        this.#keep(key, length);
      },
      () => this.#chunks.delete(key),
    );
    return chunk;
  }

  /** Forgets everything. */
  clear(): void {
    this.#chunks.clear();
    this.#sizes.clear();
    this.#bytes = 0;
  }

  #keep(key: string, length: number): void {
    if (!this.#chunks.has(key)) return;
    this.#sizes.set(key, length);
    this.#bytes += length;
    for (const [oldest, size] of this.#sizes) {
      if (this.#bytes <= LIMIT_BYTES) break;
      this.#sizes.delete(oldest);
      this.#chunks.delete(oldest);
      this.#bytes -= size;
    }
  }
}

/** Gzip on the thread pool; fast rather than small, since it only travels over loopback. */
export function compress(text: string): Promise<Buffer> {
  return gzipAsync(text, { level: constants.Z_BEST_SPEED });
}

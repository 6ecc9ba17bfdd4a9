import { performance } from 'node:perf_hooks';
import type { ApiRows } from './sql-api-response.js';

/** A part of a stored result. */
export interface Partition {
  readonly index: number;
  readonly firstRow: number;
  readonly rowCount: number;
  /** Uncompressed. */
  readonly bytes: number;
}

interface Fetch {
  readonly partition: Partition;
  readonly rows: Promise<ApiRows>;
}

/** Partitions fetched at once: as few as keep this thread busy, because each of them takes memory. */
const FEWEST = 2;
const MOST = 6;
const FEWER = 1 / 16;
/** Milliseconds without anything to do, while a partition is waited for, that call for more of them at once. */
const IDLE_MS = 25;

/** Fetches partitions ahead of their reader and hands them out in order. */
export class PartitionQueue {
  readonly #partitions: readonly Partition[];
  readonly #prefetchBytes: number;
  readonly #fetch: (partition: Partition) => Promise<ApiRows>;
  readonly #ahead: Fetch[] = [];
  #next = 0;
  #atOnce = FEWEST;

  /** @param prefetchBytes - most bytes on the way; one partition is fetched however large it is */
  constructor(
    partitions: readonly Partition[],
    prefetchBytes: number,
    fetch: (partition: Partition) => Promise<ApiRows>,
  ) {
    this.#partitions = partitions;
    this.#prefetchBytes = prefetchBytes;
    this.#fetch = fetch;
  }

  /** The next partition with its rows; `undefined` at the end. */
  async take(): Promise<{ readonly partition: Partition; readonly rows: ApiRows } | undefined> {
    this.#fill();
    const [head] = this.#ahead;
    if (head === undefined) return undefined;
    // By the idle time and not by the wait: a busy thread makes every answer late, and more of them help nothing.
    const before = performance.eventLoopUtilization();
    const rows = await head.rows;
    const { idle } = performance.eventLoopUtilization(before);
    this.#atOnce = idle > IDLE_MS ? Math.min(MOST, this.#atOnce + 1) : Math.max(FEWEST, this.#atOnce - FEWER);
    // Taken off only now: the budget counts what is being waited for.
    this.#ahead.shift();
    this.#fill();
    return { partition: head.partition, rows };
  }

  #fill(): void {
    let bytes = this.#ahead.reduce((sum, { partition }) => sum + partition.bytes, 0);
    while (this.#ahead.length < Math.floor(this.#atOnce)) {
      const partition = this.#partitions[this.#next];
      if (partition === undefined) return;
      bytes += partition.bytes;
      if (this.#ahead.length > 0 && bytes > this.#prefetchBytes) return;
      this.#next += 1;
      this.#start(partition);
    }
  }

  #start(partition: Partition): void {
    const rows = this.#fetch(partition);
    // A failure is for the reader, who comes later or never.
    rows.catch(() => undefined);
    this.#ahead.push({ partition, rows });
  }
}

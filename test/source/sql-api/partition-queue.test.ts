import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { PartitionQueue } from '../../../src/source/sql-api/partition-queue.js';

const PARTITIONS = Array.from({ length: 40 }, (_, index) => ({ index, firstRow: index, rowCount: 1, bytes: 100 }));

/** Reads everything from a server that takes `answerMs`; tells what came, and how many were on the way at most. */
async function readAll(answerMs: number, { prefetchBytes = Infinity, work = () => Promise.resolve() } = {}) {
  const onTheWay: number[] = [];
  let running = 0;
  const queue = new PartitionQueue(PARTITIONS, prefetchBytes, async ({ index }) => {
    running += 1;
    onTheWay.push(running);
    await sleep(answerMs);
    running -= 1;
    return [[String(index)]];
  });
  const got: string[] = [];
  for (let taken = await queue.take(); taken !== undefined; taken = await queue.take()) {
    expect(taken.rows).toEqual([[String(taken.partition.index)]]);
    got.push(...taken.rows.map(([value]) => value ?? ''));
    await work();
  }
  return { got, most: Math.max(...onTheWay) };
}

describe('PartitionQueue', () => {
  const everything = PARTITIONS.map(({ index }) => String(index));

  it('hands everything out in order, and fetches more at once while it is waited for', async () => {
    expect(await readAll(60)).toEqual({ got: everything, most: 6 });
  });

  it('fetches few at once for a reader that is slower than the server', async () => {
    const { got, most } = await readAll(1, { work: () => sleep(5) });
    expect(got).toEqual(everything);
    // Two, unless the machine itself stands still for a moment.
    expect(most).toBeLessThan(6);
  });

  it('fetches few at once while the thread is busy, however late that makes the answers', async () => {
    const busy = async (): Promise<void> => {
      const end = performance.now() + 40;
      while (performance.now() < end);
    };
    const { got, most } = await readAll(1, { work: busy });
    expect(got).toEqual(everything);
    expect(most).toBeLessThan(6);
  });

  it('fetches no more bytes at once than it may, and one partition however large', async () => {
    expect(await readAll(30, { prefetchBytes: 399 })).toEqual({ got: everything, most: 3 });
    expect(await readAll(1, { prefetchBytes: 99 })).toEqual({ got: everything, most: 1 });
  });

  it('gives a failure to the reader when it comes to that partition', async () => {
    const queue = new PartitionQueue(PARTITIONS, Infinity, ({ index }) =>
      index === 1 ? Promise.reject(new Error('gone')) : Promise.resolve([['0']]),
    );
    expect(await queue.take()).toMatchObject({ partition: { index: 0 } });
    await sleep(5);
    await expect(queue.take()).rejects.toThrow('gone');
  });
});

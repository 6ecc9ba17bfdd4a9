import { MemoryStateStore, Sync, type RowMapper, type TrackMessage } from 'snowmelt';
import { expect, it } from 'vitest';
import { ArraySource, ListSink, testMapper, testRows } from '../sync/plug-ins.js';

/** A mapper that keeps the thread busy for so long per row, and leaves out what it is told to. */
function slowMapper(ms: number, keeps: (row: number) => boolean): RowMapper<TrackMessage> {
  const inner = testMapper();
  return {
    ...inner,
    bind: (columns) => {
      const bound = inner.bind(columns);
      return (values, info) => {
        const end = performance.now() + ms;
        while (performance.now() < end);
        return keeps(info.row) ? bound(values, info) : undefined;
      };
    },
  };
}

it('a slow mapper that leaves out every row neither loses the lease nor what it has done', async () => {
  const source = new ArraySource(testRows(2_500));
  source.batchSize = 2_500;
  const state = new MemoryStateStore();
  const settled: number[] = [];
  // The whole batch takes longer than the lease: it has to be renewed in the middle of it.
  const sync = new Sync({
    name: 'people',
    source,
    mapper: slowMapper(1, () => false),
    sink: new ListSink(),
    state,
    lease: { ttlSeconds: 2 },
    checkpoint: { everyRows: 200 },
  });
  sync.on('checkpoint', ({ row }) => settled.push(row));
  const report = await sync.run();
  expect(report).toMatchObject({ status: 'completed', rowsSkipped: 2_500 });
  expect(settled.some((row) => row > 0 && row < 2_500)).toBe(true);
});

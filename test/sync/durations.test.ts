import { deliver, Sync } from 'snowmelt';
import { expect, it } from 'vitest';
import { ArraySource, ListSink, testMapper, testRows } from './plug-ins.js';
import { setUp } from './set-up.js';

/** Every number below a name that ends with `Ms`, by its path. */
function millisecondsOf(value: unknown, path = ''): readonly (readonly [path: string, ms: unknown])[] {
  if (typeof value !== 'object' || value === null) return [];
  return Object.entries(value).flatMap(([name, found]: readonly [string, unknown]) =>
    name.endsWith('Ms') ? [[`${path}.${name}`, found] as const] : millisecondsOf(found, `${path}.${name}`),
  );
}

const fractions = (report: unknown): unknown => millisecondsOf(report).filter(([, ms]) => !Number.isInteger(ms));

it('reports tell whole milliseconds: of a run, of its timeline, of a range and of a delivery alone', async () => {
  const { options } = setUp();
  const whole = await new Sync(options).run();
  expect(millisecondsOf(whole).length).toBeGreaterThan(7);
  expect(whole.durations.totalMs).toBeGreaterThanOrEqual(whole.durations.deliveryMs);
  expect(fractions(whole)).toEqual([]);

  const ranged = new Sync(setUp().options);
  const handle = await ranged.begin();
  const part = await ranged.deliverRange(handle, { from: 0, to: 100 });
  expect(fractions(part)).toEqual([]);

  const result = await new ArraySource(testRows(250)).execute({ sql: 'SELECT 1', binds: [] });
  const alone = await deliver({ rows: result, mapper: testMapper(), sink: new ListSink() });
  expect(millisecondsOf(alone).map(([path]) => path)).toEqual(expect.arrayContaining(['.durationMs', '.sourceWaitMs']));
  expect(fractions(alone)).toEqual([]);
});

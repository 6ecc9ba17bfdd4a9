import { once } from 'node:events';
import { SnowflakeSource, SqlApiSource } from 'snowmelt';
import { startSnowflake, type EmbeddedSnowflake } from 'snowmelt/testing';
import { afterAll, beforeAll, expect, it } from 'vitest';

let snowflake: EmbeddedSnowflake;
beforeAll(async () => {
  snowflake = await startSnowflake();
});
afterAll(() => snowflake.close());

it.each([
  ['SqlApiSource', () => new SqlApiSource(snowflake.connection())],
  ['SnowflakeSource', () => new SnowflakeSource(snowflake.connection())],
])('%s runs many statements at once without a warning of the process', async (_name, make) => {
  const warnings: Error[] = [];
  const note = (warning: Error): void => void warnings.push(warning);
  process.on('warning', note);
  const source = make();
  try {
    const values = await Promise.all(
      Array.from({ length: 30 }, async (_, number) => {
        const signal = number % 2 === 0 ? undefined : new AbortController().signal;
        const result = await source.execute({ sql: 'SELECT ?::NUMBER', binds: [number] }, { signal });
        const found: unknown[] = [];
        for await (const { rows } of result.read({ signal })) found.push(...rows.map(([value]) => Number(value)));
        return found;
      }),
    );
    expect(values).toEqual(Array.from({ length: 30 }, (_, number) => [number]));
    // Warnings come at the next tick: after one of our own, all are there.
    const own = once(process, 'warning');
    process.emitWarning('the last one');
    await own;
  } finally {
    process.off('warning', note);
    await source.close();
  }
  expect(warnings.map(({ message }) => message)).toEqual(['the last one']);
});

import { afterEach } from 'vitest';
import {
  MemoryStateStore,
  QueryTemplate,
  SnowflakeSource,
  SqlApiSource,
  Sync,
  type RowMapper,
  type Source,
  type SyncOptions,
} from 'snowmelt';
import { CallbackSink } from 'snowmelt/sinks';
import type { EmbeddedSnowflake } from 'snowmelt/testing';

const opened: Source[] = [];

afterEach(async () => {
  for (const source of opened.splice(0)) await source.close();
});

/** Both sources, by name; each is closed after its test. */
export const sources: Readonly<Record<string, (snowflake: EmbeddedSnowflake) => Source>> = {
  SnowflakeSource: (snowflake) => closing(new SnowflakeSource(snowflake.connection({ database: 'SHOP' }))),
  SqlApiSource: (snowflake) => closing(new SqlApiSource(snowflake.connection({ database: 'SHOP' }))),
};

function closing(source: Source): Source {
  opened.push(source);
  return source;
}

/** A sync of a query. */
export function syncOf(
  name: string,
  source: Source,
  query: string | QueryTemplate | undefined,
  mapper: RowMapper<unknown>,
  rest: Partial<SyncOptions<unknown>> = {},
): Sync<unknown> {
  return new Sync<unknown>({
    name,
    source,
    query: typeof query === 'string' ? new QueryTemplate(query) : query,
    mapper,
    sink: new CallbackSink<unknown>(async () => undefined),
    state: new MemoryStateStore(),
    ...rest,
  });
}

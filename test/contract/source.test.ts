import { afterAll, beforeAll, describe, it } from 'vitest';
import { SnowflakeSource, SqlApiSource, type SnowflakeSourceOptions, type Source } from 'snowmelt';
import { startSnowflake, testSource, type EmbeddedSnowflake } from 'snowmelt/testing';

let snowflake: EmbeddedSnowflake;
beforeAll(async () => {
  snowflake = await startSnowflake({ resultChunkRows: 700, resultInlineRows: 300 });
});
afterAll(() => snowflake.close());

const endless =
  'SELECT COUNT(*) FROM TABLE(GENERATOR(ROWCOUNT => 1000000)) A CROSS JOIN TABLE(GENERATOR(ROWCOUNT => 1000000)) B WHERE RANDOM() = 1';

const sources: Record<string, (connection: SnowflakeSourceOptions) => Source> = {
  SnowflakeSource: (connection) => new SnowflakeSource(connection),
  'SnowflakeSource with rows decoded by the driver': (connection) =>
    new SnowflakeSource({ ...connection, rowAccess: 'driver' }),
  SqlApiSource: (connection) => new SqlApiSource(connection),
};

for (const [name, make] of Object.entries(sources)) {
  testSource({
    describe,
    it,
    name,
    create: () => {
      const connection = snowflake.connection();
      return {
        source: make(connection),
        capabilities: {
          another: () => make(connection),
          expire: (queryId) => snowflake.faults.expireResults(queryId),
          reorder: (queryId) => snowflake.faults.reorderResult(queryId),
          slow: {
            statement: { sql: endless, binds: [] },
            running: () => snowflake.stats().runningStatements,
          },
          secret: connection.privateKey,
        },
      };
    },
  });
}

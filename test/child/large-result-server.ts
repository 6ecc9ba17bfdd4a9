// An embedded Snowflake with one large table, in a process of its own so that its memory can be told from its clients'.
import { startSnowflake } from '../../src/testing/index.js';

const rows = Number(process.argv[2]);
const server = await startSnowflake();
const started = performance.now();
await server.query(`CREATE TABLE LARGE AS SELECT SEQ4() AS ID, 'person-' || SEQ4() || '@shop.example' AS EMAIL,
  MOD(SEQ4(), 5) > 0 AS ACTIVE, (SEQ4() * 0.01)::NUMBER(12,2) AS SPENT, SEQ4()::FLOAT / 1024 AS SCORE,
  DATEADD('day', MOD(SEQ4(), 24000), '1940-01-01'::DATE) AS BORN,
  DATEADD('second', SEQ4(), '2024-01-01'::TIMESTAMP_NTZ) AS SEEN,
  OBJECT_CONSTRUCT('plan', 'pro', 'n', SEQ4()) AS PREFERENCES, 'row ' || SEQ4() AS NAME,
  DATEADD('millisecond', SEQ4(), '2024-01-01'::TIMESTAMP_LTZ) AS UPDATED
  FROM TABLE(GENERATOR(ROWCOUNT => ${rows}))`);
const seedMs = performance.now() - started;

let peak = 0;
const sample = (): void => {
  peak = Math.max(peak, process.memoryUsage().rss);
};
sample();
const seeded = peak;
setInterval(sample, 20).unref();
process.on('message', (message) => {
  if (message === 'memory') process.send?.({ peak, seeded });
  else void server.close().then(() => process.disconnect());
});
process.send?.({ connection: server.connection(), seedMs });

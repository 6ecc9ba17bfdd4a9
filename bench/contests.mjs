// What is measured. `rows` counts per run; competitors that take minutes get fewer rows, as rates do not depend on it.
// Batch and pending of the SDKs are the best of 100, 250, 500 and 1,000, 5,000, 20,000 (see RESULTS.md).
const driver = { label: 'driver alone', file: 'driver-alone.mjs' };
const cdp = { label: 'driver + cdp-analytics-node', file: 'driver-sdk.mjs', sdk: 'cdp', batch: 250, pending: 5_000 };
const segment = {
  label: 'driver + segment analytics-node',
  file: 'driver-sdk.mjs',
  sdk: 'segment',
  batch: 500,
  pending: 5_000,
};
const sqlApi = { label: 'snowmelt, SqlApiSource', file: 'snowmelt.mjs', source: 'sql-api' };
const snowflake = { label: 'snowmelt, SnowflakeSource', file: 'snowmelt.mjs', source: 'driver' };
const rows = 500_000;
const columns = 10;

/** The contests in which the promised ratios are checked. */
const main = {
  title: '10 columns × 500,000 rows (analytics SDKs: 50,000)',
  runs: 5,
  contestants: [
    { id: 'driver', ...driver, rows, columns },
    {
      id: 'driver-text',
      ...driver,
      label: 'driver alone, temporal columns as text',
      temporalAsText: true,
      rows,
      columns,
    },
    { id: 'cdp', ...cdp, rows: 50_000, columns },
    { id: 'segment', ...segment, rows: 50_000, columns },
    { id: 'sql-api', ...sqlApi, rows, columns },
    { id: 'snowflake', ...snowflake, rows, columns },
    {
      id: 'snowflake-ordered',
      ...snowflake,
      label: 'snowmelt, SnowflakeSource, ORDER BY',
      orderBy: true,
      rows,
      columns,
    },
    { id: 'sql-api-gzip', ...sqlApi, label: 'snowmelt, SqlApiSource, gzip', gzip: true, rows, columns },
    { id: 'sql-api-objects', ...sqlApi, label: 'snowmelt, SqlApiSource, own mapper', ownMapper: true, rows, columns },
  ],
};

const wide = {
  title: '200 columns × 100,000 rows (analytics SDKs: 5,000)',
  runs: 3,
  contestants: [
    { id: 'driver-wide', ...driver, rows: 100_000, columns: 200 },
    { id: 'cdp-wide', ...cdp, rows: 5_000, columns: 200 },
    { id: 'segment-wide', ...segment, rows: 5_000, columns: 200 },
    { id: 'sql-api-wide', ...sqlApi, rows: 100_000, columns: 200 },
    { id: 'snowflake-wide', ...snowflake, rows: 100_000, columns: 200 },
  ],
};

/** Does cost grow with the rows, and nothing else? */
const growth = {
  title: 'Growth: 10 columns, 12,500 to 5 million rows',
  runs: 3,
  contestants: [
    ...[12_500, 100_000, 500_000, 2_000_000].flatMap((count) => [
      { id: `sql-api-${count}`, ...sqlApi, rows: count, columns },
      { id: `snowflake-${count}`, ...snowflake, rows: count, columns },
    ]),
    { id: 'sql-api-5000000', ...sqlApi, rows: 5_000_000, columns, runs: 1 },
    { id: 'driver-2000000', ...driver, rows: 2_000_000, columns, runs: 1 },
  ],
};

const stores = ['memory', 'file', 'postgres', 'redis', 'snowflake'];

/** What storing checkpoints costs; `none` stores only the last one. */
const checkpoints = {
  title: 'Checkpoints: SqlApiSource, 10 columns × 500,000 rows',
  runs: 5,
  contestants: ['none', ...stores].map((store) => ({
    id: `checkpoint-${store}`,
    ...sqlApi,
    label: `snowmelt, SqlApiSource, ${store} store`,
    store,
    rows,
    columns,
  })),
};

export const groups = [main, wide, growth, checkpoints];

const rate = (results, id) => results.get(id).rate;
const ratio = (left, right, factor) => ({
  needs: [left, right],
  text: `rows/s: ${left} ÷ ${right}`,
  bound: `≥ ${factor}`,
  value: (results) => rate(results, left) / rate(results, right),
  kept: (value) => value >= factor,
});
const cells = (narrow, wideOne) => ({
  needs: [narrow, wideOne],
  text: `cells/s at 200 columns ÷ at 10: ${narrow}`,
  bound: '≥ 0.8',
  value: (results) => (rate(results, wideOne) * 200) / (rate(results, narrow) * 10),
  kept: (value) => value >= 0.8,
});
const atMost = (needs, text, most, value) => ({
  needs,
  text,
  bound: `≤ ${most}`,
  value,
  kept: (found) => found <= most,
});

/** The promises; ids are those of the contestants. */
export const promises = [
  ratio('sql-api', 'cdp', 10),
  ratio('sql-api', 'driver', 1.8),
  ratio('snowflake', 'driver', 0.85),
  ratio('snowflake', 'cdp', 5),
  ratio('snowflake-ordered', 'driver', 0.7),
  cells('sql-api', 'sql-api-wide'),
  cells('snowflake', 'snowflake-wide'),
  atMost(
    ['sql-api-2000000'],
    'peak RSS in MB at 2 million rows: sql-api',
    300,
    (all) => all.get('sql-api-2000000').rss,
  ),
  atMost(
    ['sql-api-500000', 'sql-api-2000000'],
    'peak RSS at 2 million rows ÷ at 500,000: sql-api',
    1.1,
    (all) => all.get('sql-api-2000000').rss / all.get('sql-api-500000').rss,
  ),
  atMost(
    ['snowflake', 'driver'],
    'peak RSS: snowflake ÷ driver',
    1,
    (all) => all.get('snowflake').rss / all.get('driver').rss,
  ),
  // By the best runs: what disturbs a run only ever makes it slower. The Snowflake store writes no checkpoint in a run
  // this short: what it costs is the beginning and the end of a run.
  ...stores
    .filter((store) => store !== 'snowflake')
    .map((store) =>
      atMost(
        ['checkpoint-none', `checkpoint-${store}`],
        `cost of checkpoints in %, best runs: ${store} store`,
        3,
        (all) => (all.get('checkpoint-none').high / all.get(`checkpoint-${store}`).high - 1) * 100,
      ),
    ),
];

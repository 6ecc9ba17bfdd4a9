// What is measured. `rows` counts per run; competitors that take minutes get fewer rows, as rates do not depend on it.
// Batch and pending of the SDKs are the best of 100, 250, 500 and 1,000, 5,000, 20,000 (see RESULTS.md).
const driver = { label: 'driver alone', file: 'driver-alone.mjs', delivers: false };
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
    { id: 'sql-api-log', ...sqlApi, label: 'snowmelt, SqlApiSource, delivery log', deliveryLog: true, rows, columns },
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

const far = { rows, columns, delayMs: 100 };

/** Real servers are not on the same machine: waiting for them must not cost what the engine has gained. */
const network = {
  title: '10 columns × 500,000 rows, each answer 100 ms late (analytics SDKs: 50,000)',
  runs: 3,
  contestants: [
    { id: 'driver-far', ...driver, ...far },
    { id: 'cdp-far', ...cdp, ...far, rows: 50_000 },
    { id: 'segment-far', ...segment, ...far, rows: 50_000 },
    { id: 'sql-api-far', ...sqlApi, ...far },
    { id: 'snowflake-far', ...snowflake, ...far },
  ],
};

/** Does cost grow with the rows, and nothing else? */
const growth = {
  title: 'Growth: 10 columns, 10,000 to 5 million rows',
  runs: 3,
  contestants: [
    ...[10_000, 100_000, 500_000, 2_000_000].flatMap((count) => [
      { id: `sql-api-${count}`, ...sqlApi, rows: count, columns },
      { id: `snowflake-${count}`, ...snowflake, rows: count, columns },
    ]),
    { id: 'sql-api-5000000', ...sqlApi, rows: 5_000_000, columns, runs: 1 },
    { id: 'snowflake-5000000', ...snowflake, rows: 5_000_000, columns, runs: 1 },
    { id: 'driver-2000000', ...driver, rows: 2_000_000, columns, runs: 1 },
  ],
};

const stores = ['memory', 'file', 'postgres', 'redis', 'snowflake'];
const checkpointed = { ...sqlApi, rows, columns };

const checkpoints = {
  title: 'Checkpoints: SqlApiSource, 10 columns × 500,000 rows',
  runs: 5,
  contestants: [
    {
      id: 'checkpoint-none',
      ...checkpointed,
      label: 'only the last checkpoint',
      store: 'memory',
      checkpoint: { everySeconds: 3_600, everyRows: 1e9 },
    },
    ...stores.map((store) => ({ id: `checkpoint-${store}`, ...checkpointed, label: `${store} store`, store })),
  ],
};

/** The Snowflake store writes at most once a minute. */
const measurable = stores.filter((store) => store !== 'snowflake');

/** A run has so few checkpoints that the noise of its rate hides their cost: measured alone. */
const oneCheckpoint = {
  title: 'A checkpoint after every row',
  runs: 3,
  contestants: measurable.map((store) => ({
    id: `one-${store}`,
    label: `${store} store`,
    file: 'checkpoint.mjs',
    store,
    rows: 500,
    columns: 3,
    delivers: false,
  })),
};

/** Against a full send of as many rows; the second run finds one row in a hundred changed. */
const changesOf = (source, label, count, runs) => {
  const [id, of] = [count === rows ? `diff-${source}` : `diff-${source}-${count}`, { rows: count, columns, runs }];
  const diff = { file: 'snowmelt-diff.mjs', source, ...of };
  return [
    { id: `${id}-without`, ...(source === 'sql-api' ? sqlApi : snowflake), label: `${label}, without changes`, ...of },
    { id: `${id}-first`, ...diff, label: `${label}, first run`, phase: 'first' },
    { id: `${id}-next`, ...diff, label: `${label}, 1 % changed`, phase: 'next', messages: count / 100 },
  ];
};

const changes = {
  title: 'Changes against a snapshot: 10 columns',
  runs: 3,
  contestants: [
    ...changesOf('sql-api', 'SqlApiSource', rows),
    ...changesOf('driver', 'SnowflakeSource', rows),
    ...changesOf('sql-api', 'SqlApiSource', 5_000_000, 1),
  ],
};

/** What the queue costs, and what a second worker on the same machine brings. */
const shared = {
  title: 'Workers: SqlApiSource, 10 columns × 500,000 rows, state and queue in Redis',
  runs: 3,
  contestants: [
    { id: 'run', label: 'run()', workers: 0 },
    { id: 'queue-1', label: 'the queue, one worker', workers: 1 },
    { id: 'queue-2', label: 'the queue, two workers', workers: 2 },
  ].map((contestant) => ({ ...contestant, file: 'workers.mjs', store: 'redis', rows, columns })),
};

export const groups = [main, network, wide, growth, changes, checkpoints, oneCheckpoint, shared];

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
  ratio('queue-1', 'run', 0.9),
  ratio('sql-api-far', 'cdp-far', 8),
  ratio('sql-api-far', 'driver-far', 1),
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
  ...['diff-sql-api', 'diff-driver', 'diff-sql-api-5000000'].flatMap((id) => [
    ratio(`${id}-next`, `${id}-without`, 0.8),
    ratio(`${id}-first`, `${id}-without`, 0.85),
  ]),
  ...['first', 'next'].map((phase) =>
    atMost(
      [`diff-sql-api-5000000-${phase}`],
      `peak RSS in MB at 5 million rows: diff-sql-api-5000000-${phase}`,
      300,
      (all) => all.get(`diff-sql-api-5000000-${phase}`).rss,
    ),
  ),
  ...['diff-sql-api', 'diff-sql-api-5000000'].map((id) =>
    atMost(
      [`${id}-first`],
      `bytes of the snapshot per key: ${id}`,
      40,
      (all) => all.get(`${id}-first`).snapshotBytes / all.get(`${id}-first`).rows,
    ),
  ),
  ...measurable.map((store) =>
    atMost(
      ['checkpoint-none', `checkpoint-${store}`, `one-${store}`],
      `CPU of a run's checkpoints in % of the run: ${store} store`,
      3,
      (all) => {
        const one = all.get(`one-${store}`);
        const { checkpoints: count } = all.get(`checkpoint-${store}`);
        return (((one.cpu / one.checkpoints) * count) / all.get('checkpoint-none').cpu) * 100;
      },
    ),
  ),
];

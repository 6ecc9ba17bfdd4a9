import { runInNewContext } from 'node:vm';
import { expect, it } from 'vitest';
import {
  deliver,
  fromAsyncIterable,
  generateKeyPair,
  identify,
  MemoryStateStore,
  QueryTemplate,
  replayDeadLetters,
  SnowflakeSource,
  SqlApiSource,
  Sync,
} from 'snowmelt';
import { PostgresStateStore } from 'snowmelt/postgres';
import { RedisStateStore } from 'snowmelt/redis';
import { runSlots, scheduleSync } from 'snowmelt/schedule';
import { CallbackSink, SegmentSink, WebhookSink } from 'snowmelt/sinks';
import { SnowflakeStateStore } from 'snowmelt/snowflake-state';

// As plain JavaScript calls it: nothing here is what the types ask for.
type Loose = (...values: unknown[]) => unknown;
const make =
  (constructor: unknown): Loose =>
  (...values) =>
    new (constructor as new (...values: unknown[]) => unknown)(...values);

const { privateKey } = await generateKeyPair();
const connection = { account: 'org-acct', username: 'SNOWMELT', privateKey };
const mapper = identify();
const sink = new CallbackSink(async () => undefined);
const state = new MemoryStateStore();
const source = fromAsyncIterable(async function* () {}, { columns: ['userId'] });
const sync = new Sync({ name: 'people', source, mapper, sink, state });
const on =
  (method: keyof typeof sync): Loose =>
  (...values) =>
    (sync[method] as Loose).apply(sync, values);

it.each<[string, Loose, unknown[], RegExp]>([
  ['no options', make(Sync), [], /^Sync: the options are missing/],
  ['null for options', make(Sync), [null], /^Sync: the options have to be an object/],
  [
    'an option that is misspelt, below another one',
    make(Sync),
    [{ name: 'people', source, mapper, sink, state, retry: { maxRetries: 3 } }],
    /^Sync "people": unknown option `retry.maxRetries`/,
  ],
  [
    'a Snowflake source and no query',
    make(Sync),
    [{ name: 'people', source: new SqlApiSource(connection), mapper, sink, state }],
    /^Sync "people": `query`.* is missing/,
  ],
  [
    'every fault at once',
    make(Sync),
    [{ name: 'people', source, mapper: {}, sink: {}, state }],
    /`mapper`: expected a RowMapper.*; `sink`: expected a Sink/,
  ],
  ['a text for a time', on('reset'), [{ lastSyncTime: '2024-01-01' }], /^Sync "people"\.reset\(\): `lastSyncTime`/],
  ['a text for options', on('reset'), ['2024-01-01'], /^Sync "people"\.reset\(\): the options have to be an object/],
  ['milliseconds for a time', on('backfill'), [{ from: 1_700_000_000_000 }], /`from`: expected a time in Unix seconds/],
  ['a controller for its signal', on('run'), [{ signal: new AbortController() }], /`signal`: expected an AbortSignal/],
  ['an option of another method', on('preview'), [{ requestMs: 3 }], /preview\(\): unknown option `requestMs`/],
  ['a time that must be above zero', on('plan'), [{ requestMs: 0 }], /plan\(\): `requestMs`/],
  ['no lease', on('begin'), [{ leaseSeconds: 0 }], /begin\(\): `leaseSeconds`/],
  ['an option of no sink', make(SegmentSink), [{ writeKey: 'k', zone: 'eu' }], /^SegmentSink: unknown option `zone`/],
  [
    'an option of no source',
    make(SnowflakeSource),
    [{ ...connection, pwd: 'x' }],
    /SnowflakeSource: unknown option `pwd`/,
  ],
  [
    'SQL for rows',
    fromAsyncIterable as Loose,
    ['SELECT 1', { columns: ['A'] }],
    /^fromAsyncIterable: the function that gives the rows is missing/,
  ],
  [
    'columns that are none',
    fromAsyncIterable as Loose,
    [async function* () {}, { columns: [{ name: 'A' }] }],
    /`columns.0`: expected string/,
  ],
  ['a store without options', make(PostgresStateStore), [], /^PostgresStateStore: the options are missing/],
  ['a client that is none', make(RedisStateStore), [{ client: 'redis://' }], /`client`: expected a client of redis/],
  ['a store without a table', make(SnowflakeStateStore), [{ source }], /^SnowflakeStateStore: `table` is missing/],
  ['a case that is none', identify as Loose, [{ columnCase: 'kebab' }], /`columnCase`: expected 'preserve', 'snake'/],
  [
    'a place that is none',
    scheduleSync as Loose,
    [sync, { every: '15m', timeZone: 'Mars/Base' }],
    /`timeZone`: expected an IANA/,
  ],
  [
    'a duration that is none',
    scheduleSync as Loose,
    [sync, { every: '15m', jitter: 'soon' }],
    /`jitter`: expected a number and s/,
  ],
  ['no sync', scheduleSync as Loose, [undefined, { every: '15m' }], /there is no sync to run/],
  ['no slots', runSlots as Loose, [0], /^runSlots: the number of runs/],
  [
    'a path for its dead letters',
    replayDeadLetters as Loose,
    ['dead.ndjson', { sink }],
    /the dead letters are missing/,
  ],
  ['a sink that is none', deliver as Loose, [{ rows: [], mapper, sink: {} }], /^deliver: .*`sink`: expected a Sink/],
  [
    'a brace too few',
    make(QueryTemplate),
    ['SELECT 1 WHERE t > {last_sync_time}'],
    /"\{last_sync_time\}" is no placeholder/,
  ],
  ['a placeholder of JavaScript', make(QueryTemplate), ['SELECT 1 WHERE t > ${since}'], /"\$\{" is no placeholder/],
])('names %s', async (_what, call, values, message) => {
  const error: unknown = await (async () => call(...values))().catch((reason: unknown) => reason);
  expect(error).toMatchObject({ code: expect.stringMatching(/^CONFIG_INVALID|^QUERY_TEMPLATE/) as string });
  expect(error).toMatchObject({ message: expect.stringMatching(message) as string });
});

it('asks for the environment variable where a text is missing or empty', () => {
  const fault = (username: string | undefined): unknown => {
    try {
      return new SqlApiSource({ ...connection, username: username });
    } catch (error) {
      return error;
    }
  };
  for (const username of [undefined, '']) {
    expect(fault(username)).toMatchObject({
      message: 'SqlApiSource: `username` is missing.',
      hint: 'Is the environment variable set that it comes from? Correct `username`.',
    });
  }
});

it('shows names only: a value may be a key', () => {
  const secret = 'sk_live_5f1e0c';
  const wrong = { ...connection, maxRetries: secret, prefetchBytes: { secret }, role: [secret] };
  const error = (() => {
    try {
      return new SqlApiSource(wrong as never);
    } catch (reason) {
      return reason as Error & { hint: string };
    }
  })() as Error & { hint: string };
  expect(error.message).toMatch(/`maxRetries`: .*`prefetchBytes`: /);
  expect(`${error.message} ${error.hint}`).not.toContain(secret);
});

it('leaves text and comments with braces alone', () => {
  const text = `SELECT '{last_sync_time}' AS a, {'x': 1} AS b -- \${not} ours\n`;
  expect(new QueryTemplate(text).render({ lastSyncTime: 0 }).sql).toContain("'{last_sync_time}'");
});

it('knows the options of an option, and takes an empty text for none where none can be', () => {
  const hint = (options: object): string | undefined => {
    try {
      (make(Sync) as (options: object) => unknown)({ name: 'people', source, mapper, sink, state, ...options });
      return undefined;
    } catch (error) {
      return (error as { hint: string }).hint;
    }
  };
  expect(hint({ lease: { ttl: 5 } })).toBe('Known options of `lease`: `ttlSeconds`, `wait`.');
  expect(hint({ retry: { attempt: 5 } })).toMatch(/^Known options of `retry`: `attempts`/);
  expect(hint({ lookbackSeconds: -1 })).toBe('Correct `lookbackSeconds`.');
  expect(hint({ description: '' })).toBeUndefined();
  expect(() => new SqlApiSource({ ...connection, timeZone: '' })).not.toThrow();
});

it('takes options of any kind of object', () => {
  class Connection {
    readonly #account = 'org-acct';
    readonly username = 'SNOWMELT';
    readonly privateKey = privateKey;
    readonly other = undefined;
    get account(): string {
      return this.#account;
    }
  }
  expect(() => new SqlApiSource(new Connection())).not.toThrow();
  expect(() => new SqlApiSource(Object.create(connection) as typeof connection)).not.toThrow();
  const pool = Object.assign(() => undefined, { query: async () => ({ rows: [] }) });
  expect(() => new PostgresStateStore({ pool: pool })).not.toThrow();
});

it('never repeats a name of a record, where what was meant for a value may stand', () => {
  const headers = { 'Authorization: Bearer sk_live_5f1e0c': '' };
  expect(() => new WebhookSink({ endpoint: 'https://crm.example', headers })).toThrow(
    expect.objectContaining({
      message: 'WebhookSink: a name in `headers`: must be a header name.',
      hint: 'Correct `headers`.',
    }),
  );
});

it('takes a date of another realm', async () => {
  const startAt = runInNewContext('new Date()') as Date;
  const schedule = await scheduleSync(sync, { every: '15m', startAt, enabled: false });
  await schedule.stop();
  await expect(sync.preview({ lastSyncTime: startAt })).resolves.toBeDefined();
});

it('asks for no package where a text is no cron expression', async () => {
  await expect(scheduleSync(sync, { every: '1h30m' })).rejects.toMatchObject({
    code: 'CONFIG_INVALID',
    message: 'scheduleSync: `every` is neither a duration nor a cron expression.',
  });
});

import { describe, expect, it } from 'vitest';
import {
  defineMapper,
  deliver,
  fromAsyncIterable,
  identify,
  MappingError,
  MemoryStateStore,
  QueryTemplate,
  Sync,
  toReadable,
  track,
  type Column,
  type DeadLetter,
  type IdentifyMessage,
  type ResultSet,
  type RowMapper,
  type Source,
} from 'snowmelt';
import { recordingSink } from 'snowmelt/testing';
import { NdjsonSink, readDeadLetters } from 'snowmelt/sinks';
import { mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const nested = (levels: number): string => `${'{"a":['.repeat(levels / 2)}1${']}'.repeat(levels / 2)}`;
const DEEP = nested(100_000);

const columns: Column[] = [
  { name: 'userId', type: 'text', nullable: true },
  { name: 'timestamp', type: 'timestamp_ntz', nullable: true },
  { name: 'data', type: 'variant', nullable: true },
];
const row = (data: string): readonly string[] => ['u', '1700000000.000000000', data];

/** A stored result with one deep value among good ones. */
function source(): Source {
  const rows = [row('{"a":1}'), row(DEEP), row('{"a":2}')];
  const result: ResultSet = {
    ref: { queryId: 'q', rowCount: 3, columnsHash: 'c' },
    columns,
    rowCount: 3,
    read: async function* ({ from = 0, to = 3 } = {}) {
      yield { firstRow: from, rows: rows.slice(from, to) };
    },
  };
  return {
    execute: async () => result,
    reopen: async () => result,
    now: async () => new Date(1_700_000_000_000),
    close: async () => undefined,
  };
}

const mappers: readonly [string, RowMapper][] = [
  ['a trait', identify()],
  ['a property, hashed', track({ event: 'Paid' })],
  ['the base', identify({ rename: { data: 'traits' } })],
  ['the context', identify({ rename: { data: 'context' } })],
  ['an id', identify({ rename: { userId: 'id', data: 'userId' } })],
  ['a column that is left out, hashed', track({ event: 'Paid', omit: ['data'] })],
  ['of messageId.from', identify({ messageId: { from: ['data'] } })],
  [
    'of a mapper of the host',
    defineMapper((one) => ({ type: 'identify', userId: 'u', traits: { data: one['data'] ?? 1 } })),
  ],
];

describe('JSON of 100,000 levels', () => {
  it.each(mappers)('is a rejected row as %s', (name, mapper) => {
    const bound = mapper.bind(columns);
    const map = (): unknown => bound(row(DEEP), { row: 7, sync: 's' });
    const hidden = name.includes('left out');
    if (hidden) expect(map()).toMatchObject({ messageId: expect.any(String) as string });
    else
      expect(map).toThrow(
        expect.objectContaining({ code: 'MAPPING_ROW', details: expect.objectContaining({ row: 7 }) as object }),
      );
    const text = bound.toJson?.({ sync: 's', messageId: () => 'm' })(row(DEEP), 7);
    if (!hidden) expect(text).toBeUndefined();
    if (name !== 'an id') expect(() => JSON.stringify(bound(row(nested(900)), { row: 7 }))).not.toThrow();
  });

  it('is rejected in a plain object too, as a value and in a text', () => {
    let deep: object = {};
    for (let level = 0; level < 100_000; level += 1) deep = { deep };
    for (const mapper of mappers.slice(0, 4).map(([, one]) => one)) {
      expect(() => mapper.map({ userId: 'u', timestamp: '2024-01-01T00:00:00Z', data: deep })).toThrow(MappingError);
    }
    expect(() => identify().map({ userId: 'u', traits: DEEP })).toThrow(MappingError);
  });

  it('is kept in the dead letter by a delivery, which goes on', async () => {
    const path = join(await mkdtemp(join(tmpdir(), 'snowmelt-')), 'dead.ndjson');
    const sink = recordingSink();
    const rows = await source().execute({ sql: '', binds: [] });
    const report = await deliver({ rows, mapper: identify(), sink, deadLetter: new NdjsonSink({ path }) });
    expect(report).toMatchObject({ status: 'completed', rowsDelivered: 2, rowsRejected: 1 });
    for await (const letter of readDeadLetters(path)) {
      expect(letter).toMatchObject({ row: 1, code: 'MAPPING_ROW', values: ['u', expect.any(String), DEEP] });
    }
  });

  it('is told by a preview and ends a stream of rows with a code', async () => {
    const query = new QueryTemplate('SELECT 1');
    const sync = new Sync({
      name: 'people',
      source: source(),
      query,
      mapper: identify(),
      sink: recordingSink(),
      state: new MemoryStateStore(),
    });
    const preview = await sync.preview({ limit: 3 });
    expect(preview.toString()).toContain('MAPPING_ROW');
    await expect(toReadable(source(), query).toArray()).rejects.toMatchObject({
      code: 'MAPPING_ROW',
      details: { row: 1 },
    });
  });

  it('is rejected row by row of a source that is not Snowflake', async () => {
    let deep: object = {};
    for (let level = 0; level < 100_000; level += 1) deep = { deep };
    const other = fromAsyncIterable(
      async function* () {
        yield { userId: 'a', data: 1 };
        yield { userId: 'b', data: deep };
      },
      { columns: ['userId', 'data'] },
    );
    const sink = recordingSink();
    const kept = recordingSink<DeadLetter<IdentifyMessage>>();
    const rows = await other.execute({ sql: '', binds: [] });
    const report = await deliver({ rows, mapper: identify(), sink, deadLetter: kept });
    expect(report).toMatchObject({ status: 'completed', rowsDelivered: 1, rowsRejected: 1 });
  });
});

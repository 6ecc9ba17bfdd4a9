import { describe, expect, it } from 'vitest';
import { deliver, identify, SnowflakeSource, SqlApiSource, type ResultSet, type Source } from 'snowmelt';
import { recordingSink } from 'snowmelt/testing';
import { closing, counting, startPrepared } from '../source/start-prepared.js';
import { between, credentials, listening } from './between.js';

/** What was delivered of a result, and how the delivery ended. */
async function delivered(
  result: ResultSet,
): Promise<{ readonly rows: number; readonly status: string; readonly code: string | undefined }> {
  const sink = recordingSink();
  const mapper = identify({ rename: { [result.columns[0]?.name ?? '']: 'userId' } });
  const report = await deliver({ rows: result, mapper, sink });
  return { rows: sink.messages.length, status: report.status, code: report.error?.code };
}

describe('the SQL API', () => {
  interface Answer {
    statementHandle?: unknown;
    numRows?: unknown;
    partitionInfo?: unknown;
    data?: unknown;
  }

  /** One partition of two good rows, but for what the answer lies about; further partitions have one row. */
  async function lying(answer: Answer): Promise<Source> {
    const {
      statementHandle = '01b0-0000',
      numRows = 2,
      partitionInfo = [{ rowCount: 2 }],
      data = [
        ['1', 'a'],
        ['2', 'b'],
      ],
    } = answer;
    const rowType = ['N', 'T'].map((name) => ({ name, type: 'text', nullable: true }));
    const accessUrl = await listening((request, response) => {
      let sent = '';
      request.on('data', (chunk: Buffer) => (sent += chunk.toString()));
      request.on('end', () => {
        const further = Number(/partition=(\d+)/.exec(request.url ?? '')?.[1] ?? 0) > 0;
        // It has no parameters set, which the source asks for first.
        const none = { statementHandle: 'none', resultSetMetaData: { numRows: 0, rowType }, data: [] };
        const lie = { statementHandle, resultSetMetaData: { numRows, rowType, partitionInfo }, data };
        const body = further ? { data: [['9', 'z']] } : sent.includes('SHOW PARAMETERS') ? none : lie;
        response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify(body));
      });
    });
    return closing(new SqlApiSource({ ...credentials, accessUrl, maxRetries: 0 }));
  }

  it('is believed when all fits', async () => {
    const source = await lying({ numRows: 3, partitionInfo: [{ rowCount: 2 }, { rowCount: 1 }] });
    expect(await delivered(await counting(source, 2))).toEqual({ rows: 3, status: 'completed', code: undefined });
  });

  it.each<[string, Answer]>([
    ['partitions with more rows than the result', { numRows: 2, partitionInfo: [{ rowCount: 2 }, { rowCount: 1 }] }],
    ['partitions with fewer rows than the result', { numRows: 4, partitionInfo: [{ rowCount: 2 }, { rowCount: 1 }] }],
    ['a negative number of rows', { numRows: 1, partitionInfo: [{ rowCount: 2 }, { rowCount: -1 }] }],
    ['half a row', { numRows: 2.5, partitionInfo: [{ rowCount: 2.5 }] }],
    ['2^31 rows without partitions', { numRows: 2 ** 31, partitionInfo: [] }],
    ['partitions as a number', { partitionInfo: 2 ** 31 }],
    ['partitions beyond counting', { partitionInfo: Array.from({ length: 300_000 }, () => ({ rowCount: 0 })) }],
    ['a handle that leads elsewhere', { statementHandle: '../../session' }],
    ['rows as a number', { data: 2 }],
  ])('with %s ends before a row', async (_what, answer) => {
    await expect(counting(await lying(answer), 2)).rejects.toMatchObject({ code: 'SOURCE_FAILED' });
  });

  it.each<[string, unknown]>([
    ['a text', ['1', 'a']],
    ['too short', [['1', 'a'], ['2']]],
    [
      'too long',
      [
        ['1', 'a'],
        ['2', 'b', 'c'],
      ],
    ],
    ['a number', [['1', 'a'], 2]],
    ['null', [['1', 'a'], null]],
    ['an object', [['1', 'a'], { 0: '2', 1: 'b' }]],
    [
      'of numbers',
      [
        ['1', 'a'],
        [2, 'b'],
      ],
    ],
    [
      'of lists',
      [
        ['1', 'a'],
        ['2', ['b']],
      ],
    ],
    ['missing', [['1', 'a']]],
    [
      'too many',
      [
        ['1', 'a'],
        ['2', 'b'],
        ['3', 'c'],
      ],
    ],
  ])('has nothing delivered of a partition in which a row is %s', async (_what, data) => {
    const result = await counting(await lying({ data }), 2);
    expect(await delivered(result)).toEqual({ rows: 0, status: 'failed', code: 'SOURCE_FAILED' });
  });

  it('quotes no value that is not of its column', async () => {
    const rowType = [
      { name: 'userId', type: 'timestamp_ntz', scale: 9 },
      { name: 'T', type: 'time', scale: 9 },
    ];
    const data = [
      ['1700000000000000000', '12:00:00'],
      ['ada@example.com', 'ada@example.com:1:2'],
    ];
    const accessUrl = await listening((request, response) => {
      request.resume();
      const resultSetMetaData = { numRows: 2, rowType, partitionInfo: [{ rowCount: 2 }] };
      const body = { statementHandle: '01b0', resultSetMetaData, data };
      response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify(body));
    });
    const result = await counting(closing(new SqlApiSource({ ...credentials, accessUrl })), 2);
    for await (const { rows } of result.read()) expect(rows[1]).toEqual(['ada@example.com', 'ada@example.com:1:2']);
  });
});

describe('the server of the driver', () => {
  const ROWS = 5000;

  interface Reply {
    data?: { total?: number; returned?: number; rowset?: unknown[]; chunks?: { rowCount: number }[]; queryId?: string };
  }

  async function lying(
    change: (reply: Reply) => unknown,
    changeChunk = (body: string): string => body,
  ): Promise<Source> {
    const snowflake = await startPrepared();
    const accessUrl = await between(snowflake.connection().accessUrl, {
      changes: (body, request) => {
        const path = request.url ?? '';
        if (path.startsWith('/chunks/')) return changeChunk(body);
        if (!path.includes('query-request') && !path.includes('/result')) return body;
        const reply = JSON.parse(body) as Reply;
        if ((reply.data?.total ?? 0) > 1000) change(reply);
        return JSON.stringify(reply);
      },
    });
    return closing(
      new SnowflakeSource({ ...snowflake.connection(), accessUrl, maxReadFailures: 0, stallTimeoutMs: 5000 }),
    );
  }

  it('is believed when all fits', async () => {
    const result = await counting(await lying(() => undefined), ROWS);
    expect(await delivered(result)).toEqual({ rows: ROWS, status: 'completed', code: undefined });
  });

  it.each<[string, (data: NonNullable<Reply['data']>) => unknown]>([
    ['fewer rows than its chunks', (data) => Object.assign(data, { total: ROWS - 10, returned: ROWS - 10 })],
    ['more rows than its chunks', (data) => Object.assign(data, { total: ROWS + 10, returned: ROWS + 10 })],
    ['2^31 rows', (data) => Object.assign(data, { total: 2 ** 31, returned: 2 ** 31 })],
    ['rows that it keeps to itself', (data) => Object.assign(data, { returned: 1000 })],
    ['a row inline that it does not count', (data) => data.rowset?.push(['0', 'x'])],
    ['a row inline that is a text', (data) => data.rowset?.splice(-1, 1, 'ab')],
    ['a row inline that is too short', (data) => data.rowset?.splice(-1, 1, ['1'])],
    ['a value inline that is a list', (data) => data.rowset?.splice(-1, 1, ['1', ['b']])],
  ])('with %s has nothing delivered', async (_what, change) => {
    const result = await counting(await lying(({ data = {} }) => change(data)), ROWS);
    expect(await delivered(result)).toEqual({ rows: 0, status: 'failed', code: 'SOURCE_FAILED' });
  });

  it.each<[string, (body: string) => string]>([
    ['a row more', (body) => `${body},["1","x"]`],
    ['a text for a row', (body) => body.replace(/\["(\d+)","[^"]*"\]$/, '"ab"')],
    ['a row that is too long', (body) => body.replace(/"\]$/, '","c"]')],
    ['a number for a value', (body) => body.replace(/\["(\d+)",("[^"]*")\]$/, '[$1,$2]')],
  ])('has nothing delivered of a chunk with %s', async (_what, change) => {
    const result = await counting(await lying(() => undefined, change), ROWS);
    // The rows before the chunks came inline.
    expect(await delivered(result)).toEqual({ rows: 300, status: 'failed', code: 'SOURCE_FAILED' });
  });
});

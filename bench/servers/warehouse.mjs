// A raw-protocol Snowflake for the benchmark: prepared gzip chunks behind the driver's protocol and the SQL API. It
// checks no key and parses no SQL; `/* rows=N columns=M */` in the statement names the result, and what asks for keys gets
// the one that `PUT /keyed/<rows>/<version>` has prepared.
import { createServer } from 'node:http';
import { randomUUID } from 'node:crypto';
import { gzipSync } from 'node:zlib';
import { setTimeout as sleep } from 'node:timers/promises';
import { layout, makeDataset } from './dataset.mjs';
import { keyedResult } from './keyed.mjs';

/** Milliseconds that each answer takes on its way; `PUT /delay/<ms>` sets it. */
let delayMs = 0;
const datasets = new Map();
/** The prepared result with keys, and how it was asked for. */
let keyed = { path: '', result: undefined };
const results = new Map();
const parameters = [
  ['TIMEZONE', 'UTC'],
  ['DATE_OUTPUT_FORMAT', 'YYYY-MM-DD'],
  ['TIME_OUTPUT_FORMAT', 'HH24:MI:SS'],
  ['TIMESTAMP_OUTPUT_FORMAT', 'YYYY-MM-DD HH24:MI:SS.FF3 TZHTZM'],
  ['TIMESTAMP_NTZ_OUTPUT_FORMAT', 'YYYY-MM-DD HH24:MI:SS.FF3'],
  ['TIMESTAMP_LTZ_OUTPUT_FORMAT', ''],
  ['TIMESTAMP_TZ_OUTPUT_FORMAT', ''],
  ['BINARY_OUTPUT_FORMAT', 'HEX'],
].map(([name, value]) => ({ name, value }));

function dataset(columns) {
  let found = datasets.get(columns);
  if (found === undefined) datasets.set(columns, (found = makeDataset(columns)));
  return found;
}

// What a query that casts its temporal columns to text would return: the driver then makes no dates.
function temporalAsText(column) {
  return /^(date|time)/.test(column.type) ? { ...column, type: 'text', scale: null, precision: null } : column;
}

function prepare(path) {
  if (keyed.path === path) return;
  const [, , rows, version] = path.split('/');
  keyed = { path: '', result: undefined };
  results.clear();
  keyed = { path, result: keyedResult(dataset(10), Number(rows), version) };
}

function run(sql) {
  const match = /rows=(\d+) columns=(\d+)( temporal=text)?/.exec(sql);
  const id = randomUUID();
  if (sql.includes('__SNOWMELT_KEY')) {
    // Chunks are named by their columns, of which no other result has so many.
    results.set(id, keyed.result);
  } else if (match !== null) {
    const data = dataset(Number(match[2]));
    const types = match[3] === undefined ? data.types : data.types.map(temporalAsText);
    // A query that is only described has no rows.
    const rows = sql.includes('LIMIT 0') ? 0 : Number(match[1]);
    results.set(id, { data: { ...data, types }, ...layout(data, rows) });
  } else {
    const isClock = /CURRENT_TIMESTAMP/i.test(sql);
    const now = isClock ? `${(Date.now() / 1000).toFixed(3)}000000` : 'Statement executed successfully.';
    const type = isClock
      ? { name: 'CURRENT_TIMESTAMP()', type: 'timestamp_ltz', precision: 0, scale: 9, nullable: false }
      : { name: 'status', type: 'text', length: 16777216, nullable: false };
    results.set(id, { data: { types: [type] }, inline: [[now]], parts: [], rows: 1 });
  }
  return id;
}

function driverResult(id, origin) {
  const { data, inline, parts, rows } = results.get(id);
  return {
    success: true,
    code: null,
    message: null,
    data: {
      parameters,
      rowtype: data.types,
      rowset: inline,
      total: rows,
      returned: rows,
      queryId: id,
      sqlState: null,
      databaseProvider: null,
      finalDatabaseName: 'SHOP',
      finalSchemaName: 'PUBLIC',
      finalWarehouseName: 'WH',
      finalRoleName: 'R',
      numberOfBinds: 0,
      arrayBindSupported: false,
      statementTypeId: 4096,
      version: 1,
      queryResultFormat: 'json',
      chunks: parts.map((part) => ({
        url: `${origin}/chunk/${data.types.length}/${part.index}`,
        rowCount: part.rowCount,
        uncompressedSize: part.chunk.uncompressedSize,
        compressedSize: part.chunk.driver.length,
      })),
      chunkHeaders: {},
    },
  };
}

function apiResult(id) {
  const { data, inline, parts, rows } = results.get(id);
  return {
    resultSetMetaData: {
      numRows: rows,
      format: 'jsonv2',
      rowType: data.types,
      partitionInfo: [
        { rowCount: inline.length, uncompressedSize: 1_000_000 },
        ...parts.map((part) => ({
          rowCount: part.rowCount,
          uncompressedSize: part.chunk.uncompressedSize,
          compressedSize: part.chunk.partition.length,
        })),
      ],
    },
    data: inline,
    code: '090001',
    sqlState: '00000',
    statementStatusUrl: `/api/v2/statements/${id}`,
    requestId: randomUUID(),
    message: 'Statement executed successfully.',
    statementHandle: id,
    createdOn: Date.now(),
  };
}

// Chunks come from cloud storage as plain bytes; the driver would try to parse one that calls itself JSON.
function sendGzip(response, body, contentType = 'application/json') {
  response.writeHead(200, {
    'content-type': contentType,
    'content-encoding': 'gzip',
    'content-length': body.length,
  });
  response.end(body);
}

const server = createServer((request, response) => {
  const body = [];
  request.on('data', (part) => body.push(part));
  request.on('end', async () => {
    if (request.method === 'PUT' && request.url.startsWith('/keyed/')) {
      prepare(request.url);
      return response.end();
    }
    if (request.method === 'PUT') {
      delayMs = Number(request.url.slice('/delay/'.length));
      return response.end();
    }
    if (delayMs > 0) await sleep(delayMs);
    const url = new URL(request.url, 'http://localhost');
    const origin = `http://${request.headers.host}`;
    const path = url.pathname;
    const json = (value) => {
      const text = JSON.stringify(value);
      if (text.length > 100_000) return sendGzip(response, gzipSync(text, { level: 1 }));
      response.writeHead(200, { 'content-type': 'application/json' });
      response.end(text);
    };
    const chunk = /^\/chunk\/(\d+)\/(\d+)$/.exec(path);
    if (chunk !== null) {
      const [, columns, index] = chunk.map(Number);
      const isKeyed = columns === keyed.result?.data.types.length;
      const found = isKeyed ? keyed.result.parts[index].chunk : dataset(columns).chunks[index];
      return sendGzip(response, found.driver, 'binary/octet-stream');
    }
    const text = Buffer.concat(body).toString();
    if (path === '/session/v1/login-request') {
      return json({
        success: true,
        code: null,
        message: null,
        data: {
          token: randomUUID(),
          masterToken: randomUUID(),
          validityInSeconds: 3600,
          masterValidityInSeconds: 14400,
          sessionId: 1,
          serverVersion: 'bench',
          displayUserName: 'BENCH',
          parameters,
          sessionInfo: { databaseName: 'SHOP', schemaName: 'PUBLIC', warehouseName: 'WH', roleName: 'R' },
        },
      });
    }
    if (path === '/queries/v1/query-request') return json(driverResult(run(JSON.parse(text).sqlText), origin));
    const again = /^\/queries\/([0-9a-f-]+)\/result$/.exec(path);
    if (again !== null) return json(driverResult(again[1], origin));
    if (path === '/api/v2/statements') return json(apiResult(run(JSON.parse(text).statement)));
    const handle = /^\/api\/v2\/statements\/([0-9a-f-]+)$/.exec(path);
    if (handle !== null) {
      const partition = Number(url.searchParams.get('partition') ?? 0);
      if (partition === 0) return json(apiResult(handle[1]));
      return sendGzip(response, results.get(handle[1]).parts[partition - 1].chunk.partition);
    }
    json({ success: true, code: null, message: null, data: {} });
  });
});
server.keepAliveTimeout = 60_000;
for (const columns of (process.argv[2] ?? '10').split(',')) dataset(Number(columns));
server.listen(0, '127.0.0.1', () => process.send?.({ port: server.address().port }));
process.on('disconnect', () => process.exit(0));

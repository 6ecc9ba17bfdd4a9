// What contracts.test.mjs does under node:test, with the globals of Jest and Mocha and in CommonJS.
const { mkdtempSync } = require('node:fs');
const { readFile, rm } = require('node:fs/promises');
const { tmpdir } = require('node:os');
const { join } = require('node:path');
const { FileStateStore, SqlApiSource, identify } = require('snowmelt');
const { CallbackSink, NdjsonSink } = require('snowmelt/sinks');
const { sinkMessage, testRowMapper, testSink, testSource, testStateStore } = require('snowmelt/testing');

// Jest has to know beforehand; the others find out.
const beforehand = (...names) => (process.env.JEST_WORKER_ID === undefined ? undefined : names);

testSink({
  describe,
  it,
  name: 'CallbackSink',
  message: sinkMessage,
  create: () => {
    const messages = [];
    return { sink: new CallbackSink(async (batch) => void messages.push(...batch)), received: () => messages };
  },
});

testSink({
  describe,
  it,
  name: 'NdjsonSink',
  abilities: beforehand('serialize'),
  message: sinkMessage,
  create: () => {
    const folder = mkdtempSync(join(tmpdir(), 'snowmelt-contract-'));
    const path = join(folder, 'rows.ndjson');
    const received = async () =>
      (await readFile(path, 'utf8').catch(() => ''))
        .split('\n')
        .filter((line) => line !== '')
        .map((line) => JSON.parse(line));
    return { sink: new NdjsonSink({ path }), received, cleanup: () => rm(folder, { recursive: true }) };
  },
});

testStateStore({
  describe,
  it,
  name: 'FileStateStore',
  abilities: beforehand('reopen'),
  create: () => {
    const folder = mkdtempSync(join(tmpdir(), 'snowmelt-contract-'));
    const open = () => new FileStateStore(folder);
    return { store: open(), capabilities: { reopen: open }, cleanup: () => rm(folder, { recursive: true }) };
  },
});

testRowMapper({
  describe,
  it,
  name: 'identify',
  abilities: beforehand('invalid', 'missing', 'explain'),
  create: () => ({
    mapper: identify(),
    rows: [
      { userId: 'u1', plan: 'free' },
      { userId: 'u2', plan: null },
    ],
    capabilities: { invalid: { userId: null, plan: 'free' }, missing: ['plan'] },
  }),
});

// The server runs in the process that started this one.
const connection = JSON.parse(process.env.SNOWMELT_TEST_CONNECTION);
testSource({
  describe,
  it,
  name: 'SqlApiSource',
  abilities: beforehand('another', 'secret', 'describe', 'Symbol.asyncDispose'),
  create: () => ({
    source: new SqlApiSource(connection),
    capabilities: { another: () => new SqlApiSource(connection), secret: connection.privateKey },
  }),
});

import { mkdtempSync } from 'node:fs';
import { readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { FileStateStore, SqlApiSource, identify } from 'snowmelt';
import { CallbackSink, NdjsonSink } from 'snowmelt/sinks';
import { sinkMessage, testRowMapper, testSink, testSource, testStateStore } from 'snowmelt/testing';

const { describe, it } = await import(process.env.VITEST === undefined ? 'node:test' : 'vitest');

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
  create: () => ({
    source: new SqlApiSource(connection),
    capabilities: { another: () => new SqlApiSource(connection), secret: connection.privateKey },
  }),
});

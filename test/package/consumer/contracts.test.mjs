import { mkdtempSync } from 'node:fs';
import { readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { FileStateStore } from 'snowmelt';
import { CallbackSink, NdjsonSink } from 'snowmelt/sinks';
import { sinkMessage, testSink, testStateStore } from 'snowmelt/testing';

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

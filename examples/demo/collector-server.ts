// Stands for Customer.io: speaks its Pipelines API and checks every message against the published rules.
import { randomUUID } from 'node:crypto';
import { join } from 'node:path';
import { startCollector } from 'snowmelt/testing';
import { startControlServer } from './control-server.js';
import { announceServer } from './server-process.js';

const folder = process.argv[2] ?? '.';
const collector = await startCollector({ writeKey: randomUUID(), file: join(folder, 'received.ndjson') });
const control = await startControlServer(
  {
    received: async () => collector.messages,
    counts: async () => collector.stats(),
  },
  async () => collector.close(),
);
announceServer(folder, 'collector-server', {
  control,
  endpoint: collector.endpoint,
  writeKey: collector.writeKey,
});

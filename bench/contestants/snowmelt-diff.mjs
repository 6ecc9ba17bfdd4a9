// A sync that compares with a snapshot: its first run, and in a process of its own the next one.
import { mkdirSync, readdirSync, rmSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { measure, settings, sql } from './measure.mjs';
import {
  FileStateStore,
  QueryTemplate,
  SnowflakeSource,
  SqlApiSource,
  Sync,
  generateKeyPair,
  identify,
} from '../../dist/index.js';
import { CustomerIoSink } from '../../dist/customerio.js';
import { FileSnapshotStore, snapshotDiff } from '../../dist/diff.js';

const { privateKey } = await generateKeyPair();
const Source = settings.source === 'sql-api' ? SqlApiSource : SnowflakeSource;
const folder = join(settings.folder, `${settings.source}-${settings.rows}`);
const snapshots = join(folder, 'snapshots');
if (settings.phase === 'first') rmSync(folder, { recursive: true, force: true });
mkdirSync(folder, { recursive: true });

await measure(
  async () => {
    const source = new Source({
      account: 'bench',
      accessUrl: settings.warehouse,
      username: 'BENCH',
      privateKey,
      warehouse: 'WH',
    });
    const sync = new Sync({
      name: 'bench',
      source,
      query: new QueryTemplate(sql),
      mapper: identify(),
      sink: new CustomerIoSink({ writeKey: 'key', endpoint: settings.collector }),
      state: new FileStateStore(join(folder, 'state')),
      changes: snapshotDiff({ key: ['userId'], snapshots: new FileSnapshotStore(snapshots) }),
    });
    let checkpoints = 0;
    sync.on('checkpoint', () => checkpoints++);
    const report = await sync.run();
    report.throwIfFailed();
    await source.close();
    return { rows: report.rowsRead, checkpoints };
  },
  () => ({ snapshotBytes: bytesIn(snapshots) }),
);

function bytesIn(path) {
  const files = readdirSync(path, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile());
  return files.reduce((sum, file) => sum + statSync(join(file.parentPath, file.name)).size, 0);
}

// One phase of the measurement in a process of its own, so that its memory is its own: `node merge.mjs <phase> <mode> <folder> <rows>`.
import { readFile, writeFile } from 'node:fs/promises';
import { completeSnapshot } from '../../src/diff/level/end-run.js';
import { openSnapshot } from '../../src/diff/snapshot/open-snapshot.js';
import { NO_LEVEL, type SnapshotRef } from '../../src/state/snapshot-refs.js';
import { FileSnapshotStore } from '../../src/diff/stores/file-snapshot-store.js';
import { RowWalk } from '../../src/diff/walk/row-walk.js';
import type { Verdict, WalkRow } from '../../src/diff/walk/verdict.js';

const BATCH = 1000;
const CHECKPOINT = 50_000;
const ID = 'bench';

const [phase = '', mode = '', folder = '', count = ''] = process.argv.slice(2);
const rows = Number(count);

const store = new FileSnapshotStore(folder);

/** Whether the second run has another message for a row: one in a hundred; one in a thousand has gone. */
const isChanged = (row: number): boolean => row % 100 === 7;
const isGone = (row: number): boolean => phase === 'merge' && row % 1000 === 500;

// The walk holds the last row of a batch until it has seen the next.
const buffers = Array.from({ length: 4 }, () => [new Uint8Array(BATCH * 16), new Uint8Array(BATCH * 16)] as const);

function batchFrom(start: number): WalkRow[] {
  const [keys, hashes] = buffers[(start / BATCH) % buffers.length] as [Uint8Array, Uint8Array];
  const view = new DataView(keys.buffer, keys.byteOffset);
  const hashView = new DataView(hashes.buffer, hashes.byteOffset);
  const batch: WalkRow[] = [];
  for (let index = 0; index < BATCH && start + index < rows; index++) {
    const row = start + index;
    // As evenly spread over all keys as hashes are.
    view.setFloat64(index * 16 + 4, Math.sqrt(row));
    view.setUint32(index * 16, Math.floor((row / rows) * 0xffffffff));
    hashView.setFloat64(index * 16, Math.sin(row));
    hashView.setUint8(index * 16 + 15, phase === 'merge' && isChanged(row) ? 1 : 0);
    if (isGone(row)) continue;
    batch.push({
      row,
      key: keys.subarray(index * 16, index * 16 + 16),
      hash: hashes.subarray(index * 16, index * 16 + 16),
      ...(mode === 'mirror' ? { text: () => Buffer.from(`key ${row}`) } : {}),
    });
  }
  return batch;
}

const place = { store, id: ID, token: phase === 'merge' ? 2 : 1 };
const stateFile = `${folder}.json`;
const before: SnapshotRef =
  phase === 'merge' ? (JSON.parse(await readFile(stateFile, 'utf8')) as SnapshotRef) : { id: ID };
const started = performance.now();
const walk = new RowWalk({
  place,
  snapshot: await openSnapshot(place, before),
  level: NO_LEVEL,
  from: 0,
  to: rows,
  mode: mode === 'mirror' ? 'mirror' : 'upsert',
});
const counts: Record<string, number> = {};
let checkpointed = 0;
function take(verdicts: readonly Verdict[]): void {
  for (const verdict of verdicts) {
    counts[verdict.is] = (counts[verdict.is] ?? 0) + 1;
    if (verdict.is === 'added' || verdict.is === 'changed') walk.settled(verdict.row, 'accepted');
  }
}
for (let row = 0; row < rows; row += BATCH) {
  const verdicts = await walk.push(batchFrom(row));
  take(verdicts);
  const settled = (verdicts.at(-1)?.row ?? 0) + 1;
  if (settled - checkpointed >= CHECKPOINT) {
    await walk.checkpoint(settled);
    checkpointed = settled;
  }
}
take(await walk.end());
const level = await walk.finish();
const walked = performance.now();
const after = await completeSnapshot(place, before, { rows: level });
const completed = performance.now();
await writeFile(stateFile, JSON.stringify(after));

const { levels } = await openSnapshot(place, after);
const bytes = levels.flatMap(({ segments }) => segments).reduce((sum, segment) => sum + segment.bytes, 0);
process.stdout.write(
  `${JSON.stringify({
    phase,
    mode,
    rows,
    counts,
    removals: level.removable,
    walkSeconds: (walked - started) / 1000,
    completeSeconds: (completed - walked) / 1000,
    // What others do on the machine counts in the seconds above, not in these.
    cpuSeconds: (process.cpuUsage().user + process.cpuUsage().system) / 1e6,
    peakRssMb: process.resourceUsage().maxRSS / 1024,
    bytesPerKey: bytes / rows,
    stateBytes: JSON.stringify({ after, level }).length,
  })}\n`,
);

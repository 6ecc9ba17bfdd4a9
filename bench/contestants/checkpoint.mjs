// One checkpoint after every row: the next row comes when the one before is stored. All that a row costs is counted, so
// that the cost of a checkpoint is at most this.
import { measure, settings } from './measure.mjs';
import { openStore } from './store.mjs';
import { Sync, fromAsyncIterable, identify } from '../../dist/index.js';
import { CallbackSink } from '../../dist/sinks.js';

const { state, close } = await openStore();
let stored = 0;
let wake = () => undefined;

async function* rows() {
  for (let row = 0; row < settings.rows; row++) {
    while (stored < row) await new Promise((resolve) => (wake = resolve));
    yield { userId: String(row), email: `person${row}@example.com`, plan: 'pro' };
  }
}

const sync = new Sync({
  name: 'bench',
  source: fromAsyncIterable(rows, { columns: ['userId', 'email', 'plan'], batchRows: 1 }),
  mapper: identify(),
  sink: new CallbackSink(async () => undefined),
  state,
  checkpoint: { everyRows: 1 },
});
sync.on('checkpoint', ({ row }) => {
  stored = row;
  wake();
});
await measure(async () => {
  const report = await sync.run();
  report.throwIfFailed();
  return { rows: report.rowsDelivered, checkpoints: stored };
});
await close();

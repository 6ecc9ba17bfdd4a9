// Writes on the disk it is given, and tells how the run and the dead letter ended, with milliseconds.
import { FileStateStore, Sync, fromAsyncIterable, identify, isSnowmeltError } from '../../src/index.js';
import { CallbackSink, NdjsonSink } from '../../src/sinks.js';

const [folder = ''] = process.argv.slice(2);

async function* rows() {
  yield { userId: 'a' };
}

async function timed(call: () => Promise<unknown>): Promise<object> {
  const start = performance.now();
  const error: unknown = await call().then(
    () => undefined,
    (thrown: unknown) => thrown,
  );
  const told = isSnowmeltError(error)
    ? { code: error.code, message: error.message, hint: error.hint }
    : { thrown: String(error) };
  return { ...told, ms: performance.now() - start };
}

const sync = new Sync({
  name: 'people',
  source: fromAsyncIterable(rows, { columns: ['userId'] }),
  mapper: identify(),
  sink: new CallbackSink(async () => undefined),
  state: new FileStateStore(`${folder}/state`),
});
const state = await timed(async () => {
  (await sync.run()).throwIfFailed();
});
const sink = new NdjsonSink({ path: `${folder}/rejected.ndjson` });
const signal = new AbortController().signal;
const letter = await timed(async () => {
  // More than a small disk holds.
  await sink.write(['x'.repeat(200_000)], {
    fence: async () => undefined,
    signal,
    sync: 's',
    runId: 'r',
    attempt: 1,
    firstRow: 0,
  });
});
process.stdout.write(JSON.stringify({ state, letter }));

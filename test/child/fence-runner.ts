// Runs a sync of people through one of several sinks on command; its parent stops it in the middle of a batch.
import { existsSync, writeFileSync } from 'node:fs';
import { fanOut, FileStateStore, identify, QueryTemplate, SnowflakeSource, Sync, withRateLimit } from 'snowmelt';
import type { Message, Sink } from 'snowmelt';
import { CustomerIoSink } from 'snowmelt/customerio';
import { CallbackSink, WebhookSink } from 'snowmelt/sinks';
import type { SnowflakeConnection } from 'snowmelt/testing';

/** Sinks that send more than one request in one write, or wait before they send. */
export type FencedSink = 'single' | 'fan-out' | 'rate-limit' | 'pacer' | 'callback' | 'unasked';

/** What the parent asks for. */
export interface FenceCommand {
  readonly connection: SnowflakeConnection;
  /** For the file state store. */
  readonly folder: string;
  readonly kind: FencedSink;
  /** Of the destination, with a path that tells who sends. */
  readonly url: string;
  readonly ttlSeconds: number;
}

/** What the parent is told. */
export type FenceAnswer =
  | { readonly is: 'ready' }
  | { readonly is: 'ended'; readonly status: string; readonly code: string | undefined; readonly rows: number };

/** Messages of a write that is cut into several requests. */
const BATCH = 20;

/**
 * Keeps the thread: no timer fires and no answer is read until the file is gone. Whoever waits for the file to appear
 * knows that it does.
 */
function keepThread(file: string): void {
  writeFileSync(file, '');
  while (existsSync(file)) Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 5);
}

/** Requests on their way; a write that was given up does not wait for its own. */
const onTheirWay = new Set<Promise<unknown>>();

/** The platform's, but for answers that ask this process to be busy: at once, or when it has begun to wait. */
async function busyFetch(url: string, init: RequestInit): Promise<Response> {
  const asked = fetch(url, init);
  onTheirWay.add(asked);
  const response = await asked.finally(() => onTheirWay.delete(asked));
  const bytes = await response.arrayBuffer();
  const [at, later] = [response.headers.get('x-busy'), response.headers.get('x-busy-later')];
  if (at !== null) keepThread(at);
  if (later !== null) setTimeout(() => keepThread(later), 1);
  return new Response(bytes, response);
}

async function post(url: string, message: Message): Promise<void> {
  await busyFetch(url, { method: 'POST', body: JSON.stringify(message) });
}

function sinkOf(kind: FencedSink, url: string): Sink {
  switch (kind) {
    case 'single':
      return new WebhookSink({ endpoint: url, fetch: busyFetch, format: 'single', maxMessages: BATCH });
    case 'fan-out':
      return fanOut([
        { sink: new WebhookSink({ name: 'a', endpoint: `${url}/a`, fetch: busyFetch, maxMessages: BATCH }) },
        { sink: new WebhookSink({ name: 'b', endpoint: `${url}/b`, fetch: busyFetch, maxMessages: 2 }) },
      ]);
    case 'rate-limit':
      return withRateLimit(new WebhookSink({ endpoint: url, fetch: busyFetch, maxMessages: 3 }), {
        maxRequestsPerSecond: 20,
      });
    case 'pacer':
      return new CustomerIoSink({
        endpoint: url,
        fetch: busyFetch,
        writeKey: 'test-key',
        maxMessages: 3,
        maxRequestsPer3Seconds: 2,
      });
    case 'callback':
      return new CallbackSink(
        async (messages, { fence }) => {
          for (const message of messages) {
            await fence();
            await post(url, message);
          }
        },
        { maxMessages: BATCH },
      );
    case 'unasked':
      return new CallbackSink(
        async (messages) => {
          for (const message of messages) await post(url, message);
        },
        { maxMessages: BATCH },
      );
  }
}

async function run({ connection, folder, kind, url, ttlSeconds }: FenceCommand): Promise<FenceAnswer> {
  const source = new SnowflakeSource({ ...connection });
  const sync = new Sync({
    name: kind,
    source,
    query: new QueryTemplate(
      'SELECT ID AS "userId", EMAIL AS "email" FROM PEOPLE WHERE UPDATED >= {{last_sync_time}} ORDER BY ID',
    ),
    mapper: identify(),
    sink: sinkOf(kind, url),
    state: new FileStateStore(folder),
    concurrency: 1,
    lease: { ttlSeconds, wait: 120 },
  });
  const { status, error, rowsDelivered } = await sync.run();
  await source.close();
  while (onTheirWay.size > 0) await Promise.allSettled(onTheirWay);
  return { is: 'ended', status, code: error?.code, rows: rowsDelivered };
}

const tell = (answer: FenceAnswer): void => void process.send?.(answer);
// Never outlives the test that started it.
process.on('disconnect', () => process.exit());
process.on('message', (command: FenceCommand) => void run(command).then(tell));
tell({ is: 'ready' });

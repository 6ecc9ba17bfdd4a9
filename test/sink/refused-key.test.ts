import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { deliver, fanOut, fromAsyncIterable, identify } from 'snowmelt';
import type { DeadLetter, DeliveryReport, Message, Sink } from 'snowmelt';
import { ActionDestinationSink } from 'snowmelt/action-destinations';
import { CustomerIoSink } from 'snowmelt/customerio';
import { CallbackSink, SegmentSink, WebhookSink } from 'snowmelt/sinks';
import { installDestinations } from '../action-destinations/install-destinations.js';
import { crm } from './action-destinations/crm-destination.js';
import { RecordingServer } from './recording-server.js';

const load = await installDestinations();
let server: RecordingServer;
let taken: string[];
/** Answers 401 or 403 to a request, or takes its messages. */
let refuses: (users: readonly string[], request: number) => number | undefined;
beforeEach(async () => {
  server = await RecordingServer.start();
  taken = [];
  refuses = () => undefined;
  server.answer = ({ body }) => {
    const json = JSON.parse(body) as Message[] | { batch: Message[] } | Message;
    const messages = 'batch' in json ? json.batch : [json].flat();
    const users = messages.map(({ userId = '' }) => userId);
    const status = refuses(users, server.requests.length + 1);
    if (status !== undefined) return { status, body: 'blocked by the firewall' };
    taken.push(...users);
    return { status: 200, body: '{"ok":true}' };
  };
});
afterEach(() => server.close());

const sinks: Record<string, () => Sink> = {
  CustomerIoSink: () => new CustomerIoSink({ writeKey: 'key', endpoint: server.origin, maxMessages: 100 }),
  SegmentSink: () => new SegmentSink({ writeKey: 'key', endpoint: server.origin, maxMessages: 100 }),
  WebhookSink: () => new WebhookSink({ endpoint: server.origin, maxMessages: 100 }),
  'WebhookSink with a request per message': () => new WebhookSink({ endpoint: server.origin, format: 'single' }),
  'a fanOut': () =>
    fanOut([
      new WebhookSink<Message>({ endpoint: server.origin, maxMessages: 50 }),
      new CallbackSink<Message>(async () => undefined),
    ]),
  ActionDestinationSink: () => action(true),
  'ActionDestinationSink one by one': () => action(false),
};
function action(batch: boolean): Sink {
  return new ActionDestinationSink({
    destination: 'webhook',
    action: 'send',
    mapping: { url: `${server.origin}/hook` },
    name: 'action',
    batch,
    load,
  });
}

async function run(sink: Sink, from = 0): Promise<{ report: DeliveryReport; dead: DeadLetter[] }> {
  const source = fromAsyncIterable(
    async function* () {
      for (let id = from; id < from + 300; id += 1) yield { userId: `u${id}` };
    },
    { columns: ['userId'] },
  );
  const dead: DeadLetter[] = [];
  const report = await deliver({
    rows: await source.execute({ sql: '', binds: [] }),
    mapper: identify(),
    sink,
    concurrency: 1,
    maxRejected: 1_000,
    deadLetter: new CallbackSink<DeadLetter>(async (letters) => void dead.push(...letters)),
    retry: { attempts: 3, minDelayMs: 1 },
  });
  return { report, dead };
}

describe.each(Object.entries(sinks))('%s', (_, make) => {
  it.each([401, 403])('rejects the one row that a firewall refuses with %i, and goes on', async (status) => {
    refuses = (users) => (users.includes('u250') ? status : undefined);
    const { report, dead } = await run(make());
    expect(report.error).toBeUndefined();
    expect(report).toMatchObject({ status: 'completed', rowsDelivered: 299, rowsRejected: 1 });
    expect(dead).toMatchObject([{ row: 250, reason: expect.stringContaining(String(status)) as string }]);
    expect(new Set(taken).size).toBe(299);
  });

  it('fails when the key is revoked, with at most four rows in the dead letter, and delivers with a new one', async () => {
    let revoked = false;
    refuses = () => {
      revoked ||= taken.length >= 100;
      return revoked ? 403 : undefined;
    };
    const sink = make();
    const { report, dead } = await run(sink);
    expect(report.error).toMatchObject({ code: 'SINK_UNAUTHORIZED' });
    expect(dead.length).toBeLessThanOrEqual(4);
    // Nor does the next run put more of them there.
    const again = await run(sink);
    expect(again.report.error).toMatchObject({ code: 'SINK_UNAUTHORIZED' });
    expect(again.dead).toEqual([]);
    refuses = () => undefined;
    expect((await run(sink)).report).toMatchObject({ status: 'completed', rowsDelivered: 300 });
  });

  it('fails at once with a key that was never accepted', async () => {
    refuses = () => 401;
    const { report, dead } = await run(make());
    expect(report.error).toMatchObject({ code: 'SINK_UNAUTHORIZED' });
    expect(server.requests).toHaveLength(1);
    expect(dead).toEqual([]);
  });

  it('rejects more than four such rows when others are accepted in between', async () => {
    const bad = new Set(Array.from({ length: 12 }, (__, index) => `u${150 + index * 10}`));
    refuses = (users) => (users.some((user) => bad.has(user)) ? 403 : undefined);
    const { report, dead } = await run(make());
    expect(report).toMatchObject({ status: 'completed', rowsDelivered: 288, rowsRejected: 12 });
    expect(dead).toHaveLength(12);
  });
});

it('rejects a row that an action destination answers 403 for beside rows that it takes', async () => {
  server.answer = ({ body }) => {
    const users = (JSON.parse(body) as Message[]).map(({ userId = '' }) => userId);
    const refused = users.flatMap((user, index) => (user === 'u250' ? [index] : []));
    return { status: 200, headers: { 'content-type': 'application/json' }, body: JSON.stringify(refused) };
  };
  const from = crm(load, server.origin, 403);
  const { report, dead } = await run(new ActionDestinationSink({ destination: 'crm', action: 'put', load: from }));
  expect(report).toMatchObject({ status: 'completed', rowsDelivered: 299, rowsRejected: 1, retries: 0 });
  expect(dead).toMatchObject([{ row: 250, code: 'FORBIDDEN' }]);
});

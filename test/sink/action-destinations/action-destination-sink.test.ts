import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { DeadLetter, JsonObject, Message, WriteContext } from 'snowmelt';
import { ConfigError, deliver, fromAsyncIterable, track, type SinkError } from 'snowmelt';
import { ActionDestinationSink, type ActionDestinationSinkOptions } from 'snowmelt/action-destinations';
import { CallbackSink } from 'snowmelt/sinks';
import { sinkMessage, testSink, type SinkUnderTest } from 'snowmelt/testing';
import { installDestinations } from '../../action-destinations/install-destinations.js';
import { RecordingServer, type Reply } from '../recording-server.js';

const load = await installDestinations();
const secret = 'very-secret-key';
const json = { 'content-type': 'application/json' };

let server: RecordingServer;
beforeEach(async () => {
  server = await RecordingServer.start();
});
afterEach(() => server.close());

const context = (): WriteContext => ({
  fence: async () => undefined,
  signal: new AbortController().signal,
  sync: 's',
  runId: 'r',
  attempt: 1,
  firstRow: 0,
});
const event = (userId: string | undefined, name = 'Paid'): Message => ({
  type: 'track',
  userId,
  event: name,
  timestamp: '2026-01-02T03:04:05Z',
  properties: { total: 1 },
});
const braze = (rest: Partial<ActionDestinationSinkOptions> = {}): ActionDestinationSink =>
  new ActionDestinationSink({
    destination: 'braze',
    action: 'trackEvent2',
    settings: { api_key: secret },
    endpoint: server.origin,
    load,
    ...rest,
  });
const sent = (): { readonly events: readonly JsonObject[] }[] =>
  server.requests.map(({ body }) => JSON.parse(body) as { events: JsonObject[] });
async function failure(work: Promise<unknown>): Promise<SinkError & ConfigError> {
  return work.then(
    () => expect.unreachable('nothing was thrown'),
    (error: unknown) => error as SinkError & ConfigError,
  );
}

describe('Braze', () => {
  it('gets a batch as its preset maps it, with its key', async () => {
    server.answer = () => ({ status: 201, headers: json, body: '{"message":"success"}' });
    expect(await braze().write([event('a'), event('b')], context())).toEqual({ accepted: 2, rejected: [], retry: [] });
    expect(server.requests[0]).toMatchObject({ path: '/users/track', method: 'POST' });
    expect(server.requests[0]?.headers['authorization']).toBe(`Bearer ${secret}`);
    expect(sent()[0]?.events[0]).toEqual({
      external_id: 'a',
      name: 'Paid',
      time: '2026-01-02T03:04:05.000Z',
      properties: { total: 1 },
      _update_existing_only: false,
    });
  });

  it('refuses single rows of a batch: in its reply, and before they are sent', async () => {
    server.answer = () => ({
      status: 201,
      headers: json,
      body: '{"message":"success","errors":[{"type":"\'name\' of Zoë is not valid","input_array":"events","index":1}]}',
    });
    const nobody = event(undefined);
    const nameless = { ...event('c'), event: undefined } as unknown as Message;
    const result = await braze().write([event('a'), nobody, nameless, event('b'), event('d')], context());
    expect(result.accepted).toBe(2);
    expect(result.rejected).toMatchObject([
      { index: 1, code: 'PAYLOAD_VALIDATION_FAILED' },
      { index: 2, code: 'PAYLOAD_VALIDATION_FAILED' },
      { index: 3, code: 'BAD_REQUEST', detail: "'name' of Zoë is not valid" },
    ]);
    expect(JSON.stringify(result.rejected?.map(({ reason }) => reason))).not.toContain('Zoë');
    expect(sent()[0]?.events.map(({ external_id }) => external_id)).toEqual(['a', 'b', 'd']);
  });

  it('delivers rows through the engine, and the refused one stands in the dead letter with its words', async () => {
    server.answer = ({ body }) => {
      const index = (JSON.parse(body) as { events: JsonObject[] }).events.findIndex(
        ({ external_id }) => external_id === '7',
      );
      const errors = index < 0 ? [] : [{ type: 'unknown user', input_array: 'events', index }];
      return { status: 201, headers: json, body: JSON.stringify({ message: 'success', errors }) };
    };
    const columns = ['userId', 'event', 'timestamp'];
    const source = fromAsyncIterable(
      async function* () {
        for (let id = 0; id < 200; id++) yield { userId: String(id), event: 'Paid', timestamp: '2026-01-02T03:04:05Z' };
      },
      { columns },
    );
    const dead: unknown[] = [];
    const report = await deliver({
      rows: await source.execute({ sql: '', binds: [] }),
      mapper: track(),
      sink: braze(),
      deadLetter: new CallbackSink<DeadLetter<unknown>>(async (letters) => void dead.push(...letters)),
    });
    expect(report).toMatchObject({ rowsDelivered: 199, rowsRejected: 1 });
    expect(dead).toMatchObject([
      { row: 7, code: 'BAD_REQUEST', reason: expect.stringContaining('unknown user') as string },
    ]);
    expect(Math.max(...sent().map(({ events }) => events.length))).toBeLessThanOrEqual(75);
  });

  it('follows no redirect, and refuses no row for one', async () => {
    const other = await RecordingServer.start();
    server.answer = () => ({ status: 307, headers: { location: `${other.origin}/users/track` } });
    const error = await failure(braze().write([event('a'), event('b')], context()));
    expect(error).toMatchObject({ code: 'SINK_FAILED', retryable: false, splittable: false });
    expect(error.message).toContain('redirect');
    expect(server.requests).toHaveLength(1);
    expect(other.requests).toEqual([]);
    await other.close();
  });

  it('asks to send rows again while it is busy', async () => {
    server.answer = () => ({ status: 429, headers: json, body: '{"message":"slow down"}' });
    const { accepted, retry } = await braze().write([event('a'), event('b')], context());
    expect([accepted, retry?.map(({ index }) => index)]).toEqual([0, [0, 1]]);
  });

  it('keeps what was accepted when a later request of the same batch fails', async () => {
    let count = 0;
    server.answer = () => ({ status: ++count === 1 ? 201 : 503, headers: json, body: '{}' });
    const batch = Array.from({ length: 5 }, (_, id) => event(String(id)));
    const result = await braze({ maxMessages: 2 }).write(batch, context());
    expect(result.accepted).toBe(2);
    expect(result.retry?.map(({ index }) => index)).toEqual([2, 3, 4]);
  });

  it('sends nothing behind rows that are to be sent again, so that the order is kept', async () => {
    let count = 0;
    server.answer = () => ({ status: ++count === 2 ? 429 : 201, headers: json, body: '{}' });
    const batch = Array.from({ length: 6 }, (_, id) => event(String(id % 3)));
    const result = await braze({ maxMessages: 2 }).write(batch, context());
    expect(sent()).toHaveLength(2);
    expect(result.accepted).toBe(2);
    expect(result.retry?.map(({ index }) => index)).toEqual([2, 3, 4, 5]);
  });

  it('takes one message per request with `batch: false`, fields of your own, and leaves a field out for null', async () => {
    server.answer = () => ({ status: 201, headers: json, body: '{}' });
    const sink = braze({
      batch: false,
      syncMode: 'update',
      mapping: { name: { '@template': 'shop {{event}}' }, properties: null, external_id: { '@path': '$.userId' } },
      headers: { 'x-proxy': 'yes' },
    });
    expect((await sink.write([event('a'), event('b')], context())).accepted).toBe(2);
    expect(sent().map(({ events }) => events)).toMatchObject([
      [{ external_id: 'a', name: 'shop Paid', _update_existing_only: true }],
      [{ external_id: 'b' }],
    ]);
    expect(sent()[0]?.events[0]).not.toHaveProperty('properties');
    expect(server.requests[0]?.headers['x-proxy']).toBe('yes');
  });

  it('counts a reply that takes too long as an outage', async () => {
    server.answer = () => ({ status: 0, hang: true });
    const error = await failure(braze({ timeoutMs: 100 }).write([event('a')], context()));
    expect(error).toMatchObject({ code: 'SINK_TIMEOUT', retryable: true });
  });

  it('counts a closed port as an outage', async () => {
    await server.close();
    const error = await failure(braze().write([event('a')], context()));
    expect(error).toMatchObject({ code: 'SINK_UNREACHABLE', retryable: true });
    expect(error.message).toContain('ECONNREFUSED');
    await server.listen();
  });
});

describe('HubSpot', () => {
  const hubspot = (auth: ActionDestinationSinkOptions['auth']): ActionDestinationSink =>
    new ActionDestinationSink({
      destination: 'hubspot',
      action: 'upsertContact',
      batch: false,
      mapping: { email: { '@path': '$.traits.email' } },
      endpoint: server.origin,
      auth,
      load,
    });
  const contact = (email: string): Message => ({ type: 'identify', userId: email, traits: { email } });
  const answer =
    (valid: string, refresh: Reply) =>
    ({ path, headers }: { path: string; headers: { authorization?: string | undefined } }): Reply => {
      if (path.startsWith('/oauth/')) return refresh;
      return { status: headers.authorization === `Bearer ${valid}` ? 200 : 401, headers: json, body: '{"id":"1"}' };
    };

  it('gets a new access token when the old one has expired, once, and keeps it', async () => {
    server.answer = answer('new', { status: 200, headers: json, body: '{"access_token":"new"}' });
    const kept: unknown[] = [];
    const sink = hubspot({
      accessToken: 'old',
      refreshToken: 'renewal',
      clientId: 'id',
      clientSecret: secret,
      onRefresh: (tokens) => void kept.push(tokens),
    });
    const results = await Promise.all(['a@x.io', 'b@x.io'].map((email) => sink.write([contact(email)], context())));
    expect(results.map(({ accepted }) => accepted)).toEqual([1, 1]);
    expect(kept).toEqual([{ accessToken: 'new', refreshToken: 'renewal' }]);
    const renewals = server.requests.filter(({ path }) => path.startsWith('/oauth/'));
    expect(renewals).toHaveLength(1);
    expect(renewals[0]?.body).toContain('refresh_token=renewal');
  });

  it('fails the run when there is no new token', async () => {
    server.answer = answer('new', { status: 400, headers: json, body: '{"message":"invalid refresh token"}' });
    const auth = { accessToken: 'old', refreshToken: 'renewal' };
    for (const tokens of [auth, { accessToken: 'old' }]) {
      const error = await failure(hubspot(tokens).write([contact('a@x.io')], context()));
      expect(error).toMatchObject({ code: 'SINK_UNAUTHORIZED', retryable: false, splittable: false });
    }
  });
});

describe('what is checked before the first message', () => {
  it.each([
    ['an unknown destination', { destination: 'nowhere' }, 'no destination "nowhere"'],
    ['an unknown action', { action: 'fly' }, 'no action "fly"'],
    ['missing settings', { settings: {} }, 'api_key'],
    ['batches where there are none', { action: 'createAlias', batch: true }, 'takes no batches'],
  ])('%s', async (_, options, message) => {
    const error = await failure(braze(options).open());
    expect(error).toBeInstanceOf(ConfigError);
    expect(error.code).toBe('CONFIG_INVALID');
    expect(error.message).toContain(message);
  });

  it.each([{ destination: '../../x' }, { endpoint: 'nowhere' }, { timeoutMs: 0 }, { maxMessages: 0.5 }])(
    '%o',
    (wrong) => {
      expect(() => braze(wrong)).toThrow(expect.objectContaining({ code: 'CONFIG_INVALID' }) as Error);
    },
  );

  it('packages that are not installed', async () => {
    const error = await failure(braze({ load: undefined }).open());
    expect(error.code).toBe('PEER_MISSING');
    expect(error.hint).toBe('npm install @segment/actions-core');
  });

  it('a package that only this destination needs', async () => {
    const sink = braze({ destination: 'salesforce-marketing-cloud', action: 'contact' });
    expect(await failure(sink.open())).toMatchObject({ code: 'PEER_MISSING', hint: 'npm install xml-js' });
  });
});

const nameless = (): Message => ({ type: 'track', event: 'x', messageId: 'bad' });
for (const batch of [true, false]) {
  const create = async (): Promise<SinkUnderTest<Message>> => {
    const own = await RecordingServer.start();
    const taken: Message[] = [];
    const usual = ({ body }: { body: string }): Reply => {
      const messages = [JSON.parse(body)].flat() as (Message & { receivedAt?: string })[];
      if (messages.some(({ userId }) => userId === undefined)) return { status: 400 };
      taken.push(...messages.map((message) => ({ ...message, receivedAt: undefined })));
      return { status: 200 };
    };
    own.answer = usual;
    return {
      sink: new ActionDestinationSink({
        destination: 'webhook',
        action: 'send',
        settings: { sharedSecret: secret },
        mapping: { url: `${own.origin}/hook`, headers: { 'x-key': secret } },
        batch,
        load,
      }),
      received: () => taken,
      capabilities: {
        secret,
        requests: () => own.requests.length,
        invalid: nameless,
        outage: async () => {
          own.answer = () => ({ status: 503, headers: { 'retry-after': '1' } });
          return async () => void (own.answer = usual);
        },
        unauthorized: async () => void (own.answer = () => ({ status: 401, body: secret })),
        hang: async () => void (own.answer = () => ({ status: 0, hang: true })),
      },
      cleanup: () => own.close(),
    };
  };
  const way = batch ? 'in batches' : 'one by one';
  testSink({ describe, it, name: `ActionDestinationSink for a webhook, ${way},`, message: sinkMessage, create });
}

it('asks the fence before each request of the destination, not once per action', async () => {
  const asked: number[] = [];
  let sending = true;
  const lost = new Error('this process may no longer send');
  const fence = async (): Promise<void> => {
    asked.push(server.requests.length);
    if (!sending) throw lost;
  };
  // The action first looks the contact up, then changes it: two requests.
  server.answer = ({ method }) => {
    sending = method !== 'PATCH';
    return { status: 404, headers: json, body: '{}' };
  };
  const sink = new ActionDestinationSink({
    destination: 'hubspot',
    action: 'upsertContact',
    batch: false,
    mapping: { email: { '@path': '$.traits.email' } },
    endpoint: server.origin,
    auth: { accessToken: 'token' },
    load,
  });
  const contact: Message = { type: 'identify', userId: 'a', traits: { email: 'a@x.io' } };
  expect(await failure(sink.write([contact], { ...context(), fence }))).toBe(lost);
  expect(server.requests.map(({ method }) => method)).toEqual(['PATCH']);
  expect(asked).toEqual([0, 0, 1]);
});

it('sends messages that differ in what a batch has in common in requests of their own', async () => {
  const sink = new ActionDestinationSink({
    destination: 'webhook',
    action: 'send',
    mapping: { url: { '@template': `${server.origin}/{{properties.tenant}}` }, data: { id: { '@path': '$.userId' } } },
    load,
  });
  const of = (userId: string, tenant: string): Message => ({
    type: 'track',
    userId,
    event: 'x',
    properties: { tenant },
  });
  const batch = [of('1', 'a'), of('2', 'b'), of('3', 'a')];
  const { accepted } = await sink.write(batch, { ...context(), keys: ['1', '2', '3'] });
  expect(accepted).toBe(3);
  expect(server.requests.map(({ path, body }) => [path, body])).toEqual([
    ['/a', '[{"id":"1"},{"id":"3"}]'],
    ['/b', '[{"id":"2"}]'],
  ]);
});

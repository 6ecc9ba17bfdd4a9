import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Message } from '../../src/mapping/message.js';
import type { WriteContext } from '../../src/sink/sink.js';
import { SegmentSink, type SegmentSinkOptions } from '../../src/sinks.js';
import { RecordingServer } from './recording-server.js';

const context: WriteContext = {
  fence: async () => undefined,
  signal: new AbortController().signal,
  sync: 's',
  runId: 'r',
  attempt: 1,
  firstRow: 0,
};
const message = (messageId: string): Message => ({ type: 'identify', userId: 'u', messageId });

describe('SegmentSink', () => {
  let server: RecordingServer;
  beforeEach(async () => {
    server = await RecordingServer.start();
  });
  afterEach(() => server.close());

  it.each([
    { service: 'segment', path: '/batch', credentials: 'key:', gzip: undefined, maxMessages: 2_500 },
    { service: 'rudderstack', path: '/v1/batch', credentials: 'key:', gzip: 'gzip', maxMessages: undefined },
    { service: 'jitsu', path: '/api/s/s2s/batch', credentials: 'key', gzip: 'gzip', maxMessages: undefined },
  ] as const)('speaks to $service', async ({ service, path, credentials, gzip, maxMessages }) => {
    server.answer = () => ({ status: 200, body: '{"receivedEvents":1,"okEvents":1}' });
    const sink = new SegmentSink({ service, writeKey: 'key', endpoint: server.origin });
    expect(await sink.write([message('m')], context)).toMatchObject({ accepted: 1 });
    expect(server.requests).toMatchObject([
      { path, body: '{"batch":[{"type":"identify","userId":"u","messageId":"m"}]}' },
    ]);
    const { headers } = server.requests[0]!;
    expect(headers.authorization).toBe(`Basic ${btoa(credentials)}`);
    expect(headers['content-encoding']).toBe(gzip);
    expect(sink.limits.maxMessages).toBe(maxMessages);
  });

  it('sends nothing of a RudderStack message without an id, because it would fail its whole batch', async () => {
    const sink = new SegmentSink({ service: 'rudderstack', writeKey: 'key', endpoint: server.origin });
    const result = await sink.write([{ type: 'group', groupId: 'g' }, message('m')], context);
    expect(result).toMatchObject({ accepted: 1, rejected: [{ index: 0, code: 'ID_MISSING' }] });
    expect(server.requests[0]?.body).not.toContain('group');
  });

  it("finds Jitsu's per-message errors by the ids as Jitsu stores them", async () => {
    const long = `a b/${'x'.repeat(80)}`;
    const stored = `a_b_${'x'.repeat(60)}`;
    server.answer = () => ({
      status: 200,
      body: JSON.stringify({ receivedEvents: 2, okEvents: 1, errors: [`Message ID: ${stored}: too\nbad`] }),
    });
    const sink = new SegmentSink({ service: 'jitsu', writeKey: 'a:b', endpoint: server.origin });
    const result = await sink.write([message('m'), message(long)], context);
    expect(result).toMatchObject({ accepted: 1, rejected: [{ index: 1, code: 'REFUSED', detail: 'too\nbad' }] });
  });

  it('asks to split when Jitsu refuses messages that it does not name', async () => {
    server.answer = () => ({ status: 200, body: '{"receivedEvents":2,"okEvents":1,"errors":["quota"]}' });
    const sink = new SegmentSink({ service: 'jitsu', writeKey: 'a:b', endpoint: server.origin });
    await expect(sink.write([message('m'), message('n')], context)).rejects.toMatchObject({ splittable: true });
    server.answer = () => ({ status: 200, body: '{"receivedEvents":1,"okEvents":0}' });
    expect(await sink.write([message('m')], context)).toMatchObject({ accepted: 0, rejected: [{ index: 0 }] });
    server.answer = () => ({ status: 200, body: 'ok' });
    await expect(sink.write([message('m')], context)).rejects.toMatchObject({ code: 'SINK_FAILED', retryable: false });
  });

  it.each([
    [{ writeKey: 'k' }, "region: 'us'"],
    [{ writeKey: 'k', service: 'rudderstack' }, 'data plane'],
    [{ writeKey: 'k', service: 'jitsu', region: 'eu' }, 'Jitsu server'],
  ])('says what is missing from %j', (options, hint) => {
    expect(() => new SegmentSink(options as SegmentSinkOptions)).toThrow(
      expect.objectContaining({ code: 'CONFIG_INVALID', hint: expect.stringContaining(hint) }),
    );
  });
});

import { getEventListeners } from 'node:events';
import { createServer as createTlsServer } from 'node:https';
import { createServer, type AddressInfo } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { WebhookSink, type WebhookSinkOptions } from '../../../src/sinks.js';
import type { Message } from '../../../src/mapping/message.js';
import type { WriteContext, WriteResult } from '../../../src/sink/sink.js';
import { RecordingServer, type Reply } from '../recording-server.js';
import { selfSigned } from '../../self-signed.js';

const batch: Message[] = [
  { type: 'identify', userId: 'secret-row-value' },
  { type: 'identify', userId: 'u2' },
];

describe('a sink over HTTP', () => {
  let server: RecordingServer;
  beforeEach(async () => {
    server = await RecordingServer.start();
  });
  afterEach(() => server.close());

  const write = (options: Partial<WebhookSinkOptions<Message>> = {}, rest: Partial<WriteContext> = {}) => {
    const sink = new WebhookSink({ endpoint: `${server.origin}/path-with-token`, ...options });
    const { signal } = new AbortController();
    return sink.write(batch, {
      fence: async () => undefined,
      signal,
      sync: 's',
      runId: 'r',
      attempt: 1,
      firstRow: 0,
      ...rest,
    });
  };
  const failure = async (writing: Promise<WriteResult>): Promise<unknown> => {
    try {
      return await writing;
    } catch (error) {
      return error;
    }
  };
  const answering = (reply: Reply) => (server.answer = () => reply);

  it.each([408, 425, 429, 500, 502, 503, 504, 520, 522, 524])('tries again after a %i', async (status) => {
    answering({ status });
    expect(await failure(write())).toMatchObject({ code: 'SINK_FAILED', retryable: true, details: { status } });
  });

  it.each([400, 413, 422])('splits after a %i', async (status) => {
    answering({ status });
    expect(await failure(write())).toMatchObject({ code: 'SINK_FAILED', retryable: false, splittable: true });
  });

  it.each([401, 403, 404, 405])('ends the run after a %i', async (status) => {
    answering({ status });
    const error = await failure(write());
    expect(error).toMatchObject({ code: 'SINK_UNAUTHORIZED', retryable: false, splittable: false });
  });

  it.each([402, 409, 410, 415, 501, 505])('does not try again after a %i', async (status) => {
    answering({ status });
    expect(await failure(write())).toMatchObject({ code: 'SINK_FAILED', retryable: false, splittable: false });
  });

  it('hints at gzip when a compressed body is refused', async () => {
    answering({ status: 415 });
    expect(await failure(write({ gzip: true }))).toMatchObject({ hint: expect.stringContaining('gzip: false') });
  });

  it.each([
    ['7', 7_000],
    ['0', 0],
    ['1.5', 1_500],
    ['Tue, 03 Nov 2026 10:00:30 GMT', 30_000],
    ['Tue, 03 Nov 2026 09:00:00 GMT', 0],
    ['soon', undefined],
  ])('reads Retry-After: %s', async (value, retryAfterMs) => {
    // Measured from the server's clock, whatever this machine's says.
    answering({ status: 429, headers: { 'retry-after': value, date: 'Tue, 03 Nov 2026 10:00:00 GMT' } });
    expect(await failure(write())).toMatchObject({ retryable: true, retryAfterMs });
  });

  it.each([301, 302, 307, 308])('never follows a %i', async (status) => {
    const other = await RecordingServer.start();
    try {
      answering({ status, headers: { location: `${other.origin}/elsewhere` } });
      const error = await failure(write());
      expect(error).toMatchObject({
        code: 'SINK_FAILED',
        retryable: false,
        splittable: false,
        message: expect.stringContaining(other.origin),
        hint: expect.stringContaining('endpoint'),
      });
      expect(other.requests).toEqual([]);
    } finally {
      await other.close();
    }
  });

  it('shows no path, header, body or reply in its errors', async () => {
    answering({ status: 400, body: 'userId secret-row-value is not valid' });
    const error = await failure(write({ headers: { authorization: 'Bearer secret-token' } }));
    expect(error).toBeInstanceOf(Error);
    const { message, hint, details } = error as { message: string; hint?: string; details: object };
    expect(JSON.stringify([message, hint, details])).not.toMatch(/secret|path-with-token/);
  });

  it('gives up after timeoutMs and may be tried again', async () => {
    answering({ status: 200, hang: true });
    const error = await failure(write({ timeoutMs: 50 }));
    expect(error).toMatchObject({ code: 'SINK_TIMEOUT', retryable: true });
  });

  it('rejects with the reason of the signal when it is aborted meanwhile', async () => {
    answering({ status: 200, hang: true });
    const controller = new AbortController();
    const writing = failure(write({}, { signal: controller.signal }));
    while (server.requests.length === 0) await sleep(5);
    const reason = new Error('the run ended');
    controller.abort(reason);
    expect(await writing).toBe(reason);
  });

  it('leaves no listener on the signal, as fetch itself would', async () => {
    const { signal } = new AbortController();
    for (let round = 0; round < 3; round++) await write({}, { signal });
    answering({ status: 503 });
    await failure(write({}, { signal }));
    expect(getEventListeners(signal, 'abort')).toHaveLength(0);
  });

  it('reads a reply without end only up to its bound', async () => {
    answering({ status: 200, body: 'x'.repeat(3_000_000) });
    let length = 0;
    const inspect = ({ text }: { text: string }): object => {
      length = text.length;
      return {};
    };
    expect(await write({ inspect })).toMatchObject({ accepted: 2 });
    expect(length).toBe(1_048_576);
  });

  it('tries again when nobody listens', async () => {
    await server.close();
    expect(await failure(write())).toMatchObject({
      code: 'SINK_UNREACHABLE',
      retryable: true,
      details: { code: 'ECONNREFUSED' },
    });
    await server.listen();
  });

  it('tries again when the connection is cut in the middle of a reply', async () => {
    const cutting = createServer((socket) => {
      socket.on('error', () => undefined);
      socket.once('data', () => {
        socket.write('HTTP/1.1 200 OK\r\ncontent-length: 100\r\n\r\n{"', () => socket.resetAndDestroy());
      });
    });
    await new Promise<void>((resolve) => cutting.listen(0, '127.0.0.1', resolve));
    const endpoint = `http://127.0.0.1:${(cutting.address() as AddressInfo).port}`;
    expect(await failure(write({ endpoint }))).toMatchObject({ code: 'SINK_UNREACHABLE', retryable: true });
    await new Promise((resolve) => cutting.close(resolve));
  });

  it('goes by the status of a reply whose body is damaged, unless it has to be read', async () => {
    const damaged = { headers: { 'content-encoding': 'gzip' }, body: 'no gzip' };
    answering({ status: 200, ...damaged });
    expect(await write()).toMatchObject({ accepted: 2 });
    expect(await failure(write({ inspect: () => ({}) }))).toMatchObject({ code: 'SINK_UNREACHABLE', retryable: true });
    answering({ status: 400, ...damaged });
    expect(await failure(write())).toMatchObject({ code: 'SINK_FAILED', splittable: true });
  });

  it('tries again when the connection was damaged, and not when there is no TLS', async () => {
    const throwing = (code: string) => ({
      fetch: () => Promise.reject(new TypeError('fetch failed', { cause: Object.assign(new Error(code), { code }) })),
    });
    for (const code of [
      'ERR_SSL_DECRYPTION_FAILED_OR_BAD_RECORD_MAC',
      'ERR_SSL_TLSV1_ALERT_INTERNAL_ERROR',
      'EPROTO',
    ]) {
      expect(await failure(write(throwing(code)))).toMatchObject({ code: 'SINK_UNREACHABLE', retryable: true });
    }
    for (const code of ['ERR_SSL_WRONG_VERSION_NUMBER', 'ERR_SSL_TLSV1_ALERT_PROTOCOL_VERSION']) {
      expect(await failure(write(throwing(code)))).toMatchObject({ code: 'SINK_UNREACHABLE', retryable: false });
    }
  });

  it('says that fetch refuses a port', async () => {
    expect(await failure(write({ endpoint: 'http://127.0.0.1:9/hook' }))).toMatchObject({
      code: 'SINK_UNREACHABLE',
      retryable: false,
      message: expect.stringContaining('port'),
    });
  });

  it('ends in time with a fetch that does not listen to its signal', async () => {
    const fetch = (): Promise<never> => new Promise<never>(() => undefined);
    expect(await failure(write({ fetch, timeoutMs: 30 }))).toMatchObject({ code: 'SINK_TIMEOUT', retryable: true });
    const reason = new Error('stop');
    const controller = new AbortController();
    const writing = failure(write({ fetch }, { signal: controller.signal }));
    controller.abort(reason);
    expect(await writing).toBe(reason);
  });

  it('ends in time with a body that does not end, and cannot be cancelled', async () => {
    const forever = (): Promise<never> => new Promise<never>(() => undefined);
    const fetch = () =>
      Promise.resolve({
        status: 200,
        headers: new Headers(),
        body: { getReader: () => ({ read: forever, cancel: forever }) },
      });
    expect(await failure(write({ fetch, timeoutMs: 30 }))).toMatchObject({ code: 'SINK_TIMEOUT', retryable: true });
  });

  it('refuses a fetch of another kind instead of sending again what was taken', async () => {
    const fetch = () => Promise.resolve({ status: 200, headers: new Headers(), body: {} as never });
    expect(await failure(write({ fetch }))).toMatchObject({
      code: 'SINK_CONTRACT',
      retryable: false,
      hint: expect.stringContaining('node-fetch'),
    });
  });

  it('tries again when a name is not known, and names DNS in the hint', async () => {
    const error = await failure(write({ endpoint: 'https://no-such-host.invalid/hook' }));
    expect(error).toMatchObject({ code: 'SINK_UNREACHABLE', retryable: true });
    expect((error as { details: { code: string } }).details.code).toMatch(/^(ENOTFOUND|EAI_AGAIN)$/);
  });

  it('does not try again when the certificate is not valid', async () => {
    const tls = createTlsServer(selfSigned('localhost'));
    await new Promise<void>((resolve) => tls.listen(0, '127.0.0.1', resolve));
    const endpoint = `https://127.0.0.1:${(tls.address() as AddressInfo).port}`;
    expect(await failure(write({ endpoint }))).toMatchObject({
      code: 'SINK_UNREACHABLE',
      retryable: false,
      message: expect.stringContaining('certificate'),
      hint: expect.stringContaining('NODE_EXTRA_CA_CERTS'),
    });
    await new Promise((resolve) => tls.close(resolve));
  });

  it('does not try again when plain HTTP answers on an https: endpoint', async () => {
    const endpoint = server.origin.replace('http:', 'https:');
    expect(await failure(write({ endpoint }))).toMatchObject({
      code: 'SINK_UNREACHABLE',
      retryable: false,
      hint: expect.stringContaining('http:'),
    });
  });

  it('uses an injected fetch and keeps its errors to itself', async () => {
    const fetch = async (): Promise<never> => {
      throw Object.assign(new Error('proxy said no to Bearer secret-token'), { code: 'EPROXY' });
    };
    const error = await failure(write({ fetch }));
    expect(error).toMatchObject({ code: 'SINK_UNREACHABLE', retryable: true, details: { code: 'EPROXY' } });
    expect(String(error)).not.toContain('secret-token');
    expect((error as Error).cause).toBeUndefined();
  });
});

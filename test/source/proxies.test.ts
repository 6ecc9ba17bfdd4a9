import { execFile } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer, type Server } from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import type { AddressInfo, Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { Agent, fetch as undiciFetch, ProxyAgent, type Dispatcher } from 'undici';
import { describe, expect, it } from 'vitest';
import { SnowflakeSource, SqlApiSource, type HttpFetch, type SourceError } from 'snowmelt';
import { WebhookSink } from 'snowmelt/sinks';
import { buildChild } from '../child/build-child.js';
import { selfSigned } from '../self-signed.js';
import { closing, users } from './start-prepared.js';

const credentials = { account: 'myorg-acct', username: 'SNOWMELT', privateKey: users[0]?.keyPair.privateKey ?? '' };

async function listening(server: Server): Promise<number> {
  // A server forgets the sockets of its tunnels, and would wait for them.
  const sockets = new Set<Socket>();
  server.on('connection', (socket: Socket) => sockets.add(socket));
  await once(server.listen(0, '127.0.0.1'), 'listening');
  closing({
    close: async () => {
      for (const socket of sockets) socket.destroy();
      await once(server.close(), 'close');
    },
  });
  return (server.address() as AddressInfo).port;
}

/** A proxy that makes no tunnel; with 200 it is a page that wants a sign-in. */
async function refusing(status: number): Promise<number> {
  const proxy = createServer();
  proxy.on('connect', (_request, socket) => {
    socket.on('error', () => undefined);
    socket.end(`HTTP/1.1 ${status} No\r\ncontent-type: text/html\r\n\r\n<html>sign in</html>`);
  });
  return listening(proxy);
}

const by = (dispatcher: Dispatcher): HttpFetch => {
  closing({ close: () => dispatcher.destroy() });
  return (url, init) => undiciFetch(url, { ...init, dispatcher });
};

const errorOf = async (call: Promise<unknown>): Promise<SourceError> =>
  (await call.then(
    () => undefined,
    (thrown: unknown) => thrown,
  )) as SourceError;

describe('a proxy that makes no tunnel is told as that', () => {
  it.each([
    [407, 'proxyUser'],
    [403, 'allow myorg-acct.snowflakecomputing.com:443'],
    [200, 'allow myorg-acct.snowflakecomputing.com:443'],
  ])('by the driver: %i', async (status, hint) => {
    const proxyPort = await refusing(status);
    const driverOptions = { proxyHost: '127.0.0.1', proxyPort, proxyUser: 'nina', proxyPassword: 'planted' };
    const error = await errorOf(closing(new SnowflakeSource({ ...credentials, driverOptions })).now());
    expect(error).toMatchObject({ code: 'SOURCE_UNREACHABLE' });
    expect(error.hint).toContain(`proxy 127.0.0.1:${proxyPort}`);
    expect(error.hint).toContain(hint);
    if (status !== 200) expect(error.retryable).toBe(false);
    expect(error.message + String(error.hint)).not.toContain('planted');
  });

  it.each([
    [407, 1],
    [403, 1],
    // Its own way may be broken for a moment.
    [502, 2],
  ])('by the fetch of the SQL API: %i, after %i tries', async (status, tries) => {
    const port = await refusing(status);
    let requests = 0;
    const send = by(new ProxyAgent(`http://127.0.0.1:${port}`));
    const fetch: HttpFetch = (url, init) => {
      requests += 1;
      return send(url, init);
    };
    const error = await errorOf(closing(new SqlApiSource({ ...credentials, fetch, maxRetries: 1 })).now());
    expect(error).toMatchObject({ code: 'SOURCE_UNREACHABLE', retryable: tries > 1 });
    expect(error.message).toContain('the proxy did not let it pass');
    expect(error.hint).toContain('proxy');
    expect(error.hint).not.toContain('account');
    expect(requests).toBe(tries);
  });

  it('by that of a sink', async () => {
    const fetch = by(new ProxyAgent(`http://127.0.0.1:${await refusing(407)}`));
    const sink = new WebhookSink<object>({ endpoint: 'https://shop.example/', fetch });
    const context = { fence: async () => undefined, signal: new AbortController().signal };
    const error = await errorOf(sink.write([{ a: 1 }], { ...context, sync: 's', runId: 'r', attempt: 1, firstRow: 0 }));
    expect(error).toMatchObject({ code: 'SINK_UNREACHABLE', retryable: false });
    expect(error.message).toContain('the proxy did not let it pass');
    expect(error.hint).toContain('proxy');
  });

  it('a page that wants a sign-in, in place of the tunnel', async () => {
    const fetch = by(new ProxyAgent(`http://127.0.0.1:${await refusing(200)}`));
    const error = await errorOf(closing(new SqlApiSource({ ...credentials, fetch })).now());
    expect(error).toMatchObject({ code: 'SOURCE_UNREACHABLE', retryable: false });
    expect(error.hint).toContain('answers in place of Snowflake');
  });

  it.each([
    [511, 'sign-in'],
    [200, 'sign-in'],
    [302, 'redirect'],
  ])('and what answers in place of Snowflake without one: %i', async (status, hint) => {
    const page = createServer((_request, response) => {
      response.writeHead(status, { 'content-type': 'text/html', location: 'http://portal.example/' }).end('<html>');
    });
    const accessUrl = `http://127.0.0.1:${await listening(page)}`;
    const error = await errorOf(closing(new SqlApiSource({ ...credentials, accessUrl })).now());
    expect(error).toMatchObject({ code: 'SOURCE_UNREACHABLE', retryable: false });
    expect(error.hint).toContain(hint);
    expect(error.hint).not.toContain('account identifier');
  });
});

describe('a certificate that is for another name', () => {
  const other = selfSigned('other.example');
  // Trusted, so that only its name is left to be wrong.
  const trusting = (): HttpFetch => by(new Agent({ connect: { ca: other.cert } }));

  it('of Snowflake: the account is misspelt', async () => {
    const port = await listening(createTlsServer(other));
    const accessUrl = `https://localhost:${port}`;
    const error = await errorOf(closing(new SqlApiSource({ ...credentials, accessUrl, fetch: trusting() })).now());
    expect(error).toMatchObject({ code: 'SOURCE_UNREACHABLE', retryable: false });
    expect(error.message).toContain('ERR_TLS_CERT_ALTNAME_INVALID');
    expect(error.hint).toContain('orgname-accountname');
    expect(error.hint).not.toContain('NODE_EXTRA_CA_CERTS');
  });

  // The driver has no place for authorities: Node takes them when it starts.
  it('of Snowflake, by the driver: the account is misspelt', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'snowmelt-authority-'));
    closing({ close: () => rm(folder, { recursive: true }) });
    const authority = join(folder, 'authority.pem');
    await writeFile(authority, other.cert);
    const accessUrl = `https://localhost:${await listening(createTlsServer(other))}`;
    const program = await buildChild('test/child/ask-the-time.ts');
    const env = { ...process.env, NODE_EXTRA_CA_CERTS: authority };
    const { stdout } = await promisify(execFile)(process.execPath, [program, accessUrl], { env });
    const { code, message, hint, retryable } = JSON.parse(stdout) as Readonly<Record<string, string>>;
    expect({ code, retryable }).toEqual({ code: 'SOURCE_UNREACHABLE', retryable: false });
    expect(message).toContain('ERR_TLS_CERT_ALTNAME_INVALID');
    expect(hint).toContain('orgname-accountname');
    expect(hint).not.toContain('NODE_EXTRA_CA_CERTS');
  });

  it('of a destination: its host is misspelt', async () => {
    const port = await listening(createTlsServer(other));
    const sink = new WebhookSink<object>({ endpoint: `https://localhost:${port}/`, fetch: trusting() });
    const context = { fence: async () => undefined, signal: new AbortController().signal };
    const error = await errorOf(sink.write([{ a: 1 }], { ...context, sync: 's', runId: 'r', attempt: 1, firstRow: 0 }));
    expect(error.hint).toContain('spelling of the host');
    expect(error.hint).not.toContain('NODE_EXTRA_CA_CERTS');
  });
});

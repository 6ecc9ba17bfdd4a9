import { once } from 'node:events';
import {
  createServer,
  request as send,
  type IncomingMessage,
  type RequestListener,
  type ServerResponse,
} from 'node:http';
import { Agent, createServer as createTlsServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { describe, expect, it } from 'vitest';
import { SnowflakeSource } from 'snowmelt';
import { selfSigned } from '../self-signed.js';
import { closing, counting, readAll, startPrepared, users } from '../source/start-prepared.js';

const certificate = selfSigned('localhost');
const [user] = users;
const credentials = { account: 'acme', username: 'SNOWMELT', privateKey: user?.keyPair.privateKey ?? '' };

async function listening(answer: RequestListener, tls = false): Promise<string> {
  const server = tls ? createTlsServer(certificate, answer) : createServer(answer);
  await once(server.listen(0, '127.0.0.1'), 'listening');
  closing({
    close: async () => {
      server.closeAllConnections();
      await once(server.close(), 'close');
    },
  });
  return `${tls ? 'https://localhost' : 'http://127.0.0.1'}:${(server.address() as AddressInfo).port}`;
}

/** Another host: whatever reaches it is kept. */
async function thief(): Promise<{ readonly url: string; readonly stolen: string[] }> {
  const stolen: string[] = [];
  const url = await listening((request, response) => {
    let body = `${request.method} ${request.url} ${JSON.stringify(request.headers)} `;
    request.on('data', (chunk: Buffer) => (body += chunk.toString()));
    request.on('end', () => {
      stolen.push(body);
      response.writeHead(200, { 'content-type': 'application/json' }).end('{"success":false}');
    });
  });
  return { url, stolen };
}

/** Passes requests on to another server, but for those that it answers itself. */
function proxy(to: string, answered: (request: IncomingMessage, response: ServerResponse) => boolean): RequestListener {
  return (request, response) => {
    if (answered(request, response)) return;
    const { method } = request;
    const headers = { ...request.headers, 'accept-encoding': 'identity' };
    const passed = send(new URL(request.url ?? '', to), { method, headers });
    passed.on('response', (answer) => {
      let body = '';
      answer.on('data', (chunk: Buffer) => (body += chunk.toString()));
      answer.on('end', () => {
        response.writeHead(answer.statusCode ?? 500, { 'content-type': answer.headers['content-type'] });
        // Chunks are to come from here as well.
        response.end(body.replaceAll(to, `http://${request.headers.host ?? ''}`));
      });
    });
    request.pipe(passed);
  };
}

describe('a redirect is not followed by the driver', () => {
  it.each([301, 302, 303, 307, 308])('at login: HTTP %i', async (status) => {
    const { url, stolen } = await thief();
    const accessUrl = await listening((request, response) => {
      request.resume();
      response.writeHead(status, { location: `${url}${request.url ?? ''}` }).end();
    });
    const source = closing(new SnowflakeSource({ ...credentials, accessUrl }));
    await expect(counting(source, 1)).rejects.toMatchObject({
      code: 'SOURCE_UNREACHABLE',
      retryable: false,
      message: expect.stringContaining(`HTTP ${status}, a redirect`) as string,
    });
    expect(stolen).toEqual([]);
  });

  it('from https to http', async () => {
    const { url, stolen } = await thief();
    const accessUrl = await listening((request, response) => {
      request.resume();
      response.writeHead(307, { location: `${url}${request.url ?? ''}` }).end();
    }, true);
    const agentClass = (): Agent => new Agent({ ca: certificate.cert });
    const source = closing(new SnowflakeSource({ ...credentials, accessUrl, driverOptions: { agentClass } }));
    await expect(counting(source, 1)).rejects.toMatchObject({
      code: 'SOURCE_UNREACHABLE',
      message: expect.stringContaining('HTTP 307, a redirect') as string,
    });
    expect(stolen).toEqual([]);
  });

  it.each([
    ['of a statement', '/queries/v1/query-request'],
    ['of a stored result', '/result'],
    ['of a chunk', '/chunk'],
  ])('%s', async (_what, path) => {
    const snowflake = await startPrepared();
    const { url, stolen } = await thief();
    let redirects = 0;
    const accessUrl = await listening(
      proxy(snowflake.connection().accessUrl, (request, response) => {
        if (!(request.url ?? '').includes(path) || (path === '/result' && request.method !== 'GET')) return false;
        redirects += 1;
        request.resume();
        response.writeHead(307, { location: `${url}/stolen` }).end();
        return true;
      }),
    );
    const source = closing(new SnowflakeSource({ ...snowflake.connection(), accessUrl, maxReadFailures: 0 }));
    const reading = async (): Promise<unknown> => {
      const result = await counting(source, 5000);
      return path === '/result' ? source.reopen(result.ref) : readAll(result);
    };
    await expect(reading()).rejects.toMatchObject({
      code: 'SOURCE_FAILED',
      message: expect.stringContaining('HTTP 307, a redirect') as string,
    });
    expect(redirects).toBeGreaterThan(0);
    expect(stolen).toEqual([]);
  });
});

it('leaves the connections of the host program to the same driver alone', async () => {
  const { url, stolen } = await thief();
  const accessUrl = await listening((request, response) => {
    request.resume();
    response.writeHead(307, { location: `${url}${request.url ?? ''}` }).end();
  });
  const source = closing(new SnowflakeSource({ ...credentials, accessUrl }));
  await expect(counting(source, 1)).rejects.toMatchObject({ code: 'SOURCE_UNREACHABLE' });
  const { default: driver } = await import('snowflake-sdk');
  const own = driver.createConnection({ ...credentials, authenticator: 'SNOWFLAKE_JWT', accessUrl });
  await new Promise((resolve) => void own.connect(resolve));
  expect(stolen).toHaveLength(1);
});

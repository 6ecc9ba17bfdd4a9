import { Agent } from 'node:https';
import { describe, expect, it } from 'vitest';
import { SnowflakeSource } from 'snowmelt';
import { closing, counting, readAll, startPrepared } from '../source/start-prepared.js';
import { between, certificate, credentials, listening } from './between.js';

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
    const accessUrl = await between(snowflake.connection().accessUrl, {
      answers: (request, response) => {
        if (!(request.url ?? '').includes(path) || (path === '/result' && request.method !== 'GET')) return false;
        redirects += 1;
        request.resume();
        response.writeHead(307, { location: `${url}/stolen` }).end();
        return true;
      },
    });
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

import { once } from 'node:events';
import { createServer, type RequestListener, type Server } from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { describe, expect, it } from 'vitest';
import { SqlApiSource, type SqlApiSourceOptions } from 'snowmelt';
import { selfSigned } from '../../self-signed.js';
import { closing, counting, readAll, startPrepared, users } from '../start-prepared.js';

const [user] = users;
const credentials = { account: 'acme', username: 'SNOWMELT', privateKey: user?.keyPair.privateKey ?? '' };

async function listening(server: Server, scheme = 'http'): Promise<string> {
  await once(server.listen(0, '127.0.0.1'), 'listening');
  closing({
    close: async () => {
      server.closeAllConnections();
      await once(server.close(), 'close');
    },
  });
  return `${scheme}://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

async function answering(answer: RequestListener, options: Partial<SqlApiSourceOptions> = {}) {
  let requests = 0;
  const accessUrl = await listening(
    createServer((request, response) => {
      requests += 1;
      answer(request, response);
    }),
  );
  return { source: closing(new SqlApiSource({ ...credentials, accessUrl, ...options })), requests: () => requests };
}

describe('an answer that another try cannot change ends the call at once', () => {
  it.each<[string, RequestListener, RegExp]>([
    ['a redirect', (_, to) => to.writeHead(307, { location: 'https://example.com/' }).end(), /HTTP 307, a redirect/],
    [
      'a page',
      (_, to) => to.writeHead(200, { 'content-type': 'text/html' }).end('<html>'),
      /text\/html instead of JSON/,
    ],
  ])('%s', async (_what, answer, message) => {
    const { source, requests } = await answering(answer);
    await expect(source.now()).rejects.toMatchObject({
      code: 'SOURCE_UNREACHABLE',
      retryable: false,
      message: expect.stringMatching(message) as string,
    });
    expect(requests()).toBe(1);
  });

  it('a certificate that nobody vouches for', async () => {
    const tls = createTlsServer(selfSigned('localhost'));
    const source = closing(new SqlApiSource({ ...credentials, accessUrl: await listening(tls, 'https') }));
    await expect(source.now()).rejects.toMatchObject({
      code: 'SOURCE_UNREACHABLE',
      retryable: false,
      hint: expect.stringContaining('NODE_EXTRA_CA_CERTS') as string,
    });
  });

  it('a pause that is longer than a run should wait', async () => {
    const { source, requests } = await answering((_, to) => to.writeHead(429, { 'retry-after': '3600' }).end());
    await expect(source.now()).rejects.toMatchObject({
      code: 'SOURCE_FAILED',
      retryable: true,
      message: expect.stringContaining('asks to wait 3600 s') as string,
    });
    expect(requests()).toBe(1);
  });

  it('a fetch of another kind', async () => {
    const fetch = () => Promise.resolve({ status: 200, headers: new Headers(), body: {} as never });
    const source = closing(new SqlApiSource({ ...credentials, fetch }));
    await expect(source.now()).rejects.toMatchObject({
      code: 'SOURCE_FAILED',
      retryable: false,
      hint: expect.stringContaining('node-fetch') as string,
    });
  });
});

describe('a server that says 429', () => {
  it('is asked again with pauses, although it names none', async () => {
    const snowflake = await startPrepared();
    const source = closing(new SqlApiSource(snowflake.connection()));
    snowflake.faults.inject({ on: 'api-submit', kind: 'status', status: 429, retryAfterSeconds: 0, times: 3 });
    const started = performance.now();
    expect(await readAll(await counting(source, 10))).toBe(10);
    // At least half of 250, 500 and 1000 ms; a timer may be a little early.
    expect(performance.now() - started).toBeGreaterThan(860);
    // Three refused ones and the one that is taken, and the statement behind it.
    expect(snowflake.stats().requests['api-submit']).toBe(5);
  });

  it('is not asked for ever whether the statement is complete, when it only means that there are too many', async () => {
    const snowflake = await startPrepared();
    const source = closing(new SqlApiSource({ ...snowflake.connection(), maxRetries: 2 }));
    snowflake.faults.inject({ on: 'api-status', kind: 'status', status: 429 });
    await expect(counting(source, 10)).rejects.toMatchObject({ code: 'SOURCE_FAILED', retryable: true });
  });
});

describe('an abort', () => {
  it('ends a submission that fails again and again, and sends no more', async () => {
    const snowflake = await startPrepared();
    const source = closing(new SqlApiSource(snowflake.connection()));
    snowflake.faults.inject({ on: 'api-submit', kind: 'status', status: 503 });
    const controller = new AbortController();
    const reason = new Error('stop');
    const executing = source.execute({ sql: 'SELECT ROWCOUNT => 1', binds: [] }, { signal: controller.signal });
    const refused = expect(executing).rejects.toBe(reason);
    await expect.poll(() => snowflake.stats().requests['api-submit']).toBeGreaterThan(0);
    controller.abort(reason);
    await refused;
    const sent = snowflake.stats().requests['api-submit'];
    snowflake.faults.clear();
    await sleep(700);
    expect(snowflake.stats().requests['api-submit']).toBe(sent);
    expect(snowflake.stats().sql).toEqual([]);
  });

  // With `redirect: 'error'` undici 6, that of Node 20 and 22, lost the abort after a garbage collection.
  it('ends a reply that trickles, as the timeout and close do, also after a garbage collection', async () => {
    setFlagsFromString('--expose-gc');
    const collect = runInNewContext('gc') as () => void;
    const trickling: RequestListener = (_, to) => {
      to.writeHead(200, { 'content-type': 'application/json' });
      const timer = setInterval(() => to.write(' '), 20);
      to.on('close', () => clearInterval(timer));
    };
    /** Collects garbage while a reply trickles, then does `end`, and gives what the call ended with. */
    const collected = async (
      options: Partial<SqlApiSourceOptions>,
      end: (source: SqlApiSource) => unknown,
      signal?: AbortSignal,
    ): Promise<unknown> => {
      let isTrickling = false;
      const watched: SqlApiSourceOptions['fetch'] = async (input, init) => {
        const response = await fetch(input, init);
        isTrickling = true;
        return response;
      };
      const { source } = await answering(trickling, { fetch: watched, ...options });
      const ended = source.now({ signal }).catch((error: unknown) => error);
      await expect.poll(() => isTrickling).toBe(true);
      for (let round = 0; round < 5; round += 1) {
        await sleep(20);
        collect();
      }
      await end(source);
      return ended;
    };
    const late = await collected({ requestTimeoutMs: 2_000, maxRetries: 0 }, () => undefined);
    expect(late).toMatchObject({ code: 'SOURCE_UNREACHABLE' });
    const reason = new Error('stop');
    const controller = new AbortController();
    expect(await collected({}, () => controller.abort(reason), controller.signal)).toBe(reason);
    expect(await collected({}, (source) => source.close())).toMatchObject({ code: 'SOURCE_CLOSED' });
  });
});

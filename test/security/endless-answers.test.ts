import type { RequestListener, ServerResponse } from 'node:http';
import { createGzip } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { SnowflakeSource, SqlApiSource, type Source } from 'snowmelt';
import { closing, counting, readAll, startPrepared } from '../source/start-prepared.js';
import { between, credentials, listening } from './between.js';

const LIMIT = 1024 * 1024;
const SPACES = Buffer.alloc(64 * 1024, ' ');

/** Counts what was written of an answer that never ends by itself. */
class Endless {
  written = 0;

  readonly #each = (response: ServerResponse, write: () => boolean): void => {
    const more = (): void => {
      while (!response.destroyed && write()) this.written += SPACES.length;
      this.written += SPACES.length;
    };
    response.on('drain', more);
    more();
  };

  plain(status: number): RequestListener {
    return (request, response) => {
      request.resume();
      response.writeHead(status, { 'content-type': 'application/json' });
      this.#each(response, () => response.write(SPACES));
    };
  }

  /** A thousandth of it goes over the wire. */
  packed(status: number): RequestListener {
    return (request, response) => {
      request.resume();
      response.writeHead(status, { 'content-type': 'application/json', 'content-encoding': 'gzip' });
      const gzip = createGzip();
      gzip.on('error', () => undefined);
      gzip.pipe(response);
      response.on('close', () => gzip.destroy());
      const more = (): void => {
        while (!gzip.destroyed && gzip.write(SPACES)) this.written += SPACES.length;
        this.written += SPACES.length;
      };
      gzip.on('drain', more);
      more();
    };
  }
}

const trickling: RequestListener = (request, response) => {
  request.resume();
  response.writeHead(200, { 'content-type': 'application/json' });
  const timer = setInterval(() => response.write(' '), 50);
  response.on('close', () => clearInterval(timer));
};

const withLongHeaders: RequestListener = (request, response) => {
  request.resume();
  response.writeHead(200, { 'content-type': 'application/json', 'x-long': 'a'.repeat(1_000_000) }).end('{}');
};

const sources: readonly [string, (accessUrl: string, requestTimeoutMs?: number) => Source][] = [
  [
    'SqlApiSource',
    (accessUrl, requestTimeoutMs = 60_000) =>
      new SqlApiSource({ ...credentials, accessUrl, maxRetries: 0, maxResponseBytes: LIMIT, requestTimeoutMs }),
  ],
  [
    'SnowflakeSource',
    (accessUrl, requestTimeoutMs = 60_000) =>
      new SnowflakeSource({ ...credentials, accessUrl, maxResponseBytes: LIMIT, requestTimeoutMs }),
  ],
];
const coded = { code: expect.stringMatching(/^SOURCE_(FAILED|UNREACHABLE)$/) as string };

describe.each(sources)('%s reads no more of an answer than it is told to', (_name, make) => {
  it.each([200, 422, 500])('that does not end: HTTP %i', async (status) => {
    for (const form of ['plain', 'packed'] as const) {
      const endless = new Endless();
      const source = closing(make(await listening(endless[form](status))));
      await expect(counting(source, 1)).rejects.toMatchObject(coded);
      // With all buffers in between, and the repetitions of the driver.
      expect(endless.written).toBeLessThan(100 * LIMIT);
    }
  });

  it('and waits no longer for one that comes letter by letter', async () => {
    const source = closing(make(await listening(trickling), 1000));
    await expect(counting(source, 1)).rejects.toMatchObject(coded);
  });

  it('nor does it take headers without end', async () => {
    await expect(counting(closing(make(await listening(withLongHeaders))), 1)).rejects.toMatchObject(coded);
  });
});

it.each(['plain', 'packed'] as const)('the driver ends with a chunk that does not end (%s)', async (form) => {
  const snowflake = await startPrepared();
  const endless = new Endless();
  const accessUrl = await between(snowflake.connection().accessUrl, {
    answers: (request, response) => {
      if (!(request.url ?? '').startsWith('/chunks/')) return false;
      endless[form](200)(request, response);
      return true;
    },
  });
  const bounds = { maxResponseBytes: LIMIT, stallTimeoutMs: 3000, maxReadFailures: 0 };
  const source = closing(new SnowflakeSource({ ...snowflake.connection(), accessUrl, ...bounds }));
  await expect(readAll(await counting(source, 5000))).rejects.toMatchObject({ code: 'SOURCE_FAILED' });
  expect(endless.written).toBeLessThan(100 * LIMIT);
});

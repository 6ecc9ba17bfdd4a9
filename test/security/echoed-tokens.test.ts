import { createServer, type IncomingHttpHeaders, type Server, type ServerResponse } from 'node:http';
import { once } from 'node:events';
import { gunzipSync } from 'node:zlib';
import type { AddressInfo } from 'node:net';
import { describe, expect, it } from 'vitest';
import { identify, MemoryStateStore, QueryTemplate, SnowflakeSource, SqlApiSource, Sync, type Source } from 'snowmelt';
import { recordingSink } from 'snowmelt/testing';
import { closing, users } from '../source/start-prepared.js';

const [user] = users;
const credentials = { account: 'acme', username: 'SNOWMELT', privateKey: user?.keyPair.privateKey ?? '' };
const SESSION = 'ver:1-hint:92019-ETMsDgAAAZsession-token-of-this-test';
const FORMS: Readonly<Record<string, (token: string) => string>> = {
  'as it is': (token) => token,
  'in base64': (token) => Buffer.from(`Bearer ${token}`).toString('base64'),
  'URL-encoded': (token) => encodeURIComponent(encodeURIComponent(token)),
  cut: (token) => token.slice(20, 60),
};

type Answer = (token: string, response: ServerResponse, headers: IncomingHttpHeaders, path: string) => void;

/** Answers with what it was sent as a credential: the token of a header, or of a login. */
async function echoing(answer: Answer): Promise<{ readonly accessUrl: string; readonly tokens: Set<string> }> {
  const tokens = new Set<string>();
  const server: Server = createServer((request, response) => {
    void (async () => {
      const chunks: Buffer[] = [];
      for await (const chunk of request) chunks.push(chunk as Buffer);
      const sent = Buffer.concat(chunks);
      const body = request.headers['content-encoding'] === 'gzip' ? gunzipSync(sent).toString() : sent.toString();
      const login = /"TOKEN":"([^"]+)"/.exec(body)?.[1];
      const header = /(?:Bearer |Token=")([^"]+)/.exec(request.headers.authorization ?? '')?.[1];
      const token = login ?? header ?? '';
      if (token !== '') tokens.add(token);
      answer(token, response, request.headers, request.url ?? '');
    })();
  });
  await once(server.listen(0, '127.0.0.1'), 'listening');
  closing({
    close: async () => {
      server.closeAllConnections();
      await once(server.close(), 'close');
    },
  });
  return { accessUrl: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, tokens };
}

function json(response: ServerResponse, status: number, body: unknown): void {
  response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body));
}

/** A run against it, with everything that it says. */
async function saidBy(source: Source): Promise<string> {
  const said: unknown[] = [];
  const log = (...args: unknown[]): void => void said.push(args);
  const sync = new Sync({
    name: 'people',
    source,
    query: new QueryTemplate('SELECT 1 AS "userId"'),
    mapper: identify(),
    sink: recordingSink(),
    state: new MemoryStateStore(),
    logger: { info: log, warn: log, error: log },
  });
  const report = await sync.run();
  expect(report.status).toBe('failed');
  const { error } = report;
  said.push(report, await sync.status(), error?.message, error?.hint, error?.details, error?.stack);
  return JSON.stringify(said, (_key, value: unknown) => (value instanceof Error ? Object.entries(value) : value));
}

/** No eight characters of a token stand in a text. */
function expectWithout(said: string, tokens: Set<string>): void {
  expect(tokens.size).toBeGreaterThan(0);
  for (const token of tokens) {
    for (let at = 0; at + 8 <= token.length; at += 1) {
      const piece = token.slice(at, at + 8);
      if (said.includes(piece)) throw new Error(`${piece} stands in ${said.slice(0, 3000)}`);
    }
    const encoded = Buffer.from(`Bearer ${token}`).toString('base64');
    for (let at = 20; at + 12 <= encoded.length; at += 4) expect(said).not.toContain(encoded.slice(at, at + 12));
  }
}

describe.each(Object.entries(FORMS))('a token that the SQL API repeats %s', (_name, form) => {
  it.each([400, 401, 403, 422])('with HTTP %i is in nothing that the run says', async (status) => {
    const { accessUrl, tokens } = await echoing((token, response) => {
      const echo = form(token);
      const body = { code: '390144', message: `Bad token ${echo}.`, sqlState: echo, statementHandle: echo };
      json(response, status, body);
    });
    const source = closing(new SqlApiSource({ ...credentials, accessUrl, maxRetries: 0 }));
    expectWithout(await saidBy(source), tokens);
  });

  it('as its code or its content type is in nothing that the run says', async () => {
    for (const asType of [true, false]) {
      const { accessUrl, tokens } = await echoing((token, response) => {
        if (asType) response.writeHead(200, { 'content-type': `text/${form(token).slice(0, 300)}` }).end('<html>');
        else json(response, 422, { code: form(token), message: 'no' });
      });
      const source = closing(new SqlApiSource({ ...credentials, accessUrl, maxRetries: 0 }));
      expectWithout(await saidBy(source), tokens);
    }
  });
});

describe.each(Object.entries(FORMS))('a token that the server of the driver repeats %s', (_name, form) => {
  it.each([
    ['at login', '390144'],
    ['at login, under a code of a query', '001003'],
  ])('%s is in nothing that the run says', async (_when, code) => {
    const { accessUrl, tokens } = await echoing((token, response) => {
      const message = `Token ${form(token)} is invalid.`;
      json(response, 200, { success: false, code, message, data: { queryId: form(token), sqlState: form(token) } });
    });
    expectWithout(await saidBy(closing(new SnowflakeSource({ ...credentials, accessUrl }))), tokens);
  });

  it('with HTTP 422 and as a code is in nothing that the run says', async () => {
    for (const status of [422, 200]) {
      const { accessUrl, tokens } = await echoing((token, response) => {
        json(response, status, { success: false, code: form(token), message: form(token), data: {} });
      });
      expectWithout(await saidBy(closing(new SnowflakeSource({ ...credentials, accessUrl }))), tokens);
    }
  });

  it('of a session is in nothing that the run says', async () => {
    const { accessUrl, tokens } = await echoing((token, response, _headers, path) => {
      if (path.includes('login-request')) {
        const data = { token: SESSION, masterToken: `${SESSION}-master`, parameters: [], sessionInfo: {} };
        json(response, 200, { success: true, code: null, message: null, data });
      } else {
        const message = `No session ${form(token)}.`;
        json(response, 200, { success: false, code: '390189', message, data: { sqlState: '08001' } });
      }
    });
    expectWithout(await saidBy(closing(new SnowflakeSource({ ...credentials, accessUrl }))), tokens);
    expect(tokens).toContain(SESSION);
  });
});

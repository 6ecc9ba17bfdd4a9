import { once } from 'node:events';
import {
  createServer,
  request as send,
  type IncomingMessage,
  type RequestListener,
  type ServerResponse,
} from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { gunzipSync } from 'node:zlib';
import { closing, users } from '../source/start-prepared.js';
import { selfSigned } from '../self-signed.js';

const [user] = users;

/** Who signs in at the servers of these tests. */
export const credentials = { account: 'acme', username: 'SNOWMELT', privateKey: user?.keyPair.privateKey ?? '' };

/** Of the servers that speak TLS. */
export const certificate = selfSigned('localhost');

/** A server that is closed after the test. */
export async function listening(answer: RequestListener, tls = false): Promise<string> {
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

/** What stands between a source and its server. */
export interface Between {
  /** Answers some requests itself. */
  readonly answers?: (request: IncomingMessage, response: ServerResponse) => boolean;
  /** Changes what the server answers. */
  readonly changes?: (body: string, request: IncomingMessage) => string;
}

/** Passes requests on to a server. */
export function between(to: string, { answers, changes }: Between): Promise<string> {
  return listening((request, response) => {
    if (answers?.(request, response) === true) return;
    const { method } = request;
    const url = new URL(request.url ?? '', to);
    const passed = send(url, { method, headers: { ...request.headers, host: url.host } });
    // The server is closed while a request is on its way, or the source gives it up.
    passed.on('error', () => response.destroy());
    passed.on('response', (answer) => {
      const chunks: Buffer[] = [];
      answer.on('error', () => response.destroy());
      answer.on('data', (chunk: Buffer) => chunks.push(chunk));
      answer.on('end', () => {
        const sent = Buffer.concat(chunks);
        const body = (answer.headers['content-encoding'] === 'gzip' ? gunzipSync(sent) : sent).toString();
        response.writeHead(answer.statusCode ?? 500, { 'content-type': answer.headers['content-type'] });
        // Chunks are to come from here as well.
        const own = body.replaceAll(to, `http://${request.headers.host ?? ''}`);
        response.end(changes?.(own, request) ?? own);
      });
    });
    request.pipe(passed);
  });
}

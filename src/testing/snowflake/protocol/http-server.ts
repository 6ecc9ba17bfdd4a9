import { createServer, STATUS_CODES, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import * as z from 'zod';
import { codeOf } from '../../../errors/code-of.js';
import { ConfigError } from '../../../errors/errors.js';
import { protocolErrorReply, sqlErrorReply } from './driver/error-reply.js';
import type { SnowflakeFault } from '../faults/snowflake-fault.js';
import { ProtocolError } from '../server/protocol-error.js';
import { jsonReply, type Reply } from './http/reply.js';
import type { ServerState } from '../server/server-state.js';
import { apiErrorReply, apiSqlErrorReply } from './sql-api/error-reply.js';
import { SnowflakeSqlError } from '../sql/types/sql-engine.js';
import type { Call } from './http/call.js';
import { faultReply } from './fault-reply.js';
import { readAddress } from './http/read-address.js';
import { readBody } from './http/read-body.js';
import { findRoute } from './route.js';
import { sendReply } from './http/send-reply.js';

const HOST = '127.0.0.1';

/** The embedded Snowflake's HTTP side, on loopback. */
export class HttpServer {
  readonly #state: ServerState;
  readonly #closing = new AbortController();
  #server: Server | undefined;
  #port: number;

  constructor(state: ServerState) {
    this.#state = state;
    this.#port = state.settings.port;
  }

  get origin(): string {
    return `http://${HOST}:${this.#port}`;
  }

  /** Starts to listen; after `refuse`, on the same port again. */
  async listen(): Promise<void> {
    if (this.#server !== undefined) return;
    const server = createServer((request, response) => {
      void this.#answer(request, response);
    });
    // Nothing here outlives a test, and clients keep connections open for long pauses.
    server.keepAliveTimeout = 60_000;
    await new Promise<void>((resolve, reject) => {
      server.once('error', (error) => {
        reject(portFault(this.#port, error));
      });
      server.listen(this.#port, HOST, resolve);
    });
    this.#server = server;
    this.#port = (server.address() as AddressInfo).port;
  }

  /** Stops listening and cuts every connection, so that new ones are refused. */
  async refuse(): Promise<void> {
    const server = this.#server;
    if (server === undefined) return;
    this.#server = undefined;
    await new Promise<void>((resolve) => {
      server.close(() => {
        resolve();
      });
      server.closeAllConnections();
    });
  }

  async close(): Promise<void> {
    this.#closing.abort();
    await this.refuse();
  }

  async #answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const hangUp = new AbortController();
    response.once('close', () => {
      hangUp.abort();
    });
    const signal = AbortSignal.any([hangUp.signal, this.#closing.signal]);
    response.setHeader('date', new Date(this.#state.clock.now()).toUTCString());
    try {
      const url = readAddress(request, this.origin);
      if (url === 421) {
        // Nothing of the body is looked at.
        const message = `Misdirected Request: this server answers only as ${this.origin}.`;
        const reply = jsonReply(421, { code: null, message, success: false }, { connection: 'close' });
        await sendReply(request, response, reply, []);
        return;
      }
      const found = url === 400 ? 400 : findRoute(request.method ?? 'GET', url.pathname);
      const text = await readBody(request);
      if (url === 400 || typeof found === 'number' || text === undefined) {
        const status = typeof found === 'number' ? found : 400;
        const message = STATUS_CODES[status] ?? '';
        await sendReply(request, response, jsonReply(status, { code: null, message, success: false }), []);
        return;
      }
      const { route, params } = found;
      this.#state.requests.set(route.endpoint, (this.#state.requests.get(route.endpoint) ?? 0) + 1);
      const faults = this.#state.faults.take(route.endpoint);
      if (faults.some(({ kind }) => kind === 'refuse')) {
        request.socket.destroy();
        return;
      }
      for (const fault of faults) if (fault.kind === 'delay') await sleep(fault.ms, undefined, { signal });
      const call: Call = {
        method: route.method,
        url,
        params,
        headers: request.headers,
        json: () => (text === '' ? undefined : (JSON.parse(text) as unknown)),
        signal,
        origin: this.origin,
      };
      const isApi = route.endpoint.startsWith('api-');
      const reply = injected(faults, isApi) ?? (await this.#handle(() => route.handle(this.#state, call), isApi));
      if (!signal.aborted) await sendReply(request, response, reply, faults);
    } catch {
      // The client has gone, or sent what is no HTTP body: there is nobody left to answer.
      response.destroy();
    }
  }

  async #handle(handler: () => Promise<Reply>, isApi: boolean): Promise<Reply> {
    try {
      return await handler();
    } catch (error) {
      if (error instanceof ProtocolError) return isApi ? apiErrorReply(error) : protocolErrorReply(error);
      if (error instanceof SnowflakeSqlError) return isApi ? apiSqlErrorReply(error) : sqlErrorReply(error, '');
      if (error instanceof z.ZodError || error instanceof SyntaxError) {
        return jsonReply(400, { code: '390142', message: `Invalid payload: ${error.message}`, success: false });
      }
      const message = error instanceof Error ? error.message : String(error);
      return jsonReply(500, { code: '370001', message: `Internal error: ${message}`, success: false });
    }
  }
}

/** Why nothing can listen there. */
function portFault(port: number, error: unknown): ConfigError {
  const code = codeOf(error);
  const reason = code === 'EADDRINUSE' ? 'is in use' : `cannot be used (${code ?? 'unknown reason'})`;
  return new ConfigError('CONFIG_INVALID', `Port ${port} of ${HOST} ${reason}.`, {
    hint: 'End the program that has it, or choose another port; 0 takes a free one.',
    cause: error,
  });
}

function injected(faults: readonly SnowflakeFault[], isApi: boolean): Reply | undefined {
  for (const fault of faults) {
    const reply = faultReply(fault, isApi);
    if (reply !== undefined) return reply;
  }
  return undefined;
}

import { AsyncLocalStorage } from 'node:async_hooks';
import { maskSecrets } from '../../http/mask-secrets.js';
import type { DriverConnection, DriverStatement } from './driver.js';

/*
 * The driver makes its requests with axios, which follows redirects to any host and repeats the body there: a login
 * would hand its token on (RFC 9110, section 15.4: 307 and 308 keep method and body). The driver has no option for it. So
 * each request of our connections passes here first: they are told apart from the host program's own connections of the
 * same driver by the asynchronous context they are made in.
 */

/** What bounds the requests of one connection. */
export interface RequestLimits {
  /** Most bytes of one answer, unpacked. */
  readonly maxResponseBytes: number;
  /** From the beginning of a request to the end of its answer. */
  readonly requestTimeoutMs: number;
}

/** The part of an axios request that is read or set; axios documents them ("Request Config"). */
interface AxiosRequest {
  readonly headers?: unknown;
  readonly data?: unknown;
  signal?: unknown;
  maxRedirects?: number;
  maxContentLength?: number;
}

/** The part of the driver's axios instance that is used. */
interface AxiosInstance {
  readonly interceptors: { readonly request: { use(intercept: (request: AxiosRequest) => AxiosRequest): unknown } };
}

const current = new AsyncLocalStorage<RequestGuard>();
const guarded = new WeakSet<AxiosInstance>();

/** Tokens are renewed every hour; the last ones are enough. */
const MOST_SECRETS = 32;
const SECRET_KEY = /token|password|passcode|secret/i;
const DEEPEST = 4;

/** Watches the requests of one connection: no redirects, bounds, and which credentials were sent. */
export class RequestGuard {
  readonly #limits: RequestLimits;
  readonly #secrets = new Set<string>();

  constructor(limits: RequestLimits) {
    this.#limits = limits;
  }

  /** Has all requests of a connection watched, those of its statements and of the reading of their rows too. */
  watch(connection: DriverConnection): DriverConnection {
    const connect = connection.connect.bind(connection);
    const destroy = connection.destroy.bind(connection);
    const execute = connection.execute.bind(connection);
    const fetchResult = connection.fetchResult.bind(connection);
    connection.connect = (callback) => this.#run(() => connect(callback));
    connection.destroy = (callback) => this.#run(() => destroy(callback));
    connection.execute = (options) => this.#run(() => this.#statement(execute(options)));
    connection.fetchResult = (options) => this.#run(() => this.#statement(fetchResult(options)));
    return connection;
  }

  #run<T>(call: () => T): T {
    return current.run(this, call);
  }

  #statement(statement: DriverStatement): DriverStatement {
    const cancel = statement.cancel.bind(statement);
    const streamRows = statement.streamRows.bind(statement);
    statement.cancel = (callback) => this.#run(() => cancel(callback));
    statement.streamRows = (options) => {
      const stream = this.#run(() => streamRows(options));
      const read = stream.read.bind(stream);
      stream.read = (size) => this.#run(() => read(size));
      return stream;
    };
    return statement;
  }

  /** Has a credential masked from now on. */
  keep(secret: string): void {
    this.#add(secret);
  }

  /** A text without the credentials that were sent: the server may repeat them. */
  mask(text: string): string {
    return maskSecrets(text, [...this.#secrets]);
  }

  /** Prepares one request. */
  prepare(request: AxiosRequest): AxiosRequest {
    this.#remember(request.data, DEEPEST);
    for (const [, token] of String(property(request.headers, 'Authorization')).matchAll(/"([^"]+)"/g)) this.#add(token);
    const { maxResponseBytes, requestTimeoutMs } = this.#limits;
    const late = AbortSignal.timeout(requestTimeoutMs);
    request.maxRedirects = 0;
    request.maxContentLength = maxResponseBytes;
    request.signal = request.signal instanceof AbortSignal ? AbortSignal.any([request.signal, late]) : late;
    return request;
  }

  #remember(value: unknown, depth: number): void {
    if (typeof value !== 'object' || value === null || depth === 0) return;
    for (const [key, inner] of Object.entries(value)) {
      if (typeof inner === 'string' && SECRET_KEY.test(key)) this.#add(inner);
      else this.#remember(inner, depth - 1);
    }
  }

  #add(secret: string | undefined): void {
    if (secret === undefined) return;
    // Used again, it is the latest.
    this.#secrets.delete(secret);
    this.#secrets.add(secret);
    const [oldest] = this.#secrets;
    if (this.#secrets.size > MOST_SECRETS && oldest !== undefined) this.#secrets.delete(oldest);
  }
}

/**
 * Has the driver's requests pass by their guard, if they have one.
 *
 * @param module what the driver keeps its axios instance in
 * @returns whether this version of the driver allows it
 */
export function guardRequests(module: unknown): boolean {
  const axios = axiosIn(module) ?? axiosIn(property(module, 'default'));
  if (axios === undefined) return false;
  if (guarded.has(axios)) return true;
  guarded.add(axios);
  axios.interceptors.request.use((request) => current.getStore()?.prepare(request) ?? request);
  return true;
}

function axiosIn(module: unknown): AxiosInstance | undefined {
  const axios = property(module, 'default');
  return typeof property(property(property(axios, 'interceptors'), 'request'), 'use') === 'function'
    ? (axios as AxiosInstance)
    : undefined;
}

function property(of: unknown, name: string): unknown {
  return (typeof of === 'object' || typeof of === 'function') && of !== null ? Reflect.get(of, name) : undefined;
}

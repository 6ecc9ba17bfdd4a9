export { CustomerIoSink } from './sink/customerio/customerio-sink.js';
export type { CustomerIoSinkOptions } from './sink/customerio/customerio-sink.js';
export type { HttpSinkOptions } from './sink/http/http-sender.js';
export type {
  HttpFetch,
  HttpFetchBody,
  HttpFetchHeaders,
  HttpFetchInit,
  HttpFetchReader,
  HttpFetchResponse,
} from './http/http-fetch.js';

export { SegmentSink } from './sink/segment/segment-sink.js';
export type { SegmentSinkOptions } from './sink/segment/segment-sink.js';
export { WebhookSink } from './sink/webhook/webhook-sink.js';
export type { WebhookReply, WebhookSignature, WebhookSinkOptions } from './sink/webhook/webhook-options.js';
export { NdjsonSink } from './sink/ndjson/ndjson-sink.js';
export type { NdjsonSinkOptions } from './sink/ndjson/ndjson-sink.js';
export { readDeadLetters } from './sink/ndjson/read-dead-letters.js';
export { readDeliveryLog } from './sink/ndjson/read-delivery-log.js';
export type { ReadRecordsOptions } from './sink/ndjson/read-records.js';
export { CallbackSink } from './sink/callback-sink.js';
export type { CallbackSinkOptions, WriteCallback } from './sink/callback-sink.js';
export type { HttpSinkOptions } from './sink/http/http-sender.js';
export type {
  HttpFetch,
  HttpFetchBody,
  HttpFetchHeaders,
  HttpFetchInit,
  HttpFetchReader,
  HttpFetchResponse,
} from './http/http-fetch.js';

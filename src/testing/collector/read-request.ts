import type { IncomingMessage } from 'node:http';
import { promisify } from 'node:util';
import { gunzip } from 'node:zlib';
import { checkMessage } from './check-message.js';
import type { CollectedBatch, CollectedMessage } from './collector-record.js';

/** Published sizes, bytes. */
export interface CollectorLimits {
  readonly maxMessageBytes: number;
  readonly maxBodyBytes: number;
}

/** What the API makes of a request. */
export interface ReceivedRequest {
  readonly status: number;
  readonly errors: readonly string[];
  readonly messages: readonly CollectedMessage[];
  /** Messages thrown away behind a 200; a whole request counts as one. */
  readonly dropped: number;
  readonly batch: CollectedBatch;
}

interface Rules {
  readonly writeKey: string;
  readonly limits: CollectorLimits;
  readonly check: boolean;
}

const unpack = promisify(gunzip);
const path = /^\/v1\/(batch|identify|track|page|screen|group|alias)$/;

/** Reads one request and judges it by the published rules. */
export async function readRequest(request: IncomingMessage, rules: Rules): Promise<ReceivedRequest> {
  const strict = request.headers['x-strict-mode'] === '1';
  const body = await readBody(request);
  const batch = {
    path: request.url ?? '',
    messages: 0,
    bytes: body.length,
    strict,
    retryCount: Number(request.headers['x-retry-count'] ?? 0),
  };
  // Without strict mode only an unknown path or method shows: everything else is a 200 that took nothing.
  const refuse = (status: number, ...errors: string[]): ReceivedRequest =>
    strict || status === 404 || status === 405
      ? { status, errors, messages: [], dropped: 0, batch }
      : { status: 200, errors: [], messages: [], dropped: 1, batch };

  const call = path.exec(batch.path)?.[1];
  if (call === undefined) return refuse(404, 'no such path');
  if (request.method !== 'POST') return refuse(405, 'POST only');
  if (!isAuthorized(request.headers.authorization, rules.writeKey)) return refuse(401, 'unknown key');
  if (body.length > rules.limits.maxBodyBytes) return refuse(413, 'the body is too large');
  const items = readItems(body, call);
  if (items === undefined) return refuse(400, 'the body is not a batch of calls in JSON');
  const { messages, errors } = judge(items, rules);
  if (errors.length > 0 && strict) return refuse(400, ...errors);
  return { status: 200, errors: [], messages, dropped: errors.length, batch: { ...batch, messages: messages.length } };
}

function judge(items: readonly unknown[], { limits, check }: Rules) {
  const messages: CollectedMessage[] = [];
  const errors: string[] = [];
  items.forEach((item, index) => {
    const tooLarge = Buffer.byteLength(JSON.stringify(item)) > limits.maxMessageBytes;
    const error = tooLarge ? 'the call is too large' : check ? checkMessage(item) : undefined;
    if (error === undefined) messages.push(item as CollectedMessage);
    else errors.push(`batch[${index}]: ${error}`);
  });
  return { messages, errors };
}

function readItems(body: Buffer, call: string): readonly unknown[] | undefined {
  try {
    const value: unknown = JSON.parse(body.toString('utf8'));
    if (typeof value !== 'object' || value === null) return undefined;
    if (call !== 'batch') return [{ ...value, type: call }];
    return 'batch' in value && Array.isArray(value.batch) ? value.batch : undefined;
  } catch {
    return undefined;
  }
}

function isAuthorized(header: string | undefined, writeKey: string): boolean {
  return header === `Basic ${Buffer.from(`${writeKey}:`).toString('base64')}`;
}

async function readBody(request: IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  const body = Buffer.concat(chunks);
  return request.headers['content-encoding'] === 'gzip' ? unpack(body) : body;
}

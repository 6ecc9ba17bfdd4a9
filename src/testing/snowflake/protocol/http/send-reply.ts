import type { IncomingMessage, ServerResponse } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';
import { gunzipSync, gzipSync } from 'node:zlib';
import type { SnowflakeFault } from '../../faults/snowflake-fault.js';
import { compress } from '../../results/chunk-cache.js';
import type { Reply } from './reply.js';

/** Below this, compressing costs more than it saves. */
const COMPRESS_FROM = 4096;

/** Sends an answer, bent by the faults that hit the request. */
export async function sendReply(
  request: IncomingMessage,
  response: ServerResponse,
  reply: Reply,
  faults: readonly SnowflakeFault[],
): Promise<void> {
  let { status } = reply;
  const headers: Record<string, string> = { ...reply.headers };
  let body = await encode(request, reply, headers);
  for (const fault of faults) {
    if (fault.kind === 'corrupt-gzip') {
      headers['content-encoding'] = 'gzip';
      body = Buffer.from('this is not gzip');
    } else if (fault.kind === 'truncated-json') {
      const plain = headers['content-encoding'] === 'gzip' ? gunzipSync(body) : body;
      headers['content-encoding'] = 'gzip';
      body = gzipSync(breakOff(plain));
    } else if (fault.kind === 'empty') {
      delete headers['content-encoding'];
      body = Buffer.alloc(0);
    } else if (fault.kind === 'lose-answer') {
      if (fault.status === undefined) {
        response.destroy();
        return;
      }
      status = fault.status;
      body = Buffer.from('upstream connect error');
      delete headers['content-encoding'];
      headers['content-type'] = 'text/plain';
    }
  }
  response.writeHead(status, { ...headers, 'content-length': String(body.length) });
  const slow = faults.find((fault) => fault.kind === 'slow');
  const reset = faults.find((fault) => fault.kind === 'reset');
  if (reset !== undefined) body = body.subarray(0, reset.afterBytes);
  if (slow !== undefined) await trickle(response, body, slow.bytesPerSecond);
  else if (reset === undefined) response.end(body);
  else await write(response, body);
  if (reset !== undefined) response.destroy();
  else if (slow !== undefined) response.end();
}

/** The first half of a JSON text, but never one that ends where a row does: that would parse. */
function breakOff(plain: Buffer): Buffer {
  const half = plain.subarray(0, Math.floor(plain.length / 2));
  return half.at(-1) === ']'.charCodeAt(0) ? half.subarray(0, -1) : half;
}

async function encode(request: IncomingMessage, reply: Reply, headers: Record<string, string>): Promise<Buffer> {
  const takesGzip = /\bgzip\b/.test(request.headers['accept-encoding'] ?? '');
  if (typeof reply.body !== 'string') {
    if (headers['content-encoding'] !== 'gzip' || takesGzip) return reply.body;
    delete headers['content-encoding'];
    return gunzipSync(reply.body);
  }
  if (!takesGzip || reply.body.length < COMPRESS_FROM) return Buffer.from(reply.body);
  headers['content-encoding'] = 'gzip';
  return compress(reply.body);
}

async function trickle(response: ServerResponse, body: Buffer, bytesPerSecond: number): Promise<void> {
  const ticksPerSecond = 20;
  const step = Math.max(1, Math.round(bytesPerSecond / ticksPerSecond));
  for (let at = 0; at < body.length && !response.destroyed; at += step) {
    await write(response, body.subarray(at, at + step));
    await sleep((step / bytesPerSecond) * 1000);
  }
}

/** Resolves when the bytes have left, or the client has gone. */
function write(response: ServerResponse, bytes: Buffer): Promise<void> {
  response.flushHeaders();
  if (bytes.length === 0) return Promise.resolve();
  return new Promise((resolve) => {
    response.write(bytes, () => {
      resolve();
    });
  });
}

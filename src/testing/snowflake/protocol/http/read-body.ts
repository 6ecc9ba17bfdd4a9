import type { IncomingMessage } from 'node:http';
import { promisify } from 'node:util';
import { gunzip } from 'node:zlib';

const gunzipAsync = promisify(gunzip);

/** The body of a request as text, unpacked where it is gzip. */
export async function readBody(request: IncomingMessage): Promise<string> {
  const parts: Buffer[] = [];
  for await (const part of request) parts.push(part as Buffer);
  const bytes = Buffer.concat(parts);
  if (bytes.length > 0 && request.headers['content-encoding'] === 'gzip') return (await gunzipAsync(bytes)).toString();
  return bytes.toString();
}

import type { IncomingMessage } from 'node:http';
import { promisify } from 'node:util';
import { gunzip } from 'node:zlib';

const gunzipAsync = promisify(gunzip);

/** The body of a request as text, unpacked where it is gzip; nothing where it says gzip and is none. */
export async function readBody(request: IncomingMessage): Promise<string | undefined> {
  const parts: Buffer[] = [];
  for await (const part of request) parts.push(part as Buffer);
  const bytes = Buffer.concat(parts);
  if (bytes.length === 0 || request.headers['content-encoding'] !== 'gzip') return bytes.toString();
  return gunzipAsync(bytes).then(String, () => undefined);
}

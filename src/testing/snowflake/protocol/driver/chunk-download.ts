import type { Call } from '../http/call.js';
import type { Reply } from '../http/reply.js';
import { readRows } from '../../results/read-rows.js';
import type { ServerState } from '../../server/server-state.js';

/** GET of a chunk's link: no session, only the signature and the result's key, as with cloud storage. */
export async function downloadChunk(state: ServerState, call: Call): Promise<Reply> {
  const target = state.links.resolve(`${call.url.pathname}${call.url.search}`);
  if (target === undefined) return storageError(403, 'SignatureDoesNotMatch');
  if (target === 'expired') return storageError(403, 'AccessDenied');
  const { queryId, order, from, to } = target;
  if (call.headers['x-amz-server-side-encryption-customer-key'] !== state.links.key(queryId)) {
    return storageError(400, 'InvalidRequest');
  }
  const statement = state.statements.get(queryId);
  if (statement?.result === undefined) return storageError(404, 'NoSuchKey');
  const { result } = statement;
  const body = await state.chunks.get(`${queryId}/${order}/${from}-${to}`, () => readRows({ result, order }, from, to));
  // Rows without outer brackets are no JSON document: the official driver fails on them under `application/json`.
  return { status: 200, headers: { 'content-type': 'binary/octet-stream', 'content-encoding': 'gzip' }, body };
}

function storageError(status: number, code: string): Reply {
  const body = `<?xml version="1.0" encoding="UTF-8"?>\n<Error><Code>${code}</Code></Error>`;
  return { status, headers: { 'content-type': 'application/xml' }, body };
}

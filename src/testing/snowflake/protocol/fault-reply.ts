import { protocolErrorReply } from './driver/error-reply.js';
import type { SnowflakeFault } from '../faults/snowflake-fault.js';
import { ProtocolError } from '../server/protocol-error.js';
import { jsonReply, type Reply } from './http/reply.js';
import { apiErrorReply } from './sql-api/error-reply.js';

/** The answer that a fault gives in place of the handler's; nothing for faults that act on the answer. */
export function faultReply(fault: SnowflakeFault, isApi: boolean): Reply | undefined {
  if (fault.kind === 'error') {
    const error = new ProtocolError(fault.code, fault.message ?? 'Injected fault.');
    return isApi ? apiErrorReply(error) : protocolErrorReply(error);
  }
  if (fault.kind !== 'status') return undefined;
  const headers: Record<string, string> = {};
  if (fault.retryAfterSeconds !== undefined) headers['retry-after'] = String(fault.retryAfterSeconds);
  if (isApi && fault.status === 429) {
    return jsonReply(429, { code: '390505', message: 'Too many requests.' }, headers);
  }
  return { status: fault.status, headers: { 'content-type': 'text/plain', ...headers }, body: 'Injected fault.' };
}

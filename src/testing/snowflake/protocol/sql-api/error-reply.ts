import { type ProtocolError } from '../../server/protocol-error.js';
import { jsonReply, type Reply } from '../http/reply.js';

/** A failed request of the SQL API, whose HTTP status tells what kind of failure it is. */
export function apiErrorReply(error: ProtocolError): Reply {
  // 200 is how the private protocol answers; here the same failure is the client's fault.
  const status = error.status === 200 ? 422 : error.status;
  return jsonReply(status, {
    code: error.code,
    message: error.message,
    ...(error.sqlState === null ? {} : { sqlState: error.sqlState }),
  });
}

import { type ProtocolError } from '../../server/protocol-error.js';
import { jsonReply, type Reply } from '../http/reply.js';
import type { SnowflakeSqlError } from '../../sql/types/sql-engine.js';

/** A failed statement, which the private protocol answers with HTTP 200. */
export function sqlErrorReply(error: SnowflakeSqlError, queryId: string): Reply {
  return jsonReply(200, {
    data: {
      internalError: false,
      unredactedFromSecureObject: false,
      errorCode: error.code,
      age: 0,
      sqlState: error.sqlState,
      queryId,
      line: error.line ?? -1,
      pos: error.pos ?? -1,
      type: error.sqlState.startsWith('42') ? 'COMPILATION' : 'EXECUTION',
    },
    code: error.code,
    message: error.message,
    success: false,
    headers: null,
  });
}

/** A failed request. */
export function protocolErrorReply(error: ProtocolError): Reply {
  const isLogin = error.code === '390144';
  return jsonReply(error.status, {
    data: { errorCode: error.code, sqlState: error.sqlState, nextAction: isLogin ? 'RETRY_LOGIN' : null },
    code: error.code,
    message: error.message,
    success: false,
    headers: null,
  });
}

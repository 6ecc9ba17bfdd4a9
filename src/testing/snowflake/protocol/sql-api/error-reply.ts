import { apiStatus, type ProtocolError } from '../../server/protocol-error.js';
import type { SnowflakeSqlError } from '../../sql/types/sql-engine.js';
import { jsonReply, type Reply } from '../http/reply.js';

/** A failed request of the SQL API, whose HTTP status tells what kind of failure it is. */
export function apiErrorReply(error: ProtocolError): Reply {
  // 200 is how the private protocol answers; here the same failure has a status of its own.
  const status = error.status === 200 ? apiStatus(error.code) : error.status;
  return jsonReply(status, {
    code: error.code,
    message: error.message,
    ...(error.sqlState === null ? {} : { sqlState: error.sqlState }),
  });
}

/** A failure of SQL before there is a statement to tell it by. */
export function apiSqlErrorReply({ code, message, sqlState }: SnowflakeSqlError): Reply {
  return jsonReply(apiStatus(code), { code, message, sqlState });
}

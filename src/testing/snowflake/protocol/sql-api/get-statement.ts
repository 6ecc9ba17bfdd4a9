import type { Call } from '../http/call.js';
import { ProtocolError } from '../../server/protocol-error.js';
import type { Reply } from '../http/reply.js';
import type { ServerState } from '../../server/server-state.js';
import { authorize } from './authorize.js';
import { statementReply, statusReply } from './statement-reply.js';

/** GET /api/v2/statements/{handle}?partition=n */
export async function getStatement(state: ServerState, call: Call): Promise<Reply> {
  const { user } = authorize(state, call);
  const handle = call.params[0] ?? '';
  const statement = state.statements.find(handle, user.name);
  if (statement === undefined) {
    throw new ProtocolError('000709', `Statement ${handle} not found`, { status: 404, sqlState: '02000' });
  }
  if (statement.status === 'RUNNING') return statusReply(statement);
  const query = call.url.searchParams;
  const partition = Number(query.get('partition') ?? 0);
  return statementReply(state, statement, { nullable: query.get('nullable') !== 'false', partition });
}

import type { Call } from '../http/call.js';
import { ProtocolError } from '../../server/protocol-error.js';
import { jsonReply, type Reply } from '../http/reply.js';
import type { ServerState } from '../../server/server-state.js';
import { canceled } from '../../results/statement-store.js';
import { authorize } from './authorize.js';

/** POST /api/v2/statements/{handle}/cancel */
export async function cancelStatement(state: ServerState, call: Call): Promise<Reply> {
  const { user } = authorize(state, call);
  const handle = call.params[0] ?? '';
  const statement = state.statements.find(handle, user.name);
  if (statement === undefined) {
    throw new ProtocolError('000709', `Statement ${handle} not found`, { status: 404, sqlState: '02000' });
  }
  if (!statement.abort(canceled())) {
    const message = 'Identified SQL statement is not currently executing.';
    throw new ProtocolError('000605', message, { status: 422, sqlState: '01000' });
  }
  await statement.ended;
  return jsonReply(200, {
    code: '000604',
    sqlState: '57014',
    message: 'SQL execution canceled',
    statementHandle: handle,
    statementStatusUrl: `/api/v2/statements/${handle}`,
  });
}

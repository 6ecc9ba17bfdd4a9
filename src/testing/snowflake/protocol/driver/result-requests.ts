import * as z from 'zod';
import type { Call } from '../http/call.js';
import { ProtocolError } from '../../server/protocol-error.js';
import { jsonReply, type Reply } from '../http/reply.js';
import type { ServerState } from '../../server/server-state.js';
import { canceled } from '../../results/statement-store.js';
import type { Statement } from '../../results/statement.js';
import { inProgressReply, resultReply } from './result-reply.js';
import { sessionToken } from './session-token.js';

const SUCCESS = { data: null, code: null, message: null, success: true };

/**
 * GET /queries/{id}/result: by any session of the same user. Held while the statement runs: the official Node driver
 * asks again at once, without a pause.
 */
export async function getResult(state: ServerState, call: Call): Promise<Reply> {
  const statement = findStatement(state, call);
  if (!(await statement.wait(state.settings.holdSeconds * 1000, call.signal))) return inProgressReply(statement, false);
  return resultReply(state, call, statement);
}

/** GET /monitoring/queries/{id} */
export async function monitorQuery(state: ServerState, call: Call): Promise<Reply> {
  const session = state.sessions.find(sessionToken(call));
  const statement = state.statements.find(call.params[0] ?? '', session.context.user);
  const queries = statement === undefined ? [] : [describeStatement(statement)];
  return jsonReply(200, { ...SUCCESS, data: { queries } });
}

/** POST /queries/{id}/abort-request */
export async function abortQuery(state: ServerState, call: Call): Promise<Reply> {
  const session = state.sessions.find(sessionToken(call));
  return abort(state.statements.find(call.params[0] ?? '', session.context.user));
}

const abortSchema = z.object({ requestId: z.string() });

/** POST /queries/v1/abort-request: by request id, before the client knows the query id. */
export async function abortRequest(state: ServerState, call: Call): Promise<Reply> {
  const session = state.sessions.find(sessionToken(call));
  return abort(session.requests.get(abortSchema.parse(call.json()).requestId));
}

function abort(statement: Statement | undefined): Reply {
  if (statement?.abort(canceled()) === true) return jsonReply(200, SUCCESS);
  throw new ProtocolError('000605', 'Identified SQL statement is not currently executing.', { sqlState: '01000' });
}

function findStatement(state: ServerState, call: Call): Statement {
  const session = state.sessions.find(sessionToken(call));
  const queryId = call.params[0] ?? '';
  const statement = state.statements.find(queryId, session.context.user);
  if (statement !== undefined) return statement;
  throw new ProtocolError('000709', `Statement ${queryId} not found`, { sqlState: '02000' });
}

function describeStatement(statement: Statement) {
  const { request, status, error, endedAt } = statement;
  return {
    id: statement.queryId,
    status,
    state: status,
    sqlText: request.sql,
    sessionId: Number(request.sessionId),
    userName: request.user,
    startTime: request.startedAt,
    endTime: endedAt ?? 0,
    totalDuration: endedAt === undefined ? 0 : endedAt - request.startedAt,
    errorCode: error?.code ?? null,
    errorMessage: error?.message ?? null,
  };
}

import type { Call } from '../http/call.js';
import { jsonReply, type Reply } from '../http/reply.js';
import type { ServerState } from '../../server/server-state.js';
import { sessionToken } from './session-token.js';

const SUCCESS = { data: null, code: null, message: null, success: true };

/** POST /session/heartbeat */
export async function heartbeat(state: ServerState, call: Call): Promise<Reply> {
  state.sessions.keepAlive(state.sessions.find(sessionToken(call)));
  return jsonReply(200, SUCCESS);
}

/** POST /session/token-request, authorised by the master token. */
export async function renewToken(state: ServerState, call: Call): Promise<Reply> {
  const { session, tokens } = state.sessions.renew(sessionToken(call));
  return jsonReply(200, {
    ...SUCCESS,
    data: {
      sessionToken: tokens.token,
      validityInSecondsST: tokens.validityInSeconds,
      masterToken: tokens.masterToken,
      validityInSecondsMT: tokens.masterValidityInSeconds,
      sessionId: Number(session.context.sessionId),
    },
  });
}

/** POST /session?delete=true. Statements that run go on; what the session has of its own ends. */
export async function logout(state: ServerState, call: Call): Promise<Reply> {
  const session = state.sessions.find(sessionToken(call));
  session.gone = true;
  await state.engine.endSession(session.context);
  return jsonReply(200, SUCCESS);
}

/** POST /telemetry/send: accepted and dropped. */
export async function telemetry(): Promise<Reply> {
  return jsonReply(200, { ...SUCCESS, data: 'Log Received' });
}

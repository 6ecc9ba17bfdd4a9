import { randomUUID } from 'node:crypto';
import * as z from 'zod';
import type { Call } from '../http/call.js';
import type { Reply } from '../http/reply.js';
import type { ServerState } from '../../server/server-state.js';
import { bindPosition, startStatement } from '../../server/start-statement.js';
import { readParameters } from '../../results/session-parameters.js';
import { inProgressReply, resultReply } from './result-reply.js';
import { sessionToken } from './session-token.js';

const bindSchema = z.object({
  type: z.string(),
  value: z.union([z.string(), z.null(), z.array(z.string().nullable())]),
});

const bodySchema = z.object({
  sqlText: z.string().default(''),
  bindings: z.record(bindPosition, bindSchema).nullish(),
  parameters: z.record(z.string(), z.unknown()).nullish(),
  describeOnly: z.boolean().nullish(),
  asyncExec: z.boolean().nullish(),
});

/** POST /queries/v1/query-request */
export async function queryRequest(state: ServerState, call: Call): Promise<Reply> {
  const session = state.sessions.find(sessionToken(call));
  const requestId = call.url.searchParams.get('requestId') ?? randomUUID();
  const body = bodySchema.parse(call.json());
  // The driver repeats a request under the same id after every kind of failure: it must run once.
  let statement = state.statements.alive(session.requests.get(requestId));
  if (statement === undefined) {
    statement = startStatement(state.statements, session.context, {
      requestId,
      sql: body.sqlText,
      bindings: body.bindings ?? {},
      parameters: readParameters(body.parameters ?? {}),
      describeOnly: body.describeOnly ?? false,
    });
    session.requests.set(requestId, statement);
  }
  if (body.asyncExec === true) return inProgressReply(statement, true);
  if (!(await statement.wait(state.settings.holdSeconds * 1000, call.signal))) return inProgressReply(statement, false);
  return resultReply(state, call, statement);
}

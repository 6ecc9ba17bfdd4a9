import { randomUUID } from 'node:crypto';
import * as z from 'zod';
import type { Call } from '../http/call.js';
import { ProtocolError } from '../../server/protocol-error.js';
import type { Reply } from '../http/reply.js';
import { openContext } from '../../server/open-context.js';
import type { ServerState } from '../../server/server-state.js';
import { readParameters } from '../../results/session-parameters.js';
import { bindPosition, startStatement } from '../../server/start-statement.js';
import { authorize } from './authorize.js';
import { statementReply, statusReply } from './statement-reply.js';

/** The only parameters that a request may set (Snowflake documentation, SQL API reference, "parameters"). */
const parameterNames = new Set([
  'binary_output_format',
  'client_result_chunk_size',
  'date_output_format',
  'multi_statement_count',
  'query_tag',
  'rows_per_resultset',
  'time_output_format',
  'timestamp_output_format',
  'timestamp_ltz_output_format',
  'timestamp_ntz_output_format',
  'timestamp_tz_output_format',
  'timezone',
  'use_cached_result',
]);

const bindTypes = [
  'FIXED',
  'REAL',
  'DECFLOAT',
  'TEXT',
  'BINARY',
  'BOOLEAN',
  'DATE',
  'TIME',
  'TIMESTAMP_TZ',
  'TIMESTAMP_LTZ',
  'TIMESTAMP_NTZ',
] as const;

const bodySchema = z.object({
  statement: z.string(),
  timeout: z.number().int().min(0).max(604_800).optional(),
  database: z.string().optional(),
  schema: z.string().optional(),
  warehouse: z.string().optional(),
  role: z.string().optional(),
  bindings: z.record(bindPosition, z.object({ type: z.enum(bindTypes), value: z.string().nullable() })).optional(),
  parameters: z.record(z.string(), z.union([z.string(), z.number(), z.boolean()])).optional(),
});

/** POST /api/v2/statements */
export async function submitStatement(state: ServerState, call: Call): Promise<Reply> {
  const signedIn = authorize(state, call);
  const { user } = signedIn;
  if (!String(call.headers['content-type'] ?? '').startsWith('application/json')) {
    throw new ProtocolError('390142', 'Content-Type must be application/json.', { status: 415 });
  }
  const query = call.url.searchParams;
  const nullable = query.get('nullable') !== 'false';
  const isAsync = query.get('async') === 'true';
  const requestId = query.get('requestId') ?? randomUUID();
  const key = `${user.name} ${requestId}`;
  let statement = query.get('retry') === 'true' ? state.statements.alive(state.apiRequests.get(key)) : undefined;
  if (statement === undefined) {
    const body = readBody(call);
    const parameters = readParameters(body.parameters);
    if (body.timeout !== undefined) parameters.set('STATEMENT_TIMEOUT_IN_SECONDS', body.timeout);
    const context = await openContext(state, signedIn, {
      // Names are case-sensitive here, unlike the driver's.
      role: quote(body.role),
      warehouse: quote(body.warehouse),
      database: quote(body.database),
      schema: quote(body.schema),
    });
    statement = startStatement(state.statements, context, {
      requestId,
      sql: body.statement,
      bindings: body.bindings ?? {},
      parameters,
    });
    state.apiRequests.set(key, statement);
    // Every request is a session of its own.
    void statement.ended.then(() => state.engine.endSession(context)).catch(() => undefined);
  }
  if (isAsync) return statusReply(statement);
  const ended = await statement.wait(state.settings.holdSeconds * 1000, call.signal);
  return ended ? statementReply(state, statement, { nullable }) : statusReply(statement);
}

function readBody(call: Call): z.output<typeof bodySchema> {
  const invalid = (why: string) =>
    new ProtocolError('390142', `Incoming request does not contain a valid payload: ${why}`, { status: 400 });
  let json: unknown;
  try {
    json = call.json();
  } catch {
    throw invalid('the body is not JSON');
  }
  const parsed = bodySchema.safeParse(json);
  if (!parsed.success) {
    const [issue] = parsed.error.issues;
    throw invalid(`${issue?.path.join('.') ?? ''}: ${issue?.message ?? ''}`);
  }
  const unknownName = Object.keys(parsed.data.parameters ?? {}).find((name) => !parameterNames.has(name.toLowerCase()));
  if (unknownName !== undefined) throw invalid(`parameter ${unknownName} is not supported`);
  const format = Object.keys(parsed.data.parameters ?? {}).find((name) =>
    name.toLowerCase().endsWith('_output_format'),
  );
  if (format !== undefined) {
    // Snowflake would send formatted text instead of the documented numbers, in ways that its documentation leaves open.
    throw new ProtocolError('000002', `Unsupported feature '${format}'.`, { status: 422, sqlState: '0A000' });
  }
  return parsed.data;
}

function quote(name: string | undefined): string | undefined {
  return name === undefined ? undefined : `"${name.replaceAll('"', '""')}"`;
}

import * as z from 'zod';
import { authenticate, refuseLogin } from '../../server/authenticate.js';
import type { Call } from '../http/call.js';
import { ProtocolError } from '../../server/protocol-error.js';
import { jsonReply, type Reply } from '../http/reply.js';
import { openContext } from '../../server/open-context.js';
import type { ServerState } from '../../server/server-state.js';
import { listParameters, readParameters, toldParameters } from '../../results/session-parameters.js';

const bodySchema = z.object({
  data: z.object({
    ACCOUNT_NAME: z.string(),
    LOGIN_NAME: z.string().optional(),
    AUTHENTICATOR: z.string().optional(),
    TOKEN: z.string().optional(),
    SESSION_PARAMETERS: z.record(z.string(), z.unknown()).optional(),
  }),
});

/** POST /session/v1/login-request */
export async function login(state: ServerState, call: Call): Promise<Reply> {
  const { data } = bodySchema.parse(call.json());
  const loginName = data.LOGIN_NAME ?? '';
  if (data.AUTHENTICATOR !== 'SNOWFLAKE_JWT' || data.TOKEN === undefined) {
    throw refuseLogin(state, 'authenticator', loginName, notEmulated(data.AUTHENTICATOR));
  }
  const user = authenticate(state, { token: data.TOKEN, login: { account: data.ACCOUNT_NAME, user: loginName } });
  const wanted = (name: string) => call.url.searchParams.get(name) ?? undefined;
  const context = await openContext(state, user, {
    role: wanted('roleName'),
    warehouse: wanted('warehouse'),
    database: wanted('databaseName'),
    schema: wanted('schemaName'),
    parameters: readParameters(data.SESSION_PARAMETERS),
  }).catch((error: unknown) => {
    if (!(error instanceof ProtocolError)) throw error;
    throw refuseLogin(state, error.code === '390189' ? 'role' : 'database', loginName, error);
  });
  const { tokens } = state.sessions.open(context);
  return jsonReply(200, {
    data: {
      ...tokens,
      displayUserName: user.name,
      serverVersion: '9.30.0 snowmelt',
      firstLogin: false,
      remMeToken: null,
      remMeValidityInSeconds: 0,
      healthCheckInterval: 45,
      newClientForUpgrade: null,
      sessionId: Number(context.sessionId),
      parameters: listParameters(toldParameters(context)),
      sessionInfo: {
        databaseName: context.database ?? null,
        schemaName: context.schema ?? null,
        warehouseName: context.warehouse ?? null,
        roleName: context.role ?? null,
      },
      idToken: null,
      idTokenValidityInSeconds: 0,
      responseData: null,
      mfaToken: null,
      mfaTokenValidityInSeconds: 0,
    },
    code: null,
    message: null,
    success: true,
  });
}

/** Only key pairs are emulated; everything else is refused as Snowflake refuses a wrong secret of that kind. */
function notEmulated(authenticator: string | undefined): ProtocolError {
  const sqlState = '08001';
  if (authenticator === 'PROGRAMMATIC_ACCESS_TOKEN') {
    return new ProtocolError('394400', 'Programmatic access token is invalid.', { sqlState });
  }
  if (authenticator === 'OAUTH') return new ProtocolError('390303', 'Invalid OAuth access token.', { sqlState });
  return new ProtocolError('390100', 'Incorrect username or password was specified.', { sqlState });
}

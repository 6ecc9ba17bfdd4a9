import * as z from 'zod';
import type { AuthenticationMethod } from '../../auth/policies.js';
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
    PROVIDER: z.string().optional(),
    SESSION_PARAMETERS: z.record(z.string(), z.unknown()).optional(),
  }),
});

/** What is emulated; passwords and browsers are refused as a wrong password is. */
const METHODS: Readonly<Record<string, AuthenticationMethod>> = {
  SNOWFLAKE_JWT: 'KEYPAIR',
  PROGRAMMATIC_ACCESS_TOKEN: 'PROGRAMMATIC_ACCESS_TOKEN',
  OAUTH: 'OAUTH',
  WORKLOAD_IDENTITY: 'WORKLOAD_IDENTITY',
};

/** POST /session/v1/login-request */
export async function login(state: ServerState, call: Call): Promise<Reply> {
  const { data } = bodySchema.parse(call.json());
  const { ACCOUNT_NAME: account, LOGIN_NAME: loginName, TOKEN: token, PROVIDER: provider } = data;
  const method = METHODS[data.AUTHENTICATOR ?? ''];
  if (method === undefined || token === undefined) {
    const message = 'Incorrect username or password was specified.';
    throw refuseLogin(state, 'authenticator', loginName, new ProtocolError('390100', message, { sqlState: '08001' }));
  }
  const signedIn = authenticate(state, { method, token, provider, login: { account, user: loginName } });
  const { user } = signedIn;
  const wanted = (name: string) => call.url.searchParams.get(name) ?? undefined;
  const context = await openContext(
    state,
    { ...signedIn, method },
    {
      role: wanted('roleName'),
      warehouse: wanted('warehouse'),
      database: wanted('databaseName'),
      schema: wanted('schemaName'),
      parameters: readParameters(data.SESSION_PARAMETERS),
    },
  ).catch((error: unknown) => {
    if (!(error instanceof ProtocolError)) throw error;
    throw refuseLogin(state, error.code === '390201' ? 'database' : 'role', user.name, error);
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

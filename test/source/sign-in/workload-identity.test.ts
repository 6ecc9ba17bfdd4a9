import { once } from 'node:events';
import { createServer, type IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { identify, MemoryStateStore, QueryTemplate, SnowflakeSource, Sync } from 'snowmelt';
import { recordingSink, type EmbeddedSnowflake } from 'snowmelt/testing';
import { closing, startPrepared, users } from '../start-prepared.js';
import { Issuer, placeOf, unsignedJwt } from './issuer.js';

afterEach(() => vi.unstubAllEnvs());

/** The driver sends an identity to Snowflake's own hosts only, and to those that this variable names. */
function allowThisMachine(): void {
  vi.stubEnv('SNOWFLAKE_WIF_ALLOWED_HOST_SUFFIXES', '127.0.0.1');
}

const authenticator = 'WORKLOAD_IDENTITY';

async function start(): Promise<EmbeddedSnowflake> {
  allowThisMachine();
  return startPrepared({ users });
}

/** A service of a cloud that hands out identity tokens to whoever runs there. */
async function startMetadataServer(answer: (request: IncomingMessage) => unknown): Promise<string> {
  const server = createServer((request, response) => {
    const body = answer(request);
    response.setHeader('metadata-flavor', 'Google');
    response.setHeader('content-type', typeof body === 'string' ? 'text/plain' : 'application/json');
    response.end(typeof body === 'string' ? body : JSON.stringify(body));
  });
  await once(server.listen(0, '127.0.0.1'), 'listening');
  closing({
    close: async () => {
      server.closeAllConnections();
      await once(server.close(), 'close');
    },
  });
  return `127.0.0.1:${(server.address() as AddressInfo).port}`;
}

async function runOn(source: SnowflakeSource): Promise<number> {
  const sink = recordingSink();
  const sync = new Sync({
    name: 'people',
    source,
    query: new QueryTemplate('SELECT 1 AS "userId" /* ROWCOUNT => 500 */'),
    mapper: identify({ rename: { N: 'userId' } }),
    sink,
    state: new MemoryStateStore(),
  });
  (await sync.run()).throwIfFailed();
  return sink.messages.length;
}

describe("the identity of a workload, by the driver's own code", () => {
  it('OIDC: with the token of the provider, asked for anew when it has ended', async () => {
    const snowflake = await start();
    const issuer = new Issuer(snowflake, { type: authenticator });
    const token = (): string => issuer.issue();
    const options = { ...placeOf(snowflake), authenticator, workloadIdentityProvider: 'OIDC', token } as const;
    const source = closing(new SnowflakeSource(options));
    expect(await runOn(source)).toBe(500);
    issuer.revoke();
    snowflake.faults.dropSessions();
    expect(await runOn(source)).toBe(500);
    expect(issuer.issued).toHaveLength(2);
  });

  it('OIDC: with a token as text, of an issuer and a subject that the user has', async () => {
    const snowflake = await start();
    const token = unsignedJwt({
      exp: Math.floor(Date.now() / 1000) - 60,
      iss: 'https://issuer.test',
      sub: 'x',
      aud: 'y',
    });
    const options = { ...placeOf(snowflake), authenticator, workloadIdentityProvider: 'OIDC', token } as const;
    const refused = closing(new SnowflakeSource(options)).now();
    await expect(refused).rejects.toMatchObject({ code: 'SOURCE_LOGIN_REFUSED' });
    await expect(refused).rejects.toThrow(/The token says that it ended at/);
    await expect(refused).rejects.not.toThrow(token);
  });

  it('AWS: with a request that the access key of the machine signs', async () => {
    const snowflake = await start();
    snowflake.tokens.add('SNOWMELT', { type: authenticator, token: 'AKIAPLANTED' });
    vi.stubEnv('AWS_REGION', 'eu-central-1');
    vi.stubEnv('AWS_ACCESS_KEY_ID', 'AKIAPLANTED');
    vi.stubEnv('AWS_SECRET_ACCESS_KEY', 'planted-secret-access-key');
    const options = { ...placeOf(snowflake), authenticator, workloadIdentityProvider: 'AWS' } as const;
    expect(await runOn(closing(new SnowflakeSource(options)))).toBe(500);
  });

  it('AZURE: with the token that the managed identity endpoint gives', async () => {
    const snowflake = await start();
    const token = unsignedJwt({ exp: Math.floor(Date.now() / 1000) + 3600 });
    snowflake.tokens.add('SNOWMELT', { type: authenticator, token });
    const host = await startMetadataServer(() => ({
      access_token: token,
      expires_on: String(Math.floor(Date.now() / 1000) + 3600),
      resource: 'x',
      token_type: 'Bearer',
    }));
    vi.stubEnv('IDENTITY_ENDPOINT', `http://${host}/msi/token`);
    vi.stubEnv('IDENTITY_HEADER', 'planted-identity-header');
    const options = { ...placeOf(snowflake), authenticator, workloadIdentityProvider: 'AZURE' } as const;
    expect(await runOn(closing(new SnowflakeSource(options)))).toBe(500);
  });

  it('GCP: with the token that the metadata server gives', async () => {
    const snowflake = await start();
    const token = unsignedJwt({ exp: Math.floor(Date.now() / 1000) + 3600 });
    snowflake.tokens.add('SNOWMELT', { type: authenticator, token });
    vi.stubEnv(
      'GCE_METADATA_HOST',
      await startMetadataServer(({ url = '' }) => (url.includes('identity') ? token : {})),
    );
    vi.stubEnv('METADATA_SERVER_DETECTION', 'assume-present');
    const options = { ...placeOf(snowflake), authenticator, workloadIdentityProvider: 'GCP' } as const;
    expect(await runOn(closing(new SnowflakeSource(options)))).toBe(500);
  });
});

describe('an identity that cannot be had', () => {
  it('is told by its provider: the driver does not know the host', async () => {
    const snowflake = await startPrepared({ users });
    const token = 'planted-token-of-this-test';
    const options = { ...placeOf(snowflake), authenticator, workloadIdentityProvider: 'OIDC', token } as const;
    const error: unknown = await closing(new SnowflakeSource(options))
      .now()
      .catch((reason: unknown) => reason);
    expect(error).toMatchObject({ code: 'TOKEN_UNREADABLE' });
    expect(String(error)).toContain('OIDC');
    expect(String(error)).not.toContain(token);
    expect(Reflect.get(error as object, 'hint')).toContain('SNOWFLAKE_WIF_ALLOWED_HOST_SUFFIXES');
    expect(snowflake.stats().requests['login'] ?? 0).toBe(0);
  });

  it('is told by its provider: there are no credentials of AWS', async () => {
    const snowflake = await start();
    vi.stubEnv('AWS_REGION', 'eu-central-1');
    vi.stubEnv('AWS_EC2_METADATA_DISABLED', 'true');
    vi.stubEnv('AWS_SHARED_CREDENTIALS_FILE', '/nowhere');
    vi.stubEnv('AWS_CONFIG_FILE', '/nowhere');
    const options = { ...placeOf(snowflake), authenticator, workloadIdentityProvider: 'AWS' } as const;
    const error: unknown = await closing(new SnowflakeSource(options))
      .now()
      .catch((reason: unknown) => reason);
    expect(error).toMatchObject({ code: 'TOKEN_UNREADABLE' });
    expect(String(error)).toContain('AWS');
  });
});

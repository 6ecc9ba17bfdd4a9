import { randomUUID } from 'node:crypto';
import type { EmbeddedSnowflake } from '../../../src/testing/index.js';
import { SqlApiClient } from './sql-api-client.js';

/** An answer of the driver's protocol. */
export interface PrivateAnswer {
  readonly status: number;
  readonly success: boolean;
  readonly code: string | null;
  readonly message: string | null;
  readonly data: Readonly<Record<string, unknown>> | null;
}

/** The driver's protocol by hand: for requests that the driver never sends. */
export class PrivateProtocol {
  readonly #origin: string;
  readonly token: string;
  readonly masterToken: string;

  private constructor(origin: string, token: string, masterToken: string) {
    this.#origin = origin;
    this.token = token;
    this.masterToken = masterToken;
  }

  static async login(server: EmbeddedSnowflake, parameters: object = {}): Promise<PrivateProtocol> {
    const { status, data } = await PrivateProtocol.tryLogin(server, parameters);
    if (status !== 200 || typeof data?.['token'] !== 'string') throw new Error('the login was refused');
    return new PrivateProtocol(server.accessUrl, data['token'], String(data['masterToken']));
  }

  /** The answer to a login with session parameters. */
  static tryLogin(server: EmbeddedSnowflake, parameters: object): Promise<PrivateAnswer> {
    const user = server.connection();
    const data = {
      ACCOUNT_NAME: user.account,
      LOGIN_NAME: user.username,
      AUTHENTICATOR: 'SNOWFLAKE_JWT',
      TOKEN: SqlApiClient.token(user),
      SESSION_PARAMETERS: parameters,
    };
    return call(`${server.accessUrl}/session/v1/login-request`, 'POST', { body: { data } });
  }

  /** A statement. */
  query(body: object): Promise<PrivateAnswer> {
    return this.call('POST', `/queries/v1/query-request?requestId=${randomUUID()}`, { body });
  }

  /** Any request, under the session's token unless another or none is given. */
  call(
    method: string,
    path: string,
    { token = this.token, body }: { readonly token?: string | null; readonly body?: object } = {},
  ): Promise<PrivateAnswer> {
    const headers: Record<string, string> = token === null ? {} : { authorization: `Snowflake Token="${token}"` };
    return call(`${this.#origin}${path}`, method, { headers, ...(body === undefined ? {} : { body }) });
  }
}

async function call(
  url: string,
  method: string,
  { headers = {}, body }: { headers?: Record<string, string>; body?: object },
): Promise<PrivateAnswer> {
  const response = await fetch(url, {
    method,
    headers: { 'content-type': 'application/json', ...headers },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
  const answer = (await response.json()) as Omit<PrivateAnswer, 'status'>;
  return { ...answer, status: response.status };
}

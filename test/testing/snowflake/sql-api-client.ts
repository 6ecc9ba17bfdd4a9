import { createHash, createPrivateKey, createPublicKey, randomUUID, sign } from 'node:crypto';
import type { SnowflakeConnection } from '../../../src/testing/snowflake/start-server.js';

/** An answer of the SQL API. */
export interface ApiAnswer {
  readonly status: number;
  readonly headers: Headers;
  readonly body: {
    readonly code?: string;
    readonly sqlState?: string;
    readonly message?: string;
    readonly statementHandle: string;
    readonly statementStatusUrl?: string;
    readonly statementHandles?: string[];
    readonly createdOn?: number;
    readonly data: (string | null)[][];
    readonly stats?: Record<string, number>;
    readonly resultSetMetaData: {
      readonly numRows: number;
      readonly format: string;
      readonly rowType: { readonly name: string; readonly type: string; readonly nullable: boolean }[];
      readonly partitionInfo: { readonly rowCount: number; readonly uncompressedSize: number }[];
    };
  };
}

/** A plain client of the SQL API, written from its documentation. */
export class SqlApiClient {
  readonly #connection: SnowflakeConnection;

  constructor(connection: SnowflakeConnection) {
    this.#connection = connection;
  }

  /** A key-pair token, which the driver's login takes too. */
  static token(connection: SnowflakeConnection): string {
    return keyPairJwt(connection);
  }

  submit(body: object | string, query: Record<string, string> = {}, headers: Record<string, string> = {}) {
    const search = new URLSearchParams({ requestId: randomUUID(), ...query });
    return this.#call('POST', `/api/v2/statements?${search.toString()}`, { headers, body });
  }

  status(handle: string, query: Record<string, string> = {}) {
    const search = new URLSearchParams(query).toString();
    return this.#call('GET', `/api/v2/statements/${handle}${search === '' ? '' : `?${search}`}`, {});
  }

  cancel(handle: string) {
    return this.#call('POST', `/api/v2/statements/${handle}/cancel`, {});
  }

  async #call(
    method: string,
    path: string,
    { headers, body }: { headers?: Record<string, string>; body?: object | string },
  ): Promise<ApiAnswer> {
    const response = await fetch(`${this.#connection.accessUrl}${path}`, {
      method,
      headers: {
        authorization: `Bearer ${keyPairJwt(this.#connection)}`,
        'x-snowflake-authorization-token-type': 'KEYPAIR_JWT',
        accept: 'application/json',
        'user-agent': 'snowmelt-test/1.0',
        ...(body === undefined ? {} : { 'content-type': 'application/json' }),
        ...headers,
      },
      ...(body === undefined ? {} : { body: typeof body === 'string' ? body : JSON.stringify(body) }),
    });
    const text = await response.text();
    const isJson = response.headers.get('content-type') === 'application/json';
    return {
      status: response.status,
      headers: response.headers,
      body: (isJson ? JSON.parse(text) : { message: text }) as ApiAnswer['body'],
    };
  }
}

/** The token as "Authenticating to the server" of the SQL API's documentation describes it. */
function keyPairJwt({ account, username, privateKey }: SnowflakeConnection): string {
  const der = createPublicKey(createPrivateKey(privateKey)).export({ format: 'der', type: 'spki' });
  const subject = `${account.replaceAll('.', '-').toUpperCase()}.${username.toUpperCase()}`;
  const now = Math.floor(Date.now() / 1000);
  const claims = {
    iss: `${subject}.SHA256:${createHash('sha256').update(der).digest('base64')}`,
    sub: subject,
    iat: now,
    exp: now + 3540,
  };
  const encode = (value: object) => Buffer.from(JSON.stringify(value)).toString('base64url');
  const text = `${encode({ alg: 'RS256', typ: 'JWT' })}.${encode(claims)}`;
  return `${text}.${sign('RSA-SHA256', Buffer.from(text), privateKey).toString('base64url')}`;
}

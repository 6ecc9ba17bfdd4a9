import { mkdtemp, rename, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import {
  identify,
  MemoryStateStore,
  QueryTemplate,
  sessionTokenFile,
  SnowflakeSource,
  SqlApiSource,
  Sync,
  type Sink,
  type SnowflakeConnectionOptions,
} from 'snowmelt';
import type { EmbeddedSnowflake } from 'snowmelt/testing';
import { closing, startPrepared } from '../start-prepared.js';
import { ecKeyPair, Issuer, placeOf, tokenUsers } from './issuer.js';

const ROWS = 100_000;

/** Counts what it is sent, and does something once, in the middle. */
function countingSink(inTheMiddle: () => void): Sink & { readonly ids: Set<string> } {
  const ids = new Set<string>();
  let isDone = false;
  return {
    name: 'counting',
    ids,
    write: async (batch) => {
      for (const { userId } of batch) ids.add(String(userId));
      if (!isDone && ids.size > ROWS / 4) {
        isDone = true;
        inTheMiddle();
      }
      return { accepted: batch.length };
    },
  };
}

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'snowmelt-token-'));
});
afterEach(async () => {
  vi.unstubAllEnvs();
  await rm(folder, { recursive: true, force: true });
});

type SignIn = Pick<
  SnowflakeConnectionOptions,
  'authenticator' | 'token' | 'privateKey' | 'username' | 'workloadIdentityProvider'
>;

/** A way to sign in, and what renews it: another token takes the place of one that is not good any more. */
interface Way {
  readonly signIn: SignIn;
  readonly renew: () => void | Promise<void>;
  /** How many tokens were asked for, where they are. */
  readonly asked?: () => number;
}

function withFunction(snowflake: EmbeddedSnowflake, type: 'PROGRAMMATIC_ACCESS_TOKEN' | 'OAUTH'): Way {
  const issuer = new Issuer(snowflake, { type });
  const token = async (): Promise<string> => issuer.issue();
  return { signIn: { authenticator: type, token }, renew: () => issuer.revoke(), asked: () => issuer.issued.length };
}

const ways: Readonly<Record<string, (snowflake: EmbeddedSnowflake) => Way | Promise<Way>>> = {
  'an RSA key': (snowflake) => ({ signIn: { privateKey: snowflake.connection().privateKey }, renew: () => undefined }),
  'a programmatic access token': (snowflake) => withFunction(snowflake, 'PROGRAMMATIC_ACCESS_TOKEN'),
  'an OAuth access token': (snowflake) => withFunction(snowflake, 'OAUTH'),
  'the identity of a workload': (snowflake) => {
    vi.stubEnv('SNOWFLAKE_WIF_ALLOWED_HOST_SUFFIXES', '127.0.0.1');
    const authenticator = 'WORKLOAD_IDENTITY';
    const issuer = new Issuer(snowflake, { type: authenticator });
    return {
      signIn: { authenticator, workloadIdentityProvider: 'OIDC', token: () => issuer.issue() },
      renew: () => issuer.revoke(),
      asked: () => issuer.issued.length,
    };
  },
  "the session token of Snowflake's containers": async (snowflake) => {
    const issuer = new Issuer(snowflake, { type: 'OAUTH' });
    const path = join(folder, 'token');
    await writeFile(path, `${issuer.issue()}\n`);
    vi.stubEnv('SNOWFLAKE_ACCOUNT', snowflake.account);
    return {
      signIn: { token: sessionTokenFile({ path }), username: undefined },
      // Whole, and before the old one ends.
      renew: async () => {
        const [old = ''] = issuer.issued;
        await writeFile(`${path}.new`, `${issuer.issue()}\n`);
        await rename(`${path}.new`, path);
        snowflake.tokens.revoke(old);
      },
    };
  },
};

describe.each([
  ['the driver', SnowflakeSource, 'login'],
  ['the SQL API', SqlApiSource, 'api-status'],
] as const)('a sync of 100,000 rows through %s', (_name, ASource, signedRequest) => {
  // Workload identities are the driver's alone.
  const own = Object.entries(ways).filter(([way]) => ASource === SnowflakeSource || !way.includes('workload'));
  it.each(own)('signs in with %s, and goes on when that has ended in the middle', async (_way, make) => {
    const snowflake = await startPrepared({ users: tokenUsers, resultChunkRows: 10_000 });
    const { signIn, renew, asked } = await make(snowflake);
    const isFile = typeof signIn.token === 'object';
    const source = closing(new ASource({ ...placeOf(snowflake), ...(isFile && { account: undefined }), ...signIn }));
    let before = 0;
    let renewed: Promise<unknown> = Promise.resolve();
    const sink = countingSink(() => {
      before = snowflake.stats().requests[signedRequest] ?? 0;
      renewed = Promise.resolve(renew());
      // The driver's session does not need the token any more, until it has to open another.
      snowflake.faults.dropSessions();
      snowflake.faults.inject({ on: 'chunk', kind: 'truncated-json', times: 1 });
    });
    const sync = new Sync({
      name: 'people',
      source,
      query: new QueryTemplate(`SELECT N AS "userId" /* ROWCOUNT => ${ROWS} */ FROM T`),
      mapper: identify({ rename: { N: 'userId' } }),
      sink,
      state: new MemoryStateStore(),
      maxInFlightRows: 5000,
    });
    const report = await sync.run();
    await renewed;
    expect(report.error).toBeUndefined();
    expect(report).toMatchObject({ status: 'completed', rowsDelivered: ROWS });
    expect(sink.ids.size).toBe(ROWS);
    // After the renewal there was a request that had to be signed with what took the old one's place.
    expect(snowflake.stats().requests[signedRequest] ?? 0).toBeGreaterThan(before);
    if (asked !== undefined) expect(asked()).toBe(2);
  });
});

it('signs in to the SQL API with an EC key (ES256)', async () => {
  const snowflake = await startPrepared({
    users: [{ name: 'SNOWMELT', roles: ['ACCOUNTADMIN'], keyPair: ecKeyPair }],
  });
  const source = closing(new SqlApiSource({ ...placeOf(snowflake), privateKey: ecKeyPair.privateKey }));
  await expect(source.now()).resolves.toBeInstanceOf(Date);
  expect(() => new SnowflakeSource({ ...placeOf(snowflake), privateKey: ecKeyPair.privateKey })).toThrow(
    /the private key is an EC key \(ES256\)/,
  );
});

import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  diagnose,
  FileStateStore,
  identify,
  QueryTemplate,
  sessionTokenFile,
  SnowflakeSource,
  SqlApiSource,
  Sync,
  type SnowflakeConnectionOptions,
} from 'snowmelt';
import { runReportHtml } from 'snowmelt/report';
import { recordingSink, startSnowflake, type EmbeddedSnowflake } from 'snowmelt/testing';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { Written } from './written.js';

const PAT = 'planted-programmatic-access-token-4242';
// As Snowflake's own OAuth tokens look.
const OAUTH = 'ver:1-hint:4711-ETMsDgAAAZplanted+oauth/token+2323==';
const EXPIRED = 'planted-token-that-has-ended-9999';
const inBase64 = (text: string): string => Buffer.from(text).toString('base64').replace(/=+$/, '');
/** Each token whole, encoded, and a piece of it. */
const SECRETS = [PAT, OAUTH, EXPIRED].flatMap((token) => [
  token,
  inBase64(token),
  encodeURIComponent(token),
  token.slice(16, 28),
]);

let snowflake: EmbeddedSnowflake;
let folder: string;

beforeAll(async () => {
  snowflake = await startSnowflake({
    users: [
      {
        name: 'READER',
        roles: ['ACCOUNTADMIN'],
        tokens: [
          { type: 'PROGRAMMATIC_ACCESS_TOKEN', token: PAT },
          { type: 'OAUTH', token: OAUTH },
          { type: 'OAUTH', token: EXPIRED, expiresInSeconds: -1 },
        ],
      },
    ],
    seedSql: "CREATE TABLE PEOPLE (ID VARCHAR); INSERT INTO PEOPLE VALUES ('1'), ('2')",
  });
});
afterAll(() => snowflake.close());
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'snowmelt-planted-'));
});
afterEach(async () => {
  snowflake.faults.clear();
  await rm(folder, { recursive: true, force: true });
});

type SignIn = Partial<SnowflakeConnectionOptions>;

/** What a run signs in with, and which of it Snowflake would repeat. */
const ways: Readonly<Record<string, { readonly token: string; readonly signIn: () => SignIn | Promise<SignIn> }>> = {
  'a programmatic access token': {
    token: PAT,
    signIn: () => ({ authenticator: 'PROGRAMMATIC_ACCESS_TOKEN', token: PAT }),
  },
  'an OAuth token, after one that has ended': {
    token: OAUTH,
    signIn: () => {
      const tokens = [EXPIRED];
      return { authenticator: 'OAUTH', token: async () => tokens.shift() ?? OAUTH };
    },
  },
  'the token file of a container': {
    token: OAUTH,
    signIn: async () => {
      const path = join(folder, 'token');
      await writeFile(path, `${OAUTH}\n`);
      return { token: sessionTokenFile({ path }) };
    },
  },
};

/** A sync whose every way to write is watched. */
function plantedSync(Source: typeof SqlApiSource | typeof SnowflakeSource, signIn: SignIn) {
  const written = new Written();
  const connection = { ...snowflake.connection({ user: 'READER' }), privateKey: undefined, ...signIn };
  const source = Source === SqlApiSource ? new Source({ ...connection, maxRetries: 1 }) : new Source(connection);
  const sync = new Sync({
    name: 'people',
    source,
    query: new QueryTemplate('SELECT ID AS "userId" FROM PEOPLE'),
    mapper: identify(),
    sink: recordingSink(),
    state: new FileStateStore(join(folder, 'state')),
    logger: written.logger,
  });
  written.watch(sync);
  return { sync, source, written };
}

const sources = [
  ['SqlApiSource', SqlApiSource],
  ['SnowflakeSource', SnowflakeSource],
] as const;
const runs = sources.flatMap(([name, Source]) =>
  Object.entries(ways).map(([way, it]) => [name, way, Source, it] as const),
);

describe.each(runs)('a run over %s with %s writes no token', (_name, _way, Source, { token, signIn }) => {
  it.each([
    ['that goes well', 'completed', undefined],
    ['whose token is refused, and repeated', 'failed', '390303'],
    ['whose token is refused under a code of nobody, and repeated', 'failed', '399999'],
    ['whose query fails with the token in the message', 'failed', '001003'],
    ['whose query fails for an unknown reason', 'failed', '999999'],
  ] as const)('%s', async (_what, status, code) => {
    const { sync, source, written } = plantedSync(Source, await signIn());
    if (code !== undefined)
      snowflake.faults.inject({ kind: 'error', code, message: `syntax error ${token} at ${token}` });
    const report = await sync.run();
    expect(report.status, written.text.slice(0, 3000)).toBe(status);
    const { error } = report;
    for (const value of [report, error, error?.stack, error?.hint, runReportHtml(report)]) written.add(value ?? '');
    for (const value of [await sync.status(), sync, source, source.describe()]) written.add(value);
    written.add(String(await diagnose({ source })));
    await source.close();
    await written.addFiles(join(folder, 'state'));
    written.expectNone(SECRETS);
  });

  it('whose ranges are delivered by workers', async () => {
    const { sync, source, written } = plantedSync(Source, await signIn());
    const handle = await sync.begin();
    // What the jobs of a queue carry.
    written.add(handle);
    await written.addFiles(join(folder, 'state'));
    written.add(await sync.deliverRange(handle, { from: handle.firstRow, to: handle.rowCount }));
    const report = await sync.finish(handle);
    written.add(report);
    await source.close();
    await written.addFiles(join(folder, 'state'));
    expect(report.status).toBe('completed');
    written.expectNone(SECRETS);
  });
});

describe.each(sources)('a run over %s writes no token of a function', (_name, Source) => {
  it.each<[string, () => string]>([
    [
      'that throws it',
      () => {
        throw Object.assign(new Error(PAT, { cause: OAUTH }), { code: 'ETIMEDOUT', name: PAT });
      },
    ],
    ['that gives it with a line break', () => `${PAT}\n`],
    ['that gives it within an answer', () => JSON.stringify({ access_token: PAT })],
  ])('%s', async (_what, token) => {
    const { sync, source, written } = plantedSync(Source, { authenticator: 'OAUTH', token });
    const report = await sync.run();
    expect(report.status).toBe('failed');
    expect(report.error?.code).toMatch(/^TOKEN_/);
    for (const value of [report, report.error, report.error?.stack, report.error?.cause, sync, source])
      written.add(value);
    written.add(String(await diagnose({ source })));
    await source.close();
    await written.addFiles(join(folder, 'state'));
    written.expectNone(SECRETS);
  });
});

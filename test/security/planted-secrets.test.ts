import { generateKeyPairSync } from 'node:crypto';
import { once } from 'node:events';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import {
  FileStateStore,
  identify,
  QueryTemplate,
  SnowflakeSource,
  SqlApiSource,
  Sync,
  type IdentifyMessage,
  type RunReport,
  type SyncOptions,
} from 'snowmelt';
import { CustomerIoSink } from 'snowmelt/customerio';
import { FileSnapshotStore, snapshotDiff } from 'snowmelt/diff';
import { NdjsonSink } from 'snowmelt/sinks';
import { startSnowflake, type EmbeddedSnowflake } from 'snowmelt/testing';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { Written } from './written.js';

const PASSPHRASE = 'planted-passphrase-4711';
const WRITE_KEY = 'planted-write-key-0815';
const VALUE = 'planted-value';
const keyPair = generateKeyPairSync('rsa', {
  modulusLength: 2048,
  publicKeyEncoding: { type: 'spki', format: 'pem' },
  privateKeyEncoding: { type: 'pkcs8', format: 'pem', cipher: 'aes-256-cbc', passphrase: PASSPHRASE },
});
const SECRETS = [
  PASSPHRASE,
  WRITE_KEY,
  Buffer.from(`${WRITE_KEY}:`).toString('base64').replace(/=+$/, ''),
  ...keyPair.privateKey.split('\n').slice(1, 3),
  // How every token begins: {"alg":"RS256","typ":"JWT"} in base64.
  'eyJhbGciOi',
  // What every session token of the embedded Snowflake contains.
  'ETMsDgAAAX',
];

let snowflake: EmbeddedSnowflake;
let destination: Server;
let folder: string;
/** Statuses that the destination answers with, then 200. */
let statuses: number[];

beforeAll(async () => {
  snowflake = await startSnowflake({
    users: [{ name: 'READER', publicKey: keyPair.publicKey, roles: ['ACCOUNTADMIN'] }],
    seedSql: [
      'CREATE TABLE PEOPLE (ID VARCHAR, EMAIL VARCHAR)',
      `INSERT INTO PEOPLE VALUES ('${VALUE}-1', '${VALUE}-a'), (NULL, '${VALUE}-b'), ('${VALUE}-3', '${VALUE}-c')`,
    ],
  });
  // It repeats whatever it is sent, in its body and in its headers.
  destination = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      const sent = Buffer.concat(chunks);
      const text = (request.headers['content-encoding'] === 'gzip' ? gunzipSync(sent) : sent).toString();
      const status = statuses.shift() ?? 200;
      response.writeHead(status, { 'retry-after': '0', 'x-request-id': WRITE_KEY });
      response.end(status === 200 ? '{"success":true}' : JSON.stringify({ message: text, error: request.headers }));
    });
  });
  await once(destination.listen(0, '127.0.0.1'), 'listening');
});
afterAll(async () => {
  await snowflake.close();
  destination.closeAllConnections();
  await once(destination.close(), 'close');
});
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'snowmelt-planted-'));
  statuses = [];
});
afterEach(async () => {
  snowflake.faults.clear();
  await rm(folder, { recursive: true, force: true });
});

/** A sync whose every way to write is watched. */
function plantedSync(
  Source: typeof SqlApiSource | typeof SnowflakeSource,
  more: Partial<SyncOptions<IdentifyMessage>> = {},
) {
  const written = new Written();
  const connection = snowflake.connection({ user: 'READER', privateKey: keyPair.privateKey });
  const source = new Source({ ...connection, passphrase: PASSPHRASE });
  const { port } = destination.address() as AddressInfo;
  const deadLetterPath = join(folder, 'rejected.ndjson');
  const sync = new Sync<IdentifyMessage>({
    name: 'people',
    source,
    query: new QueryTemplate('SELECT ID AS "userId", EMAIL AS "email" FROM PEOPLE ORDER BY EMAIL'),
    mapper: identify(),
    sink: new CustomerIoSink({ writeKey: WRITE_KEY, endpoint: `http://127.0.0.1:${port}` }),
    deadLetter: new NdjsonSink({ path: deadLetterPath }),
    state: new FileStateStore(join(folder, 'state')),
    retry: { attempts: 5, minDelayMs: 1, maxDelayMs: 5 },
    logger: written.logger,
    ...more,
  });
  written.watch(sync);
  const readDeadLetter = (): Promise<string> => readFile(deadLetterPath, 'utf8').catch(() => '');
  return { sync, source, written, readDeadLetter };
}

/** Runs a sync and gives all that it wrote, but for the dead letter. */
async function writtenBy(Source: typeof SqlApiSource | typeof SnowflakeSource): Promise<{
  readonly report: RunReport;
  readonly written: Written;
  readonly deadLetter: string;
}> {
  const { sync, source, written, readDeadLetter } = plantedSync(Source);
  const report = await written.addRun(sync);
  for (const value of [report.error, await sync.status(), sync, source]) {
    written.add(value);
  }
  await source.close();
  await written.addFiles(join(folder, 'state'));
  return { report, written, deadLetter: await readDeadLetter() };
}

const QUOTING = `Numeric value '${VALUE}-1' is not recognized ${PASSPHRASE}`;

describe.each([
  ['SqlApiSource', SqlApiSource, 'api-submit'],
  ['SnowflakeSource', SnowflakeSource, 'query'],
] as const)('a run over %s writes no secret and no value of a row', (_name, Source, on) => {
  it.each([
    ['that goes well but for a row without an id', [], 'completed', undefined],
    ['whose destination is away for a while', [503, 429, 500], 'completed', undefined],
    ['whose destination refuses messages', [400, 400, 400, 400, 400], 'completed', undefined],
    ['whose destination does not know the key', [401, 401, 401, 401], 'failed', undefined],
    ['whose query fails on a value', [], 'failed', { on, kind: 'error', code: '100038', message: QUOTING }],
    ['whose query fails for an unknown reason', [], 'failed', { on, kind: 'error', code: '999999', message: QUOTING }],
    ['whose login is refused', [], 'failed', { kind: 'status', status: 403 }],
    ['whose answers are cut off', [], 'failed', { on, kind: 'truncated-json' }],
  ] as const)('%s', async (_what, answers, status, fault) => {
    statuses = [...answers];
    if (fault !== undefined) snowflake.faults.inject(fault);
    const { report, written, deadLetter } = await writtenBy(Source);
    expect(report.status, written.text.slice(0, 3000)).toBe(status);
    written.expectNone([...SECRETS, VALUE]);
    for (const secret of SECRETS) expect(deadLetter).not.toContain(secret);
    // Where values belong they are: the search would find them.
    if (fault === undefined && status === 'completed') expect(deadLetter).toContain(`${VALUE}-b`);
  });

  it('whose ranges are delivered by workers', async () => {
    const { sync, source, written, readDeadLetter } = plantedSync(Source);
    statuses = [503];
    const handle = await sync.begin();
    written.add(handle);
    written.add(await sync.status());
    await written.addFiles(join(folder, 'state'));
    written.add(await sync.deliverRange(handle, { from: handle.firstRow, to: handle.rowCount }));
    const report = await sync.finish(handle);
    written.add(report);
    await source.close();
    await written.addFiles(join(folder, 'state'));
    expect(report.status).toBe('completed');
    written.expectNone([...SECRETS, VALUE]);
    expect(await readDeadLetter()).toContain(`${VALUE}-b`);
  });

  it('whose changes are kept in a snapshot with a secret', async () => {
    const snapshots = join(folder, 'snapshots');
    const changes = snapshotDiff<IdentifyMessage>({
      key: ['userId'],
      mode: 'mirror',
      removed: ({ userId }) => ({ type: 'identify', userId: String(userId), traits: {} }),
      snapshots: new FileSnapshotStore(snapshots),
      secret: 'planted-secret-of-the-snapshot',
    });
    const query = new QueryTemplate('SELECT ID AS "userId", EMAIL AS "email" FROM PEOPLE');
    const { sync, source, written } = plantedSync(Source, { changes, query });
    for (let run = 0; run < 2; run += 1) written.add(await sync.run());
    written.add(await sync.status());
    await source.close();
    await written.addFiles(join(folder, 'state'));
    await written.addFiles(snapshots);
    expect((await sync.status()).snapshot).toMatchObject({ keys: 2 });
    written.expectNone([...SECRETS, VALUE, 'planted-secret-of-the-snapshot']);
  });

  it.each([undefined, 'planted-secret-of-the-snapshot'])('that applies a plan, with the secret %s', async (secret) => {
    const changes = snapshotDiff<IdentifyMessage>({
      key: ['userId'],
      mode: 'mirror',
      removed: ({ userId }) => ({ type: 'identify', userId: String(userId), traits: {} }),
      snapshots: new FileSnapshotStore(join(folder, 'snapshots')),
      maxRemoved: '100%',
      secret,
    });
    const whole = 'SELECT ID AS "userId", EMAIL AS "email" FROM PEOPLE';
    const { source, sync: first } = plantedSync(Source, { changes, query: new QueryTemplate(whole) });
    (await first.run()).throwIfFailed();
    // The plan has a removal, whose key its text shows to the reviewer.
    const query = new QueryTemplate(`${whole} WHERE ID <> '${VALUE}-3' OR ID IS NULL`);
    const { sync, written } = plantedSync(Source, { changes, query, source });
    const plan = await sync.plan();
    expect(String(plan)).toContain(`${VALUE}-3`);
    written.add(plan.token);
    for (let time = 0; time < 2; time += 1) written.add(await sync.run({ plan: plan.token }));
    for (const damaged of [{ ...plan.token, runId: 'x' }, plan]) {
      written.add(await sync.run({ plan: damaged as typeof plan.token }).catch((error: unknown) => error));
    }
    written.add(await sync.status());
    await source.close();
    await written.addFiles(join(folder, 'state'));
    written.expectNone([...SECRETS, VALUE, 'planted-secret-of-the-snapshot']);
  });
});

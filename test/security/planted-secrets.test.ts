import { generateKeyPairSync } from 'node:crypto';
import { once } from 'node:events';
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { inspect } from 'node:util';
import { gunzipSync } from 'node:zlib';
import { pino } from 'pino';
import { FileStateStore, identify, QueryTemplate, SnowflakeSource, SqlApiSource, Sync, type RunReport } from 'snowmelt';
import { CustomerIoSink } from 'snowmelt/customerio';
import { runReportHtml } from 'snowmelt/report';
import { NdjsonSink } from 'snowmelt/sinks';
import { startSnowflake, type EmbeddedSnowflake } from 'snowmelt/testing';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';

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

const EVENTS = [
  'run:start',
  'query:done',
  'progress',
  'batch:delivered',
  'retry',
  'row:rejected',
  'warning',
  'checkpoint',
  'run:complete',
  'run:skip',
  'run:fail',
] as const;

/** Runs a sync and gives all that it wrote, but for the dead letter. */
async function writtenBy(Source: typeof SqlApiSource | typeof SnowflakeSource): Promise<{
  readonly report: RunReport;
  readonly text: string;
  readonly deadLetter: string;
}> {
  const parts: string[] = [];
  const told = (value: unknown): void => {
    parts.push(inspect(value, { depth: 10, showHidden: true, getters: true }), JSON.stringify(value));
  };
  const connection = snowflake.connection({ user: 'READER', privateKey: keyPair.privateKey });
  const source = new Source({ ...connection, passphrase: PASSPHRASE });
  const { port } = destination.address() as AddressInfo;
  const deadLetterPath = join(folder, 'rejected.ndjson');
  const sync = new Sync({
    name: 'people',
    source,
    query: new QueryTemplate('SELECT ID AS "userId", EMAIL AS "email" FROM PEOPLE ORDER BY EMAIL'),
    mapper: identify(),
    sink: new CustomerIoSink({ writeKey: WRITE_KEY, endpoint: `http://127.0.0.1:${port}` }),
    deadLetter: new NdjsonSink({ path: deadLetterPath }),
    state: new FileStateStore(join(folder, 'state')),
    retry: { attempts: 5, minDelayMs: 1, maxDelayMs: 5 },
    logger: pino({}, { write: (line: string) => void parts.push(line) }),
  });
  for (const event of EVENTS) sync.on(event, told);
  const report = await sync.run();
  told(report);
  told(report.error);
  parts.push(runReportHtml(report));
  told(await sync.status());
  told(sync);
  told(source);
  await source.close();
  for (const entry of await readdir(join(folder, 'state'), { recursive: true, withFileTypes: true })) {
    if (entry.isFile()) parts.push(entry.name, await readFile(join(entry.parentPath, entry.name), 'utf8'));
  }
  const deadLetter = await readFile(deadLetterPath, 'utf8').catch(() => '');
  return { report, text: parts.join('\n'), deadLetter };
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
    const { report, text, deadLetter } = await writtenBy(Source);
    expect(report.status, text.slice(0, 3000)).toBe(status);
    for (const secret of SECRETS) expect(text).not.toContain(secret);
    expect(text).not.toContain(VALUE);
    for (const secret of SECRETS) expect(deadLetter).not.toContain(secret);
    // Where values belong they are: the search would find them.
    if (fault === undefined && status === 'completed') expect(deadLetter).toContain(`${VALUE}-b`);
  });
});

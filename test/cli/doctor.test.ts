import { generateKeyPairSync } from 'node:crypto';
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Check, Diagnosis } from 'snowmelt';
import { startCollector, type Collector, type EmbeddedSnowflake } from 'snowmelt/testing';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { keyPair, setup, startShop } from '../setup/reader.js';
import { buildPackage, runNode, type Outcome, type UserFolder } from './build-package.js';

const QUERY = 'SELECT ID AS "userId", EMAIL AS "email" FROM PEOPLE WHERE LAST_UPDATED >= {{last_sync_time}}';
const PASSPHRASE = 'correct horse battery staple';
const GARBAGE = 'c2VjcmV0IGdhcmJhZ2U=';
const WRONG_WRITE_KEY = 'wrong-write-key';

const other = generateKeyPairSync('rsa', {
  modulusLength: 2048,
  publicKeyEncoding: { type: 'spki', format: 'pem' },
  privateKeyEncoding: { type: 'pkcs8', format: 'pem', cipher: 'aes-256-cbc', passphrase: PASSPHRASE },
});

let folder: UserFolder;
let snowflake: EmbeddedSnowflake;
let collector: Collector;

beforeAll(async () => {
  [folder, snowflake, collector] = await Promise.all([
    buildPackage(),
    startShop({ publicKey: setup.publicKey, select: setup.select }),
    startCollector(),
  ]);
}, 300_000);
afterAll(async () => {
  await Promise.all([folder.remove(), snowflake.close(), collector.close()]);
});

/** A set-up that is right but for what the test breaks. */
interface SetUp {
  /** The source's class. */
  readonly source?: 'SqlApiSource' | 'SnowflakeSource';
  /** JavaScript of more options of the source. */
  readonly options?: string;
  readonly query?: string;
  /** JavaScript of more options of the sync. */
  readonly sync?: string;
  /** JavaScript at the top of the configuration. */
  readonly first?: string;
  /** Content of the key file; none is written for `null`. */
  readonly key?: string | null;
  /** Breaks and, at the end, repairs. */
  readonly sql?: readonly [breaks: string, repairs: string];
}

const config = ({ source = 'SqlApiSource', options = '', query = QUERY, sync = '', first = '' }: SetUp): string => `
import { readFileSync } from 'node:fs';
import { FileStateStore, identify, loadPrivateKey, QueryTemplate, SnowflakeSource, SqlApiSource, Sync } from 'snowmelt';
import { CustomerIoSink } from 'snowmelt/customerio';
${first}
const { ACCOUNT: account, ACCESS_URL: accessUrl, ENDPOINT: endpoint, WRITE_KEY: writeKey } = process.env;
export const source = new ${source}({
  account, accessUrl, username: 'SNOWMELT', privateKeyPath: './rsa_key.p8', database: 'SHOP', schema: 'PUBLIC', ${options}
});
export const syncs = [
  new Sync({
    name: 'people',
    source,
    query: new QueryTemplate(${JSON.stringify(query)}),
    mapper: identify(),
    sink: new CustomerIoSink({ endpoint, writeKey }),
    state: new FileStateStore('./.snowmelt'),
    lookbackSeconds: 120,
    ${sync}
  }),
];
`;

let count = 0;
const undo: string[] = [];
afterEach(async () => {
  for (const sql of undo.splice(0)) await snowflake.query(sql);
});

/** The text and the JSON of the doctor in a folder of its own. */
async function examine(setUp: SetUp): Promise<{ text: Outcome; json: Outcome }> {
  const { key = keyPair.privateKey, sql } = setUp;
  count += 1;
  const path = join(folder.path, `set-up-${count}`);
  await mkdir(path);
  await writeFile(join(path, 'snowmelt.config.mjs'), config(setUp));
  if (key !== null) await writeFile(join(path, 'rsa_key.p8'), key, { mode: 0o600 });
  if (sql !== undefined) {
    undo.push(sql[1]);
    await snowflake.query(sql[0]);
  }
  const env = {
    ...process.env,
    ACCOUNT: snowflake.account,
    ACCESS_URL: snowflake.accessUrl,
    ENDPOINT: collector.endpoint,
    WRITE_KEY: collector.writeKey,
  };
  const [text, json] = await Promise.all([
    runNode([folder.cli, 'doctor'], path, env),
    runNode([folder.cli, 'doctor', '--json'], path, env),
  ]);
  for (const printed of [text.stdout, text.stderr, json.stdout, json.stderr]) {
    for (const secret of [collector.writeKey, WRONG_WRITE_KEY, PASSPHRASE, GARBAGE])
      expect(printed).not.toContain(secret);
    for (const line of [keyPair, other].flatMap(({ privateKey }) => privateKey.split('\n').slice(1, -2))) {
      expect(printed).not.toContain(line);
    }
  }
  return { text, json };
}

const diagnosisIn = ({ stdout }: Outcome): Diagnosis => JSON.parse(stdout) as Diagnosis;

interface Case {
  readonly what: string;
  readonly setUp: SetUp;
  readonly name: Check['name'];
  readonly title: string;
  readonly reason: RegExp;
  readonly repair: RegExp;
  /** Default `failed`. */
  readonly result?: 'warning';
}

const cases: readonly Case[] = [
  {
    what: 'a key file that is not there',
    setUp: { key: null },
    name: 'key',
    title: 'The key or token can be read',
    reason: /\.\/rsa_key\.p8 cannot be read \(ENOENT\)/,
    repair: /ls -l \.\/rsa_key\.p8/,
  },
  {
    what: 'a key file that is not there, loaded by loadPrivateKey',
    setUp: {
      key: null,
      options: `privateKeyPath: undefined, privateKey: loadPrivateKey({ privateKeyPath: './rsa_key.p8' })`,
    },
    name: 'key',
    title: 'The key or token can be read',
    reason: /\.\/rsa_key\.p8 cannot be read \(ENOENT\)/,
    repair: /ls -l \.\/rsa_key\.p8/,
  },
  {
    what: 'a key file that is not there, read by the configuration itself',
    setUp: { key: null, options: `privateKeyPath: undefined, privateKey: readFileSync('./rsa_key.p8', 'utf8')` },
    name: 'key',
    title: 'The key or token can be read',
    reason: /\.\/rsa_key\.p8 cannot be read \(ENOENT\)/,
    repair: /ls -l \.\/rsa_key\.p8/,
  },
  {
    what: 'garbage instead of a key',
    setUp: { key: `-----BEGIN PRIVATE KEY-----\n${GARBAGE}\n-----END PRIVATE KEY-----\n` },
    name: 'key',
    title: 'The key or token can be read',
    reason: /damaged/,
    repair: /openssl pkey -in rsa_key\.p8 -noout/,
  },
  {
    what: 'an encrypted key without its passphrase',
    setUp: { key: other.privateKey },
    name: 'key',
    title: 'The key or token can be read',
    reason: /encrypted and there is no passphrase/,
    repair: /openssl pkcs8 -topk8 -nocrypt/,
  },
  {
    what: 'the key of another user',
    setUp: { key: other.privateKey, options: `passphrase: ${JSON.stringify(PASSPHRASE)}` },
    name: 'login',
    title: 'Snowflake takes the key or token',
    reason: /public key is not that of this private key/,
    repair: /DESC USER SNOWMELT;/,
  },
  {
    what: 'the key of another user, through the driver',
    setUp: {
      source: 'SnowflakeSource',
      key: other.privateKey,
      options: `passphrase: ${JSON.stringify(PASSPHRASE)}`,
    },
    name: 'login',
    title: 'Snowflake takes the key or token',
    reason: /public key is not that of this private key/,
    repair: /SELECT SYSTEM\$GET_LOGIN_FAILURE_DETAILS\('[0-9a-f-]{36}'\);/,
  },
  {
    what: 'a user that is not there',
    setUp: { options: `username: 'NOBODY'` },
    name: 'login',
    title: 'Snowflake takes the key or token',
    reason: /has no user NOBODY/,
    repair: /DESC USER NOBODY;/,
  },
  {
    what: 'an account that is a URL',
    setUp: { options: `account: 'https://org-account.snowflakecomputing.com'` },
    name: 'options',
    title: 'The options are valid',
    reason: /account is a URL/,
    repair: /Pass it as accessUrl/,
  },
  {
    what: 'a host that does not answer',
    setUp: { options: `accessUrl: 'http://127.0.0.1:2'` },
    name: 'reachable',
    title: 'Snowflake can be reached',
    reason: /127\.0\.0\.1:2/,
    repair: /network/,
  },
  {
    what: 'a role that does not exist',
    setUp: { options: `role: 'NO_ROLE'` },
    name: 'role',
    title: 'The role can be used',
    reason: /NO_ROLE/,
    repair: /GRANT ROLE NO_ROLE TO USER SNOWMELT; {3}-- CREATE ROLE NO_ROLE;/,
  },
  {
    what: 'a role that the user was not granted',
    setUp: { options: `role: 'ANALYST'`, sql: ['CREATE ROLE ANALYST', 'DROP ROLE ANALYST'] },
    name: 'role',
    title: 'The role can be used',
    reason: /ANALYST/,
    repair: /GRANT ROLE ANALYST TO USER SNOWMELT;/,
  },
  {
    what: 'a warehouse that is not there',
    setUp: { options: `warehouse: 'NO_WH'` },
    name: 'warehouse',
    title: 'The warehouse can be used',
    reason: /NO_WH does not exist/,
    repair: /GRANT USAGE ON WAREHOUSE NO_WH TO ROLE SNOWMELT;/,
  },
  {
    what: 'a table that the role may not select from',
    setUp: { query: QUERY.replace('PEOPLE', 'SECRETS') },
    name: 'tables',
    title: 'The tables can be selected from',
    reason: /SECRETS does not exist, or the role SNOWMELT may not read it/,
    repair: /GRANT SELECT ON TABLE SHOP\.PUBLIC\.SECRETS TO ROLE SNOWMELT;/,
  },
  {
    what: 'a role that may write',
    setUp: {
      sql: [
        'GRANT INSERT, DELETE ON TABLE SHOP.PUBLIC.PEOPLE TO ROLE SNOWMELT',
        'REVOKE INSERT, DELETE ON TABLE SHOP.PUBLIC.PEOPLE FROM ROLE SNOWMELT',
      ],
    },
    name: 'privileges',
    title: 'The role may read, and nothing else',
    reason: /INSERT on TABLE SHOP\.PUBLIC\.PEOPLE/,
    repair: /REVOKE INSERT, DELETE ON TABLE SHOP\.PUBLIC\.PEOPLE FROM ROLE SNOWMELT;/,
    result: 'warning',
  },
  {
    what: 'ACCOUNTADMIN',
    setUp: {
      options: `role: 'ACCOUNTADMIN', warehouse: 'SNOWMELT'`,
      sql: ['GRANT ROLE ACCOUNTADMIN TO USER SNOWMELT', 'REVOKE ROLE ACCOUNTADMIN FROM USER SNOWMELT'],
    },
    name: 'privileges',
    title: 'The role may read, and nothing else',
    reason: /The role is ACCOUNTADMIN/,
    repair: /REVOKE ROLE ACCOUNTADMIN FROM USER SNOWMELT;/,
    result: 'warning',
  },
  {
    what: 'QUOTED_IDENTIFIERS_IGNORE_CASE',
    setUp: {
      sql: [
        'ALTER USER SNOWMELT SET QUOTED_IDENTIFIERS_IGNORE_CASE = TRUE',
        'ALTER USER SNOWMELT SET QUOTED_IDENTIFIERS_IGNORE_CASE = FALSE',
      ],
    },
    name: 'identifiers',
    title: 'Quoted names keep their case',
    reason: /QUOTED_IDENTIFIERS_IGNORE_CASE is TRUE/,
    repair: /ALTER USER SNOWMELT SET QUOTED_IDENTIFIERS_IGNORE_CASE = FALSE;/,
  },
  {
    what: 'an error in the SQL',
    setUp: { query: 'SELECT\nNOTHING AS "userId" FROM PEOPLE' },
    name: 'query',
    title: 'The query compiles',
    reason: /line 2/,
    repair: /Correct line 2 of the query/,
  },
  {
    what: 'a query template with a slip',
    setUp: { query: 'SELECT ID AS "userId" FROM PEOPLE WHERE LAST_UPDATED >= {{last_sink_time}}' },
    name: 'query',
    title: 'The query compiles',
    reason: /last_sink_time/,
    repair: /last_sync_time/,
  },
  {
    what: 'a query without {{last_sync_time}}',
    setUp: { query: 'SELECT ID AS "userId" FROM PEOPLE' },
    name: 'lastSyncTime',
    title: 'The query asks for changes only',
    reason: /every row/,
    repair: /\{\{last_sync_time\}\}/,
    result: 'warning',
  },
  {
    what: 'a column that identify needs and is not there',
    setUp: { query: QUERY.replace('"userId"', '"person"') },
    name: 'columns',
    title: 'The columns fit the mapper',
    reason: /needs a column userId or anonymousId/,
    repair: /AS "userId"/,
  },
  {
    what: 'a key that the destination refuses',
    setUp: { sync: `sink: new CustomerIoSink({ endpoint, writeKey: '${WRONG_WRITE_KEY}' })` },
    name: 'destination',
    title: 'The destination takes the key',
    reason: /answered 401/,
    repair: /writeKey/,
  },
  {
    what: 'a key of the destination that is not set',
    setUp: { sync: `sink: new CustomerIoSink({ endpoint, writeKey: process.env.NO_SUCH_KEY })` },
    name: 'options',
    title: 'The options are valid',
    reason: /writeKey/,
    repair: /writeKey/,
  },
  {
    what: 'a configuration that stumbles over what is not set',
    setUp: { first: `process.env.NO_SUCH_KEY.trim();` },
    name: 'options',
    title: 'The options are valid',
    reason: /snowmelt\.config\.mjs failed with TypeError at line 5/,
    repair: /node snowmelt\.config\.mjs/,
  },
  {
    what: 'a configuration that needs a file that is not there',
    setUp: { first: `readFileSync('settings.json');` },
    name: 'options',
    title: 'The options are valid',
    reason: /needs settings\.json, which cannot be read \(ENOENT\)/,
    repair: /ls -l settings\.json/,
  },
];

describe('snowmelt doctor', { timeout: 240_000 }, () => {
  it('finds nothing wrong with a set-up by the script', async () => {
    const { text, json } = await examine({});
    expect(text).toMatchObject({ code: 0, stderr: '' });
    expect(text.stdout.trimEnd().split('\n').at(-1)).toBe('Nothing to repair.');
    expect(json.code).toBe(0);
    expect(diagnosisIn(json)).toMatchObject({ sync: 'people', ok: true });
  });

  it.each(cases)('names the cause: $what', async ({ setUp, name, title, reason, repair, result }) => {
    const { text, json } = await examine(setUp);
    const code = result === 'warning' ? 0 : 1;
    expect(text, text.stdout).toMatchObject({ code, stderr: '' });
    const lines = text.stdout.trimEnd().split('\n');
    const mark = result === 'warning' ? 'warning  ' : 'FAILED   ';
    const at = lines.findIndex((line) => line.startsWith(`${mark}${title}: `));
    expect(lines[at], text.stdout).toMatch(reason);
    const repairs = lines.slice(at + 1).findIndex((line) => !line.startsWith(' '));
    expect(lines.slice(at + 1, at + 1 + repairs).join('\n')).toMatch(repair);
    expect(lines.at(-1)).toBe(`${result === 'warning' ? 'Look at' : 'Repair'} first: ${title}.`);

    expect(json).toMatchObject({ code, stderr: '' });
    const { ok, checks, problem } = diagnosisIn(json);
    expect(ok).toBe(code === 0);
    expect(problem).toMatchObject({ name, title, result: result ?? 'failed' });
    expect(problem?.reason).toMatch(reason);
    expect(problem?.repair).toMatch(repair);
    // Every step is there, and nothing else is blamed.
    expect(checks).toHaveLength(19);
    expect(checks.filter((check) => check.result === 'failed')).toHaveLength(code);
  });
});

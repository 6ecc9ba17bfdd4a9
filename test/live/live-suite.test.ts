import { execFile } from 'node:child_process';
import { describe, expect, it } from 'vitest';
import { startCollector, startSnowflake } from 'snowmelt/testing';
import { root } from '../structure/source-files.js';

interface Report {
  readonly numPassedTests: number;
  readonly numFailedTests: number;
  readonly numPendingTests: number;
  readonly testResults: readonly {
    readonly assertionResults: readonly {
      readonly fullName: string;
      readonly title: string;
      readonly status: string;
    }[];
  }[];
}

/** Lines of the contract of a source that expire or reorder results, or count what runs on the server. */
const beyondAnAccount = [
  'rejects with the reason when a running statement is aborted',
  'cancels a running statement on the server when it is aborted',
  'refuses a result that is gone',
  'never takes a result that is gone for one that ends',
  'refuses a result that comes in another order',
  'ends a running statement with SOURCE_CLOSED, on the server too',
];

/** Runs `npm run test:live` with these variables and none of the caller's own. */
async function runLive(
  variables: Readonly<Record<string, string>>,
): Promise<{ code: number; report: Report; said: string }> {
  const own = Object.entries(process.env).filter(([name]) => !/^(SNOWMELT_LIVE_|VITEST|TEST$|NODE_ENV)/.test(name));
  const args = ['run', '--silent', 'test:live', '--', '--reporter=json'];
  return new Promise((resolve, reject) => {
    execFile(
      'npm',
      args,
      { cwd: root, env: { ...Object.fromEntries(own), ...variables }, maxBuffer: 1e8 },
      (error, stdout, stderr) => {
        const json = stdout.slice(stdout.indexOf('{"num'));
        const end = json.lastIndexOf('}');
        try {
          const report = JSON.parse(json.slice(0, end + 1)) as Report;
          resolve({ code: error === null ? 0 : Number(error.code), report, said: stdout + stderr });
        } catch {
          reject(new Error(`no report from test:live:\n${stdout}\n${stderr}`));
        }
      },
    );
  });
}

describe('npm run test:live', () => {
  it('runs nothing without credentials, and says which variables it waits for', { timeout: 300_000 }, async () => {
    const { code, report, said } = await runLive({});
    expect([code, report.numPassedTests, report.numFailedTests]).toEqual([0, 0, 0]);
    expect(report.numPendingTests).toBeGreaterThan(30);
    expect(said).toContain('skipped: set SNOWMELT_LIVE_ACCOUNT');
    expect(said).toContain('skipped: set SNOWMELT_LIVE_CUSTOMERIO_WRITE_KEY');
  });

  it(
    'passes on the embedded Snowflake and the collector, all but what needs a server of ours',
    { timeout: 400_000 },
    async () => {
      const snowflake = await startSnowflake();
      const collector = await startCollector();
      try {
        const { account, accessUrl, username, privateKey, role, warehouse, database, schema } = snowflake.connection();
        const { code, report } = await runLive({
          SNOWMELT_LIVE_ACCOUNT: account,
          SNOWMELT_LIVE_ACCESS_URL: accessUrl,
          SNOWMELT_LIVE_USERNAME: username,
          SNOWMELT_LIVE_PRIVATE_KEY: privateKey,
          SNOWMELT_LIVE_ROLE: role,
          SNOWMELT_LIVE_WAREHOUSE: warehouse,
          SNOWMELT_LIVE_DATABASE: database,
          SNOWMELT_LIVE_SCHEMA: schema,
          SNOWMELT_LIVE_SETUP_ROLE: 'ACCOUNTADMIN',
          SNOWMELT_LIVE_CUSTOMERIO_WRITE_KEY: collector.writeKey,
          SNOWMELT_LIVE_CUSTOMERIO_ENDPOINT: collector.endpoint,
        });
        const tests = report.testResults.flatMap(({ assertionResults }) => assertionResults);
        const skipped = tests.filter(({ status }) => status === 'skipped').map(({ title }) => title);
        expect(skipped).toEqual([...beyondAnAccount, ...beyondAnAccount]);
        expect(tests.filter(({ status }) => status !== 'passed' && status !== 'skipped')).toEqual([]);
        expect(code).toBe(0);
        expect(report.numPassedTests).toBeGreaterThan(60);
        expect(collector.messages).toMatchObject([{ type: 'identify', userId: 'snowmelt-live-test' }]);
        expect(await snowflake.query('SHOW USERS')).toHaveLength(1);
      } finally {
        await snowflake.close();
        await collector.close();
      }
    },
  );
});

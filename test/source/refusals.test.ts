import { describe, expect, it } from 'vitest';
import { SnowflakeSource, SqlApiSource, type Source, type SourceError } from 'snowmelt';
import { closing, startPrepared } from './start-prepared.js';

const quota = "Warehouse 'WH' cannot be resumed because resource monitor 'RM' has exceeded its quota.";
const trial =
  'Your free trial has ended and all of your virtual warehouses have been suspended. Add billing information in the Snowflake web UI to continue using the full set of Snowflake features.';
const noDatabase =
  "Cannot perform SELECT. This session does not have a current database. Call 'USE DATABASE', or use a qualified name.";
const GRANT = 'GRANT USAGE ON WAREHOUSE';

/** What the query is refused with, by each source. */
async function refusals(code: string, message: string): Promise<SourceError[]> {
  const snowflake = await startPrepared();
  const connection = snowflake.connection();
  const sources: Source[] = [closing(new SnowflakeSource(connection)), closing(new SqlApiSource(connection))];
  for (const source of sources) await source.now();
  const errors: SourceError[] = [];
  const on = ['query', 'api-submit'] as const;
  for (const [index, source] of sources.entries()) {
    const heal = snowflake.faults.inject({ on: on[index], kind: 'error', code, message });
    const error: unknown = await source.execute({ sql: 'SELECT 1', binds: [] }).catch((thrown: unknown) => thrown);
    heal();
    errors.push(error as SourceError);
  }
  return errors;
}

describe('each refusal of a statement has its own hint, the same from both sources', () => {
  it.each([
    ['090073', quota, 'SOURCE_WAREHOUSE', 'CREDIT_QUOTA', GRANT],
    ['000608', "Warehouse 'WH' is suspended.", 'SOURCE_WAREHOUSE', 'ALTER WAREHOUSE <name> RESUME', GRANT],
    ['000666', trial, 'SOURCE_WAREHOUSE', 'Billing', GRANT],
    ['000666', 'Your account is suspended due to lack of payment method.', 'SOURCE_WAREHOUSE', 'Billing', GRANT],
    // By what is said, for a code of another release.
    ['099999', quota, 'SOURCE_WAREHOUSE', 'CREDIT_QUOTA', GRANT],
    ['099999', trial, 'SOURCE_WAREHOUSE', 'Billing', GRANT],
    [
      '000606',
      "No active warehouse selected in the current session.  Select an active warehouse with the 'use warehouse' command.",
      'SOURCE_WAREHOUSE',
      GRANT,
      'RESUME',
    ],
    [
      '002043',
      "SQL compilation error:\nWarehouse 'WH' does not exist or not authorized.",
      'SOURCE_WAREHOUSE',
      GRANT,
      'RESUME',
    ],
    ['090105', noDatabase, 'SOURCE_SQL', 'Set database', 'Correct the query'],
    [
      '090106',
      noDatabase.replace('database', 'schema').replace('DATABASE', 'SCHEMA'),
      'SOURCE_SQL',
      'Set schema',
      'Correct the query',
    ],
    [
      '002003',
      "SQL compilation error:\nDatabase 'SHOP' does not exist or not authorized.",
      'SOURCE_SQL',
      'GRANT USAGE ON DATABASE',
      'SELECT on it',
    ],
    [
      '002003',
      "SQL compilation error:\nObject 'SHOP.PUBLIC.T' does not exist or not authorized.",
      'SOURCE_SQL',
      'SELECT on it',
      'ON DATABASE',
    ],
    [
      '003001',
      "SQL access control error:\nInsufficient privileges to operate on table 'T'.",
      'SOURCE_SQL',
      'granted to the role',
      'Correct the query',
    ],
    ['100038', "Numeric value 'planted' is not recognized", 'SOURCE_SQL', 'TRY_CAST', 'Correct the query'],
    // Nothing is known of these: no cure is told.
    ['099999', 'planted', 'SOURCE_SQL', 'See what Snowflake says', 'Correct'],
    ['000609', 'planted', 'SOURCE_SQL', 'See what Snowflake says', GRANT],
  ])('%s %.60s', async (code, message, ours, hint, never) => {
    for (const error of await refusals(code, message)) {
      expect(error).toMatchObject({ code: ours, retryable: false, hint: expect.stringContaining(hint) });
      expect(error.hint).not.toContain(never);
      expect(error.message + String(error.hint)).not.toContain('planted');
    }
  });
});

/** What the login is refused with, by each source. */
async function refusedLogins(code: string, message: string, username = 'SNOWMELT'): Promise<SourceError[]> {
  const snowflake = await startPrepared();
  const connection = { ...snowflake.connection(), username };
  const errors: SourceError[] = [];
  snowflake.faults.inject({ on: ['login', 'api-submit'], kind: 'error', code, message });
  for (const source of [new SnowflakeSource(connection), new SqlApiSource(connection)]) {
    errors.push(
      (await closing(source)
        .now()
        .catch((thrown: unknown) => thrown)) as SourceError,
    );
  }
  return errors;
}

describe('each refusal of a login has its own hint', () => {
  it.each([
    ['390144', 'JWT token is invalid. [x]', 'RSA_PUBLIC_KEY_FP'],
    ['390422', 'Incoming request with IP/Token 10.0.0.1 is not allowed to access Snowflake.', 'NETWORK_POLICY'],
    ['390101', 'User account has been disabled.', 'SET DISABLED = FALSE'],
    ['390102', 'Your user account has been temporarily locked.', 'MINS_TO_UNLOCK'],
    ['390189', "Role 'R' specified in the connect string does not exist or not authorized.", 'GRANT ROLE'],
    ['390201', 'The requested warehouse does not exist or not authorized.', 'ON WAREHOUSE'],
    ['390201', 'The requested database does not exist or not authorized.', 'ON DATABASE'],
    ['390201', 'The requested schema does not exist or not authorized.', 'ON SCHEMA'],
    ['390913', 'Your free trial has ended.', 'Billing'],
    ['390999', 'Something new.', 'LOGIN_HISTORY'],
  ])('%s %s', async (code, message, hint) => {
    for (const error of await refusedLogins(code, message)) expect(error.hint).toContain(hint);
  });

  it.each([
    ['nina@shop.example', 'DESC USER "nina@shop.example"'],
    ['first last', 'DESC USER "first last"'],
    ['a"b', 'DESC USER "a""b"'],
    ['Nina_1', 'DESC USER Nina_1,'],
  ])('the user %s is written as SQL needs it', async (username, hint) => {
    for (const error of await refusedLogins('390144', 'JWT token is invalid. [x]', username)) {
      expect(error.hint).toContain(hint);
    }
  });
});

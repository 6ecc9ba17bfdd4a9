import type { Credential } from '../auth/credentials.js';
import type { SnowflakeConnection } from '../connection-options.js';
import { JSON_PARAMETERS, RESULT_PARAMETERS } from '../result-parameters.js';
import { decodedTimeFormat } from './decoded-rows.js';
import type { DriverConnection } from './driver.js';
import { loadDriver, type DriverLogLevel } from './load-driver.js';
import type { RequestGuard } from './request-guard.js';
import { DriverFailure, runStatement } from './run-statement.js';

/** What a connection is opened with. */
export interface ConnectionSettings {
  readonly connection: SnowflakeConnection;
  readonly logLevel: DriverLogLevel;
  readonly resultPrefetch: number;
  readonly streamHighWaterMark: number;
  readonly driverOptions: Readonly<Record<string, unknown>>;
  readonly guard: RequestGuard;
}

const CLOSE_TIMEOUT_MS = 5000;

/**
 * Logs in.
 *
 * @throws DriverFailure, ConfigError `PEER_MISSING`
 */
export async function openConnection(settings: ConnectionSettings, credential: Credential): Promise<DriverConnection> {
  const { connection: to, logLevel, resultPrefetch, streamHighWaterMark, driverOptions, guard } = settings;
  const driver = await loadDriver(logLevel);
  // The driver changes the object it is given.
  const opened = driver.createConnection({
    ...withoutUndefined({
      account: to.account,
      accessUrl: to.baseUrl,
      ...credential.driverOptions,
      role: to.role,
      warehouse: to.warehouse,
      database: to.database,
      schema: to.schema,
      queryTag: to.queryTag === '' ? undefined : to.queryTag,
      application: 'snowmelt',
      // The driver's default reports a refused connection after four minutes.
      sfRetryMaxLoginRetries: 1,
      resultPrefetch,
      rowStreamHighWaterMark: streamHighWaterMark,
    }),
    ...driverOptions,
  });
  // Before it is sent: what fails on the way may repeat it.
  if (credential.secret !== undefined) guard.keep(credential.secret);
  const connection = guard.watch(opened);
  // connectAsync() resolves after a failed login; only the callback tells.
  await new Promise<void>((resolve, reject) => {
    connection.connect((error) => {
      if (error == null) resolve();
      else reject(new DriverFailure(error));
    });
  });
  return connection;
}

/**
 * Snowflake's defaults ("Parameters", docs.snowflake.com). They decide how a time inside a VARIANT, a cast to text and
 * BINARY look; the SQL API goes by them too, whatever the user's own are. But TIME has all its digits, for rows that
 * the driver decodes: a result keeps the format of its own statement.
 */
const OUTPUT_FORMATS: readonly string[] = [
  "DATE_OUTPUT_FORMAT = 'YYYY-MM-DD'",
  `TIME_OUTPUT_FORMAT = '${decodedTimeFormat}'`,
  "TIMESTAMP_OUTPUT_FORMAT = 'YYYY-MM-DD HH24:MI:SS.FF3 TZHTZM'",
  "TIMESTAMP_NTZ_OUTPUT_FORMAT = 'YYYY-MM-DD HH24:MI:SS.FF3'",
  "TIMESTAMP_LTZ_OUTPUT_FORMAT = ''",
  "TIMESTAMP_TZ_OUTPUT_FORMAT = ''",
  "BINARY_OUTPUT_FORMAT = 'HEX'",
  "GEOGRAPHY_OUTPUT_FORMAT = 'GeoJSON'",
  "GEOMETRY_OUTPUT_FORMAT = 'GeoJSON'",
];

/**
 * Sets what decides how values and names look; it must not depend on the user's or the account's defaults.
 */
export async function pinSession(
  connection: DriverConnection,
  to: SnowflakeConnection,
  closed: AbortSignal,
): Promise<void> {
  const settings = [
    `TIMEZONE = '${to.timeZone}'`,
    'QUOTED_IDENTIFIERS_IGNORE_CASE = FALSE',
    ...Object.entries({ ...RESULT_PARAMETERS, ...JSON_PARAMETERS }).map(([name, value]) => `${name} = ${value}`),
    ...OUTPUT_FORMATS,
  ];
  if (to.statementTimeoutSeconds !== undefined) {
    settings.push(`STATEMENT_TIMEOUT_IN_SECONDS = ${to.statementTimeoutSeconds}`);
  }
  const sqlText = `ALTER SESSION SET ${settings.join(' ')}`;
  await runStatement(
    connection,
    (at, complete) => at.execute({ sqlText, streamResult: true, rowMode: 'array', complete }),
    [closed],
  );
}

/** Logs out; resolves after five seconds at the latest. */
export function destroyConnection(connection: DriverConnection): Promise<void> {
  return within(CLOSE_TIMEOUT_MS, (done) => connection.destroy(done));
}

/** The same for a connection that may still be opening. */
export function destroyWhenOpen(opening: Promise<DriverConnection>): Promise<void> {
  return within(CLOSE_TIMEOUT_MS, (done) => {
    opening.then((connection) => connection.destroy(done), done);
  });
}

function within(ms: number, start: (done: () => void) => void): Promise<void> {
  return new Promise((resolve) => {
    const timer = setTimeout(resolve, ms);
    start(() => {
      clearTimeout(timer);
      resolve();
    });
  });
}

function withoutUndefined(options: Readonly<Record<string, unknown>>): Record<string, unknown> {
  return Object.fromEntries(Object.entries(options).filter(([, value]) => value !== undefined));
}

import { ConfigError } from '../../errors/errors.js';
import { peerFault } from '../../options/peer-fault.js';
import type { Driver } from './driver.js';
import { guardRequests } from './request-guard.js';

/** What the driver logs; `KEEP` leaves the process-wide setting of the host program alone. */
export type DriverLogLevel = 'OFF' | 'ERROR' | 'WARN' | 'INFO' | 'DEBUG' | 'TRACE' | 'KEEP';

/*
 * On import the driver looks for a cloud platform over HTTP (169.254.169.254 and others) and loads a native addon; after
 * login it sends telemetry. These variables are its own switches; one that is set already is respected.
 */
const ENVIRONMENT = {
  SNOWFLAKE_DISABLE_PLATFORM_DETECTION: 'true',
  SNOWFLAKE_DISABLE_MINICORE: 'true',
  SF_TELEMETRY_DISABLE_CONNECTION_SHAPE: 'true',
};

/**
 * Loads `snowflake-sdk` at the first connection.
 *
 * @throws ConfigError `PEER_MISSING`
 */
export async function loadDriver(logLevel: DriverLogLevel): Promise<Driver> {
  for (const [name, value] of Object.entries(ENVIRONMENT)) process.env[name] ??= value;
  const driver = asDriver(await importDriver());
  // Without it the driver would hand the login token on to wherever a redirect leads.
  if (!guardRequests(await importRequests())) throw otherInterface();
  // By default it writes ./snowflake.log and JSON lines on stdout as soon as a connection is made.
  if (logLevel !== 'KEEP')
    driver.configure({ logLevel, ...(logLevel === 'OFF' ? { additionalLogToConsole: false } : {}) });
  return driver;
}

async function importDriver(): Promise<unknown> {
  try {
    return await import('snowflake-sdk');
  } catch (error) {
    throw peerFault('SnowflakeSource', 'snowflake-sdk', error);
  }
}

async function importRequests(): Promise<unknown> {
  try {
    return await import('snowflake-sdk/dist/lib/http/axios_instance.js');
  } catch {
    return undefined;
  }
}

function asDriver(module: unknown): Driver {
  const holder = module as { readonly default?: unknown };
  const driver = (holder.default ?? module) as Partial<Driver>;
  if (typeof driver.createConnection === 'function' && typeof driver.configure === 'function') return driver as Driver;
  throw otherInterface();
}

function otherInterface(): ConfigError {
  return new ConfigError('PEER_MISSING', 'SnowflakeSource: the installed snowflake-sdk has another interface.', {
    hint: 'npm install snowflake-sdk@3',
  });
}

import type { SnowflakeSourceOptions } from 'snowmelt';

const PREFIX = 'SNOWMELT_LIVE_';
const read = (name: string): string | undefined => {
  const value = process.env[`${PREFIX}${name}`];
  return value === undefined || value === '' ? undefined : value;
};

/** The variables without which nothing can be run. */
export const NEEDED = `${PREFIX}ACCOUNT, ${PREFIX}USERNAME and ${PREFIX}PRIVATE_KEY_PATH (or ${PREFIX}PRIVATE_KEY)`;

/** The variable that the set-up script's test waits for. */
export const SETUP_NEEDED = `${PREFIX}SETUP_ROLE`;

/** The variable that the delivery's test waits for. */
export const DELIVERY_NEEDED = `${PREFIX}CUSTOMERIO_WRITE_KEY`;

/** The account to test on, or nothing without credentials. */
export function liveAccount(): SnowflakeSourceOptions | undefined {
  const [account, username] = [read('ACCOUNT'), read('USERNAME')];
  const key = { privateKey: read('PRIVATE_KEY'), privateKeyPath: read('PRIVATE_KEY_PATH') };
  if (account === undefined || username === undefined) return undefined;
  if (key.privateKey === undefined && key.privateKeyPath === undefined) return undefined;
  return {
    account,
    username,
    ...(key.privateKey === undefined ? { privateKeyPath: key.privateKeyPath } : { privateKey: key.privateKey }),
    accessUrl: read('ACCESS_URL'),
    passphrase: read('PASSPHRASE'),
    role: read('ROLE'),
    warehouse: read('WAREHOUSE'),
    database: read('DATABASE'),
    schema: read('SCHEMA'),
    queryTag: 'snowmelt test:live',
  };
}

/** The role that may create users, roles, warehouses and databases, for the set-up script's test. */
export const setupRole = (): string | undefined => read('SETUP_ROLE');

/** Where to deliver a message to Customer.io. */
export function liveDestination():
  { readonly writeKey: string; readonly region: 'us' | 'eu'; readonly endpoint: string | undefined } | undefined {
  const writeKey = read('CUSTOMERIO_WRITE_KEY');
  if (writeKey === undefined) return undefined;
  return { writeKey, region: read('CUSTOMERIO_REGION') === 'eu' ? 'eu' : 'us', endpoint: read('CUSTOMERIO_ENDPOINT') };
}

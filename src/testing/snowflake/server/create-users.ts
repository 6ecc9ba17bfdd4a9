import { generateKeyPair } from 'node:crypto';
import { promisify } from 'node:util';
import { readPublicKey } from '../auth/public-key.js';
import type { SnowflakeSettings } from './snowflake-options.js';
import type { Catalog } from '../sql/types/sql-engine.js';
import type { ServerClock } from '../results/server-clock.js';
import { userToken } from './user-tokens.js';

const generate = promisify(generateKeyPair);

/** Puts the users and their roles into the catalog. Returns the private keys that the server knows, by user name. */
export async function createUsers(
  catalog: Catalog,
  settings: SnowflakeSettings,
  clock: ServerClock,
): Promise<Map<string, string>> {
  const privateKeys = new Map<string, string>();
  for (const user of settings.users) {
    const name = user.name.toUpperCase();
    const publicKeys: string[] = [];
    if (user.publicKey !== undefined) {
      publicKeys.push(...[user.publicKey].flat());
    } else {
      const pair = user.keyPair ?? (await keyPairOf(name));
      publicKeys.push(pair.publicKey);
      privateKeys.set(name, pair.privateKey);
    }
    publicKeys.forEach(readPublicKey);
    const roles = user.roles.map((role) => role.toUpperCase());
    for (const role of roles) if (!catalog.roles.has(role)) catalog.roles.set(role, new Set());
    catalog.users.set(name, {
      name,
      publicKeys,
      keyPairs: [],
      tokens: user.tokens.map((token, index) => userToken(token, index + 1, clock.now())),
      networkPolicy: networkPolicy(catalog, name, user),
      authenticationPolicy: undefined,
      workloadIdentity: undefined,
      defaultRole: roles[0],
      defaultWarehouse: (user.warehouse ?? settings.warehouses[0])?.toUpperCase(),
      defaultDatabase: (user.database ?? settings.databases[0])?.toUpperCase(),
      defaultSchema: (user.schema ?? 'PUBLIC').toUpperCase(),
      roles: new Set(roles),
      parameters: new Map(),
      type: user.type,
      disabled: user.disabled,
    });
  }
  return privateKeys;
}

/** The name of a network policy made for a user. */
function networkPolicy(
  catalog: Catalog,
  userName: string,
  { tokens, allowedIps }: SnowflakeSettings['users'][number],
): string | undefined {
  const needsOne = tokens.some(({ type }) => type === 'PROGRAMMATIC_ACCESS_TOKEN');
  const ips = allowedIps ?? (needsOne ? ['127.0.0.1'] : []);
  if (ips.length === 0) return undefined;
  const name = `${userName}_NETWORK`;
  const properties = new Map([['ALLOWED_IP_LIST', ips.map((ip) => `'${ip}'`).join(', ')]]);
  catalog.accountObjects.set(`NETWORK POLICY ${name}`, { kind: 'NETWORK POLICY', name, properties });
  return name;
}

interface KeyPair {
  readonly publicKey: string;
  readonly privateKey: string;
}

/** Generating takes long enough to matter in a suite with a server per test. */
const generated = new Map<string, Promise<KeyPair>>();

function keyPairOf(userName: string): Promise<KeyPair> {
  const known = generated.get(userName);
  if (known !== undefined) return known;
  const pair = generate('rsa', {
    modulusLength: 2048,
    publicKeyEncoding: { type: 'spki', format: 'pem' },
    privateKeyEncoding: { type: 'pkcs8', format: 'pem' },
  });
  generated.set(userName, pair);
  return pair;
}

import { generateKeyPair } from 'node:crypto';
import { promisify } from 'node:util';
import { readPublicKey } from '../auth/public-key.js';
import type { SnowflakeSettings } from './snowflake-options.js';
import type { Catalog } from '../sql/types/sql-engine.js';

const generate = promisify(generateKeyPair);

/** Puts the users and their roles into the catalog. Returns the private keys that the server knows, by user name. */
export async function createUsers(catalog: Catalog, settings: SnowflakeSettings): Promise<Map<string, string>> {
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

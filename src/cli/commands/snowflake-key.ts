import { createPublicKey } from 'node:crypto';
import { existsSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { codeOf } from '../../errors/code-of.js';
import { ConfigError } from '../../errors/errors.js';
import { diskFault } from '../../disk/disk-fault.js';
import { CREATE, openPrivate } from '../../disk/private-files.js';
import { shownPath } from '../../options/shown-name.js';
import { generateKeyPair } from '../../source/auth/generate-key-pair.js';
import { loadPrivateKey } from '../../source/auth/load-private-key.js';

/** The key with which an application signs in to the embedded Snowflake. */
export interface SnowflakeKey {
  /** Absolute: the application may run in another folder. */
  readonly path: string;
  readonly isTemporary: boolean;
  readonly keyPair: { readonly publicKey: string; readonly privateKey: string };
  /** Removes the file if it was made for this start alone. */
  readonly remove: () => Promise<void>;
}

/**
 * The key in the file, which is made when it is missing; without a path one for this start alone, in a new folder for
 * temporary files. Only its owner may read a file that is made.
 *
 * @throws ConfigError for a key that is not usable and a file that cannot be written
 */
export async function snowflakeKey(given: string | undefined): Promise<SnowflakeKey> {
  if (given === undefined) {
    const folder = await mkdtemp(join(tmpdir(), 'snowmelt-snowflake-'));
    const path = join(folder, 'rsa_key.p8');
    const remove = async (): Promise<void> => rm(folder, { recursive: true, force: true });
    return { path, isTemporary: true, keyPair: await writeNew(path), remove };
  }
  const path = resolve(given);
  const keyPair = existsSync(path) ? readKey(path) : await writeNew(path);
  return { path, isTemporary: false, keyPair, remove: async () => undefined };
}

function readKey(path: string): SnowflakeKey['keyPair'] {
  const privateKey = loadPrivateKey({ privateKeyPath: path });
  const publicKey = createPublicKey(privateKey);
  if (publicKey.asymmetricKeyType === 'rsa') {
    return { privateKey, publicKey: publicKey.export({ type: 'spki', format: 'pem' }).toString() };
  }
  throw new ConfigError('KEY_FORMAT', `The key in ${shownPath(path)} is not RSA, and the driver takes no other.`, {
    hint: 'Name a file that is not there yet: a key is made in it.',
  });
}

async function writeNew(path: string): Promise<SnowflakeKey['keyPair']> {
  const pair = await generateKeyPair();
  try {
    const handle = await openPrivate(path, CREATE);
    try {
      await handle.writeFile(pair.privateKey);
    } finally {
      await handle.close();
    }
  } catch (error) {
    const code = codeOf(error);
    throw new ConfigError(
      'CONFIG_INVALID',
      `The private key ${shownPath(path)} cannot be written (${code ?? 'unknown reason'}).`,
      { hint: code === 'ENOENT' ? 'Its folder is not there: make it first.' : diskFault(code, shownPath(path)).hint },
    );
  }
  return pair;
}

import { unlink, writeFile } from 'node:fs/promises';
import { codeOf } from '../../errors/code-of.js';
import { ConfigError } from '../../errors/errors.js';
import { generateKeyPair } from '../../source/auth/generate-key-pair.js';
import type { GenerateKeyPairOptions } from '../../source/auth/generate-key-pair.js';
import { wholeNumber, type CliValues } from '../arguments.js';
import type { Output } from '../output.js';

/**
 * `snowmelt keygen`: the private key goes to a file that only its owner may read, and nowhere else.
 *
 * @throws ConfigError `CONFIG_INVALID` when a file of that name exists: it may be the key in use
 */
export async function makeKey({ out = 'rsa_key.p8', bits, algorithm }: CliValues, output: Output): Promise<void> {
  const publicPath = `${out.replace(/\.(p8|pem|key)$/, '')}.pub`;
  // Any other size and algorithm is refused there.
  const pair = await generateKeyPair({
    bits: bits === undefined ? undefined : wholeNumber('bits', bits),
    algorithm,
  } as GenerateKeyPairOptions);
  await create(out, pair.privateKey, 0o600);
  try {
    await create(publicPath, pair.publicKey, 0o644);
  } catch (error) {
    // Without it there would be two files that are no pair.
    await unlink(out);
    throw error;
  }
  output.result(
    { privateKeyPath: out, publicKeyPath: publicPath, fingerprint: pair.fingerprint },
    `Private key: ${out} (keep it secret, and out of version control)\nPublic key:  ${publicPath}\nFingerprint: ${pair.fingerprint}\n`,
  );
}

async function create(path: string, text: string, mode: number): Promise<void> {
  try {
    await writeFile(path, text, { mode, flag: 'wx' });
  } catch (error) {
    if (codeOf(error) === 'EEXIST') {
      throw new ConfigError('CONFIG_INVALID', `${path} exists already; it may be a key in use.`, {
        hint: 'Pass another name with --out, or remove it by hand.',
      });
    }
    throw error;
  }
}

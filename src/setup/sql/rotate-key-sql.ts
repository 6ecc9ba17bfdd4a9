import * as z from 'zod';
import { checkOptions } from '../../options/check-options.js';
import { quoteIdentifier, quoteText } from './identifier.js';
import { barePublicKey } from './setup-options.js';

/** Options of {@link rotateKeySql}. */
export interface RotateKeyOptions {
  /** The service user. @default 'SNOWMELT' */
  readonly user?: string | undefined;
  /** The new public key, PEM or bare base64. */
  readonly publicKey: string;
}

const shape = { user: z.string().default('SNOWMELT'), publicKey: z.string().min(1) };

/**
 * Writes the two steps of a key rotation without a gap: both keys log in until the second step ("Key-pair
 * authentication and key-pair rotation", Snowflake documentation).
 *
 * @throws ConfigError `CONFIG_INVALID`
 */
export function rotateKeySql(options: RotateKeyOptions): { readonly addKey: string; readonly dropOldKey: string } {
  const { user: name, publicKey } = checkOptions('rotateKeySql', shape, options);
  const user = quoteIdentifier('`user`', name);
  const key = quoteText(barePublicKey(publicKey));
  return {
    addKey: `-- Step 1: both keys work from here on. Then give the new private key to the application.\nALTER USER ${user} SET RSA_PUBLIC_KEY_2 = ${key};\n`,
    dropOldKey: `-- Step 2: when the application uses the new key, the old one goes.\nALTER USER ${user} SET RSA_PUBLIC_KEY = ${key};\nALTER USER ${user} UNSET RSA_PUBLIC_KEY_2;\n`,
  };
}

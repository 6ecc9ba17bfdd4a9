import * as z from 'zod';
import { checkOptions } from '../../options/check-options.js';
import { ConfigError } from '../../errors/errors.js';
import { quoteIdentifier, quoteText } from './identifier.js';
import { barePublicKey } from './public-key.js';

/** Options of {@link rotateKeySql}. */
export interface RotateKeyOptions {
  /** The service user. @default 'SNOWMELT' */
  readonly user?: string | undefined;
  /** The new public key, PEM or bare base64, of a key pair. */
  readonly publicKey?: string | undefined;
  /** Name of the key pair, where it has one; see `setupSql`. @default none: `RSA_PUBLIC_KEY` */
  readonly keyPair?: string | undefined;
  /** Name of a programmatic access token, in place of a key. */
  readonly token?: string | undefined;
  /** For how many hours the old one stays good, where Snowflake ends it by itself. @default 24 */
  readonly expireOldAfterHours?: number | undefined;
}

const shape = {
  user: z.string().default('SNOWMELT'),
  publicKey: z.string().min(1).optional(),
  keyPair: z.string().optional(),
  token: z.string().optional(),
  expireOldAfterHours: z.int().min(0).max(8760).default(24),
};

/** The two steps of a rotation. */
export interface RotateKeySql {
  /** From here on the new one works, beside the old one. */
  readonly addKey: string;
  /** The old one goes. */
  readonly dropOldKey: string;
}

/**
 * Writes the two steps of a rotation without a gap: both keys, or tokens, log in until the second step, or until Snowflake
 * ends the old one ("Key-pair authentication and key-pair rotation", "ALTER USER … ROTATE KEY PAIR", "ALTER USER … ROTATE
 * PROGRAMMATIC ACCESS TOKEN", Snowflake documentation).
 *
 * @throws ConfigError `CONFIG_INVALID`
 */
export function rotateKeySql(options: RotateKeyOptions): RotateKeySql {
  const { user: name, publicKey, keyPair, token, expireOldAfterHours } = checkOptions('rotateKeySql', shape, options);
  const user = quoteIdentifier('`user`', name);
  if (token !== undefined) {
    if (publicKey !== undefined || keyPair !== undefined) {
      throw invalid('`token` does not go with `publicKey` and `keyPair`.', 'Rotate a token or a key, one at a time.');
    }
    const rotated = quoteIdentifier('`token`', token);
    return {
      addKey: `-- Step 1: the result shows the new secret this one time. Give it to the application.\nALTER USER ${user} ROTATE PROGRAMMATIC ACCESS TOKEN ${rotated} EXPIRE_ROTATED_TOKEN_AFTER_HOURS = ${expireOldAfterHours};\n`,
      dropOldKey: gone(user, 'PROGRAMMATIC ACCESS TOKEN', expireOldAfterHours),
    };
  }
  if (publicKey === undefined) throw invalid('`publicKey` is missing.', 'Pass generateKeyPair().publicKey.');
  const key = quoteText(barePublicKey(publicKey));
  if (keyPair !== undefined) {
    const rotated = quoteIdentifier('`keyPair`', keyPair);
    return {
      addKey: `-- Step 1: both keys work from here on. Then give the new private key to the application.\nALTER USER ${user} ROTATE KEY PAIR ${rotated} PUBLIC_KEY = ${key} EXPIRE_ROTATED_KEY_PAIR_AFTER_HOURS = ${expireOldAfterHours};\n`,
      dropOldKey: gone(user, 'KEY PAIR', expireOldAfterHours),
    };
  }
  return {
    addKey: `-- Step 1: both keys work from here on. Then give the new private key to the application.\nALTER USER ${user} SET RSA_PUBLIC_KEY_2 = ${key};\n`,
    dropOldKey: `-- Step 2: when the application uses the new key, the old one goes.\nALTER USER ${user} SET RSA_PUBLIC_KEY = ${key};\nALTER USER ${user} UNSET RSA_PUBLIC_KEY_2;\n`,
  };
}

/** Snowflake names the old one after the time of its rotation, so nobody can write that name beforehand. */
function gone(user: string, kind: string, hours: number): string {
  return `-- Step 2: nothing to do: Snowflake ends the old one after ${hours} hours. Sooner: take its name (…_ROTATED_…) from the\n-- list, then ALTER USER ${user} REMOVE ${kind} <name>;\nSHOW USER ${kind}S FOR USER ${user};\n`;
}

function invalid(problem: string, hint: string): ConfigError {
  return new ConfigError('CONFIG_INVALID', `rotateKeySql: ${problem}`, { hint });
}

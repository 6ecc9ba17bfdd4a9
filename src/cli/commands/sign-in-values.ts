import { readFileSync } from 'node:fs';
import { ConfigError } from '../../errors/errors.js';
import { looksSecret, shownPath } from '../../options/shown-name.js';
import type { RotateKeyOptions } from '../../setup/sql/rotate-key-sql.js';
import { wholeNumber, type CliValues } from '../arguments.js';

/** What the user is to sign in with, as `setupSql` takes it; values that are none of its own are refused there. */
export function signInSetup(values: CliValues): Readonly<Record<string, unknown>> {
  const {
    authenticator,
    'key-pair': keyPair,
    'token-name': token,
    'login-name': loginName,
    'policy-schema': policySchema,
  } = values;
  const isKey = authenticator === undefined || authenticator === 'SNOWFLAKE_JWT';
  const days = daysToExpiry(values);
  const isToken = authenticator === 'PROGRAMMATIC_ACCESS_TOKEN';
  if (days !== undefined && keyPair === undefined && !isToken) {
    throw new ConfigError(
      'CONFIG_INVALID',
      'snowmelt setup-sql: --days-to-expiry needs a key pair with a name, or a token.',
      {
        hint: 'Add --key-pair <name>, or --authenticator PROGRAMMATIC_ACCESS_TOKEN.',
      },
    );
  }
  const named = (name: string | undefined): unknown => (name === undefined ? undefined : { name, daysToExpiry: days });
  return {
    authenticator,
    publicKey: isKey ? readKey(values['public-key'] ?? 'rsa_key.pub') : readGivenKey(values),
    keyPair: named(keyPair),
    token: named(token ?? (isToken && days !== undefined ? 'SNOWMELT' : undefined)),
    loginName,
    workloadIdentity: workloadIdentity(values),
    policySchema,
  };
}

/** What is to be rotated, as `rotateKeySql` takes it. */
export function rotation(values: CliValues): RotateKeyOptions {
  const { user, 'token-name': token, 'key-pair': keyPair } = values;
  if (token === undefined && values['public-key'] === undefined) {
    throw new ConfigError('CONFIG_INVALID', 'snowmelt setup-sql --rotate: --public-key of the new key is missing.', {
      hint: 'Run snowmelt keygen --out new_key.p8, then snowmelt setup-sql --rotate --public-key new_key.pub; or name a token: --token-name SNOWMELT.',
    });
  }
  return { user, token, keyPair, publicKey: readGivenKey(values) };
}

function readGivenKey({ 'public-key': path }: CliValues): string | undefined {
  return path === undefined ? undefined : readKey(path);
}

function daysToExpiry({ 'days-to-expiry': text }: CliValues): number | undefined {
  return text === undefined ? undefined : wholeNumber('days-to-expiry', text);
}

function workloadIdentity(values: CliValues): unknown {
  const { 'workload-identity': type, arn, issuer, subject, audience: audiences } = values;
  if (type !== undefined) return { type, arn, issuer, subject, audiences };
  if ([arn, issuer, subject, audiences].every((each) => each === undefined)) return undefined;
  throw new ConfigError('CONFIG_INVALID', '--arn, --issuer, --subject and --audience are of a --workload-identity.', {
    hint: 'Write --authenticator WORKLOAD_IDENTITY --workload-identity AWS --arn <of the role>.',
  });
}

function readKey(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch (cause) {
    throw new ConfigError('CONFIG_INVALID', `The public key ${shownPath(path)} cannot be read.`, {
      hint: 'Run snowmelt keygen first, or pass --public-key <file>.',
      // Its text repeats the path.
      cause: looksSecret(path) ? undefined : cause,
    });
  }
}

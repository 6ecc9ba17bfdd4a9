import { type KeyObject, createPrivateKey } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { homePath } from '../../disk/home-path.js';
import { codeOf } from '../../errors/code-of.js';
import { ConfigError } from '../../errors/errors.js';
import { looksSecret, shownPath } from '../../options/shown-name.js';
import { isWholeDer, oldCipherOf } from './key-der.js';
import { asPem, keyTextOf } from './key-text.js';
import { CUT_OFF, DAMAGED, NEW_KEY_HINT, unframed, wrongLabel, type WrongKey } from './wrong-key.js';

/** Where a private key comes from: exactly one of `privateKey` and `privateKeyPath`. */
export interface PrivateKeyOptions {
  /** PEM text; PKCS#8, PKCS#1 or encrypted. Line ends may be lost or written as `\n`; base64 of the text will do too. */
  readonly privateKey?: string | undefined;
  /** Path of a PEM or DER file; `~` is the home of this user. */
  readonly privateKeyPath?: string | undefined;
  /** Passphrase of an encrypted key. */
  readonly passphrase?: string | undefined;
}

const TO_PKCS8 = 'openssl pkcs8 -topk8 -nocrypt -in rsa_key.pem -out rsa_key.p8';
const TO_AES =
  'openssl pkcs8 -topk8 -v2 aes-256-cbc -provider legacy -provider default -in rsa_key.p8 -out rsa_key_aes.p8';

/**
 * Loads a private key, RSA or EC on the curve P-256, and returns it as unencrypted PKCS#8 PEM, the form that Snowflake
 * documents. The conversion happens in memory.
 *
 * @throws ConfigError `KEY_UNREADABLE`, `KEY_FORMAT` or `KEY_PASSPHRASE`, saying what the text is and how to repair it
 */
export function loadPrivateKey(options: PrivateKeyOptions): string {
  const { passphrase } = options;
  // Empty text counts as left out: that is what an unset environment variable often is.
  const privateKeyPath = pathIn(options.privateKeyPath);
  const isLeftOut = options.privateKey === '' && privateKeyPath !== undefined;
  const privateKey = isLeftOut ? undefined : options.privateKey;
  if ((privateKey === undefined) === (privateKeyPath === undefined)) {
    throw new ConfigError(
      'CONFIG_INVALID',
      `Private key: pass ${privateKey === undefined ? 'one' : 'only one'} of privateKey and privateKeyPath.`,
      { hint: 'privateKey takes the PEM text, privateKeyPath the path of the PEM file.' },
    );
  }
  const where = privateKeyPath === undefined ? 'privateKey' : `the file ${shownPath(privateKeyPath)}`;
  const text = privateKey ?? readKeyFile(privateKeyPath ?? '');
  const key = parse(text, passphrase, where);
  if (isP256(key)) return key.export({ type: 'pkcs8', format: 'pem' }).toString();
  if (key.asymmetricKeyType !== 'rsa') {
    const what = `a private key of type ${key.asymmetricKeyType ?? 'unknown'}, not RSA`;
    throw notAKey(where, { what, hint: NEW_KEY_HINT });
  }
  const bits = key.asymmetricKeyDetails?.modulusLength ?? 0;
  if (bits < 2048) {
    throw notAKey(where, { what: `an RSA key of ${bits} bits; Snowflake needs 2048`, hint: NEW_KEY_HINT });
  }
  return key.export({ type: 'pkcs8', format: 'pem' }).toString();
}

function readKeyFile(path: string): string {
  try {
    return keyTextOf(readFileSync(path));
  } catch (error) {
    const reason = codeOf(error) ?? 'unknown reason';
    throw new ConfigError('KEY_UNREADABLE', `The private key file ${shownPath(path)} cannot be read (${reason}).`, {
      hint: looksSecret(path)
        ? 'Pass the text of a key as privateKey.'
        : `Check the path and the permissions: ls -l ${path}`,
    });
  }
}

function pathIn(given: string | undefined): string | undefined {
  if (given === undefined || given === '') return undefined;
  if (isKeyText(given)) {
    throw new ConfigError('KEY_FORMAT', 'privateKeyPath holds the text of a key, not the path of its file.', {
      hint: 'Pass the text as privateKey.',
    });
  }
  return homePath('privateKeyPath', given);
}

function parse(text: string, passphrase: string | undefined, where: string): KeyObject {
  const pem = asPem(text);
  const label = /-----BEGIN ([A-Z0-9 ]+)-----/.exec(pem)?.[1];
  if (label === undefined) throw notAKey(where, unframed(text));
  const other = wrongLabel(label);
  if (other !== undefined) throw notAKey(where, other);
  if (!pem.includes('-----END ')) throw notAKey(where, CUT_OFF);
  const encrypted = label === 'ENCRYPTED PRIVATE KEY' || /^Proc-Type:.*ENCRYPTED/m.test(pem);
  if (encrypted && (passphrase === undefined || passphrase === '')) {
    throw new ConfigError('KEY_PASSPHRASE', `The private key in ${where} is encrypted and there is no passphrase.`, {
      hint: `Pass passphrase, or decrypt the key: ${TO_PKCS8}`,
    });
  }
  try {
    return createPrivateKey({ key: pem, format: 'pem', ...(encrypted ? { passphrase } : {}) });
  } catch (error) {
    // The reasons of OpenSSL name its own internals, never the key; only the code decides here.
    throw encrypted ? notOpened(pem, passphrase ?? '', where, codeOf(error)) : notAKey(where, DAMAGED);
  }
}

/** Why an encrypted key cannot be opened: its cipher, its text or, if these are in order, its passphrase. */
function notOpened(pem: string, passphrase: string, where: string, code: string | undefined): ConfigError {
  const der = Buffer.from(pem.replace(/-----[A-Z0-9 ]+-----|^[\w-]+:.*$/gm, ''), 'base64');
  const header = /^DEK-Info: ([A-Z0-9-]+),/m.exec(pem)?.[1];
  const old = oldCipherOf(der);
  if (old !== undefined || code === 'ERR_OSSL_EVP_UNSUPPORTED') {
    const cipher = old ?? header ?? 'of another kind';
    return notAKey(where, {
      what: `encrypted with an old cipher (${cipher}) that Node's OpenSSL no longer has; its passphrase was not tried`,
      hint: `Encrypt a copy of it anew: ${TO_AES} (or decrypt it: -nocrypt in place of -v2 aes-256-cbc).`,
    });
  }
  // The old way encrypts whole blocks of 8 bytes, and nothing else of it can be looked at.
  const isWhole = header === undefined ? isWholeDer(der) : der.length > 0 && der.length % 8 === 0;
  if (!isWhole) return notAKey(where, DAMAGED);
  const around = /^["'\s]|["'\s]$/.test(passphrase);
  return new ConfigError('KEY_PASSPHRASE', `The passphrase does not open the private key in ${where}.`, {
    hint: `Pass the right passphrase${around ? ', without the quotes or the white space around it' : ''}; to try it: openssl pkey -in rsa_key.p8 -noout`,
  });
}

function notAKey(where: string, { what, hint }: WrongKey): ConfigError {
  return new ConfigError('KEY_FORMAT', `The private key is not usable: ${where} is ${what}.`, { hint });
}

/** Whether a path is a key: none has a frame, line ends or so much base64. A Windows path may have `\n` and `\r`. */
function isKeyText(path: string): boolean {
  return /-----BEGIN|[\r\n]|^(?:[A-Za-z0-9+/=]|\\+[rn]){100,}$/.test(path);
}

/** The curve of ES256, the one kind of EC key that the SQL API takes besides RSA. */
function isP256(key: KeyObject): boolean {
  return key.asymmetricKeyType === 'ec' && key.asymmetricKeyDetails?.namedCurve === 'prime256v1';
}

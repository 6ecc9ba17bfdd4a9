import { type KeyObject, createPrivateKey } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { codeOf } from '../../errors/code-of.js';
import { ConfigError } from '../../errors/errors.js';
import { looksSecret, shownPath } from '../../options/shown-name.js';

/** Where a private key comes from: exactly one of `privateKey` and `privateKeyPath`. */
export interface PrivateKeyOptions {
  /** PEM text; PKCS#8, PKCS#1 or encrypted. Line ends may be `\n`, CRLF or the two characters `\n`. */
  readonly privateKey?: string | undefined;
  /** Path of a PEM file. */
  readonly privateKeyPath?: string | undefined;
  /** Passphrase of an encrypted key. */
  readonly passphrase?: string | undefined;
}

const TO_PKCS8 = 'openssl pkcs8 -topk8 -nocrypt -in rsa_key.pem -out rsa_key.p8';
const NEW_KEY = 'openssl genrsa 2048 | openssl pkcs8 -topk8 -nocrypt -out rsa_key.p8';
const NEW_KEY_HINT = `Make an RSA key: ${NEW_KEY}`;

/**
 * Loads an RSA private key and returns it as unencrypted PKCS#8 PEM, the form that Snowflake documents. The conversion
 * happens in memory.
 *
 * @throws ConfigError `KEY_UNREADABLE`, `KEY_FORMAT` or `KEY_PASSPHRASE`, saying what the text is and how to repair it
 */
export function loadPrivateKey(options: PrivateKeyOptions): string {
  const { passphrase } = options;
  // Empty text counts as left out: that is what an unset environment variable often is.
  const privateKeyPath = options.privateKeyPath === '' ? undefined : options.privateKeyPath;
  const isLeftOut = options.privateKey === '' && privateKeyPath !== undefined;
  const privateKey = isLeftOut ? undefined : options.privateKey;
  if ((privateKey === undefined) === (privateKeyPath === undefined)) {
    throw new ConfigError(
      'CONFIG_INVALID',
      `Private key: pass ${privateKey === undefined ? 'one' : 'only one'} of privateKey and privateKeyPath.`,
      { hint: 'privateKey takes the PEM text, privateKeyPath the path of the PEM file.' },
    );
  }
  if (privateKeyPath !== undefined && isKeyText(privateKeyPath)) {
    throw new ConfigError('KEY_FORMAT', 'privateKeyPath holds the text of a key, not the path of its file.', {
      hint: 'Pass the text as privateKey.',
    });
  }
  const where = privateKeyPath === undefined ? 'privateKey' : `the file ${shownPath(privateKeyPath)}`;
  const pem = normalise(privateKey ?? readKeyFile(privateKeyPath ?? ''));
  const key = parse(pem, passphrase, where);
  if (key.asymmetricKeyType !== 'rsa') {
    throw notAKey(where, `a private key of type ${key.asymmetricKeyType ?? 'unknown'}, not RSA`, NEW_KEY_HINT);
  }
  const bits = key.asymmetricKeyDetails?.modulusLength ?? 0;
  if (bits < 2048) throw notAKey(where, `an RSA key of ${bits} bits; Snowflake needs 2048`, NEW_KEY_HINT);
  return key.export({ type: 'pkcs8', format: 'pem' }).toString();
}

function readKeyFile(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch (error) {
    const reason = codeOf(error) ?? 'unknown reason';
    throw new ConfigError('KEY_UNREADABLE', `The private key file ${shownPath(path)} cannot be read (${reason}).`, {
      hint: looksSecret(path)
        ? 'Pass the text of a key as privateKey.'
        : `Check the path and the permissions: ls -l ${path}`,
    });
  }
}

/** Keys that went through environment variables often have lost their line ends. */
function normalise(text: string): string {
  const lines = text.replaceAll('\\r', '').replaceAll('\\n', '\n').replaceAll('\r', '').trim();
  const framed = /^(-----BEGIN [A-Z0-9 ]+-----)([\s\S]*?)(-----END [A-Z0-9 ]+-----)$/.exec(lines);
  if (framed === null) return `${lines}\n`;
  const [, begin = '', body = '', end = ''] = framed;
  // Headers such as "Proc-Type: 4,ENCRYPTED" are lines of their own; a body on one line is wrapped again.
  if (body.includes(':')) return `${lines}\n`;
  const base64 = body.replace(/\s+/g, '').replace(/.{64}(?=.)/g, '$&\n');
  return `${begin}\n${base64}\n${end}\n`;
}

function parse(pem: string, passphrase: string | undefined, where: string): KeyObject {
  const label = /-----BEGIN ([A-Z0-9 ]+)-----/.exec(pem)?.[1];
  const encrypted = label === 'ENCRYPTED PRIVATE KEY' || /^Proc-Type:.*ENCRYPTED/m.test(pem);
  if (label === undefined) {
    throw notAKey(where, whatIs(pem), `A private key begins with -----BEGIN PRIVATE KEY-----. ${NEW_KEY_HINT}`);
  }
  if (!label.endsWith('PRIVATE KEY')) throw notAKey(where, kindOf(label), hintFor(label));
  if (label === 'OPENSSH PRIVATE KEY') throw notAKey(where, 'an OpenSSH private key', hintFor(label));
  if (encrypted && (passphrase === undefined || passphrase === '')) {
    throw new ConfigError('KEY_PASSPHRASE', `The private key in ${where} is encrypted and there is no passphrase.`, {
      hint: `Pass passphrase, or decrypt the key: ${TO_PKCS8}`,
    });
  }
  try {
    return createPrivateKey({ key: pem, format: 'pem', ...(encrypted ? { passphrase } : {}) });
  } catch (error) {
    // The reasons of OpenSSL name its own internals, never the key; only the code decides here.
    if (encrypted && codeOf(error) !== 'ERR_OSSL_UNSUPPORTED') {
      throw new ConfigError('KEY_PASSPHRASE', `The passphrase does not open the private key in ${where}.`, {
        hint: `Pass the right passphrase; to try it: openssl pkey -in rsa_key.p8 -noout`,
      });
    }
    throw notAKey(
      where,
      'damaged: it has the frame of a private key, but its content cannot be read',
      `Check that the whole text was copied: openssl pkey -in rsa_key.p8 -noout`,
    );
  }
}

function notAKey(where: string, what: string, hint: string): ConfigError {
  return new ConfigError('KEY_FORMAT', `The private key is not usable: ${where} is ${what}.`, { hint });
}

function whatIs(text: string): string {
  if (text.trim() === '') return 'empty';
  if (/^ssh-(rsa|ed25519) /.test(text)) return 'an SSH public key';
  if (/^MII[A-Za-z0-9+/=\s]+$/.test(text)) return 'bare base64 without the PEM frame';
  if (/^\S+\.(p8|pem|key)\s*$/.test(text)) return 'a path, not PEM text (use privateKeyPath)';
  return 'not PEM text';
}

function kindOf(label: string): string {
  if (label.endsWith('PUBLIC KEY')) return 'a public key, not the private one';
  if (label.includes('CERTIFICATE REQUEST')) return 'a certificate request';
  if (label.includes('CERTIFICATE')) return 'a certificate, not a private key';
  return `"${label}", not a private key`;
}

function hintFor(label: string): string {
  if (label === 'OPENSSH PRIVATE KEY') {
    return 'Convert a copy of it: ssh-keygen -p -m PKCS8 -f rsa_key (it must be an RSA key).';
  }
  if (label.endsWith('PUBLIC KEY') || label.includes('CERTIFICATE')) {
    return `Pass the private key that belongs to it (-----BEGIN PRIVATE KEY-----). If it is lost: ${NEW_KEY}`;
  }
  return NEW_KEY_HINT;
}

/** Whether a path is a key: none has a frame, line ends or so much base64. */
function isKeyText(path: string): boolean {
  return /-----BEGIN|[\r\n]|\\n|^[A-Za-z0-9+/=]{100,}$/.test(path);
}

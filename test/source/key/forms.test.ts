import { createPublicKey, generateKeyPairSync, randomBytes } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { homedir, tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { loadPrivateKey, type ConfigError, type PrivateKeyOptions } from 'snowmelt';

const rsa = generateKeyPairSync('rsa', { modulusLength: 2048 }).privateKey;
const pem = (options: object) => rsa.export({ format: 'pem', ...options } as never).toString();
const pkcs8 = pem({ type: 'pkcs8' });
const pkcs1 = pem({ type: 'pkcs1' });
const passphrase = 'open sesame';
const encrypted = pem({ type: 'pkcs8', cipher: 'aes-256-cbc', passphrase });
const encryptedPkcs1 = pem({ type: 'pkcs1', cipher: 'aes-256-cbc', passphrase });
const certificate = `-----BEGIN CERTIFICATE-----\n${randomBytes(300).toString('base64')}\n-----END CERTIFICATE-----\n`;
const derOf = (text: string) => Buffer.from(text.replace(/-----[A-Z0-9 ]+-----/g, ''), 'base64');
const base64 = (text: string | Buffer) => Buffer.from(text).toString('base64');
const escaped = (text: string) => text.replaceAll('\n', '\\n');
const folder = mkdtempSync(join(tmpdir(), 'snowmelt-forms-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

function errorOf(options: PrivateKeyOptions): ConfigError {
  try {
    loadPrivateKey(options);
  } catch (error) {
    return error as ConfigError;
  }
  throw new Error('the key was accepted');
}

/** The way of OpenSSL to write a key (RFC 5958): the cipher's name, its salt, and what nobody can read without it. */
function encryptedWith(oid: string): string {
  const value = (tag: number, ...inner: Buffer[]) => {
    const content = Buffer.concat(inner);
    const { length } = content;
    const size = length < 128 ? [length] : [0x82, length >> 8, length & 0xff];
    return Buffer.concat([Buffer.from([tag, ...size]), content]);
  };
  const salt = value(0x30, value(0x04, randomBytes(8)), value(0x02, Buffer.from('0800', 'hex')));
  const algorithm = value(0x30, value(0x06, Buffer.from(oid, 'hex')), salt);
  const der = value(0x30, algorithm, value(0x04, randomBytes(1224)));
  return `-----BEGIN ENCRYPTED PRIVATE KEY-----\n${der.toString('base64').replace(/.{64}/g, '$&\n')}\n-----END ENCRYPTED PRIVATE KEY-----\n`;
}

describe('a good key is used in whatever form it comes', () => {
  it.each([
    ['base64 of its PEM', base64(pkcs8)],
    ['base64 of its PEM, in lines', base64(pkcs8).replace(/.{76}/g, '$&\n')],
    ['base64 of its PEM with written line ends', base64(escaped(pkcs8))],
    ['base64 of base64', base64(base64(pkcs8))],
    ['base64 without the frame', derOf(pkcs8).toString('base64')],
    ['base64 of PKCS#1 without the frame', derOf(pkcs1).toString('base64')],
    ['base64url without the frame', derOf(pkcs8).toString('base64url')],
    ['in double quotes', `"${pkcs8}"`],
    ['in single quotes', `'${pkcs8.trim()}'`],
    ['as a JSON text', JSON.stringify(pkcs8)],
    ['as a JSON text of a JSON text', JSON.stringify(JSON.stringify(pkcs8))],
    ['with \\n written twice', pkcs8.replaceAll('\n', '\\\\n')],
    ['with \\r\\n written twice', pkcs8.replaceAll('\n', '\\\\r\\\\n')],
    ['with a slash escaped', escaped(pkcs8).replaceAll('/', '\\/')],
    ['with a backslash at each line end', pkcs8.replaceAll('\n', '\\\n')],
    ['URL-encoded', encodeURIComponent(pkcs8)],
    ['URL-encoded as in a form', new URLSearchParams({ key: pkcs8 }).toString().slice('key='.length)],
    ['with a byte order mark', `\uFEFF${pkcs8}`],
    ['indented, as from YAML', pkcs8.replaceAll('\n', '\n    ')],
    ['behind a certificate', `${certificate}${pkcs8}`],
    ['before a certificate', `${pkcs8}${certificate}`],
    [
      'behind the notes of openssl pkcs12',
      `Bag Attributes\n    friendlyName: key\nKey Attributes: <No Attributes>\n${pkcs8}`,
    ],
  ])('%s', (_form, privateKey) => {
    expect(loadPrivateKey({ privateKey })).toBe(pkcs8);
  });

  it.each([
    ['base64 of its PEM', base64(encrypted)],
    ['base64 without the frame', derOf(encrypted).toString('base64')],
    ['the old way, on one line', encryptedPkcs1.replace(/\s+/g, ' ')],
    ['the old way, indented', encryptedPkcs1.replaceAll('\n', '\n  ')],
    ['the old way, as base64', base64(encryptedPkcs1)],
  ])('encrypted: %s', (_form, privateKey) => {
    expect(loadPrivateKey({ privateKey, passphrase })).toBe(pkcs8);
  });

  it.each([
    ['DER', derOf(pkcs8)],
    ['DER of PKCS#1', derOf(pkcs1)],
    ['UTF-16, as PowerShell writes it', Buffer.from(`\uFEFF${pkcs8}`, 'utf16le')],
    ['base64 of its PEM', Buffer.from(base64(pkcs8))],
  ])('a file of %s', (name, bytes) => {
    const privateKeyPath = join(folder, `${name.replace(/\W/g, '')}.p8`);
    writeFileSync(privateKeyPath, bytes);
    expect(loadPrivateKey({ privateKeyPath })).toBe(pkcs8);
  });
});

describe('a form that cannot be used is named', () => {
  it.each([
    ['a Windows path', String.raw`C:\Users\nina\rsa_key.p8`, 'a path', 'privateKeyPath'],
    ['a path with a space', '/home/me/my keys/rsa_key.p8', 'a path', 'privateKeyPath'],
    ['a path below the home', '~/.ssh/snowflake', 'a path', 'privateKeyPath'],
    ['the first line only', '-----BEGIN PRIVATE KEY-----', 'cut off', 'in quotes'],
    ['no last line', pkcs8.slice(0, 900), 'cut off', 'in quotes'],
    ['no first line', pkcs8.slice(40), 'only a part', 'in quotes'],
    ['hyphens of a word processor', pkcs8.replaceAll('-----', '–––––'), 'five hyphens', 'not from a document'],
    ['a key of PuTTY', 'PuTTY-User-Key-File-3: ssh-rsa\nEncryption: none', 'PuTTY', 'puttygen'],
    ['JSON', JSON.stringify({ kty: 'RSA', n: 'x' }), 'JSON', 'text of the key'],
    [
      'base64 of a public key',
      derOf(createPublicKey(rsa).export({ type: 'spki', format: 'pem' }).toString()).toString('base64'),
      'a public key',
      'private key that belongs',
    ],
    [
      'base64 of a PEM public key',
      base64(createPublicKey(rsa).export({ type: 'spki', format: 'pem' })),
      'a public key',
      'private key that belongs',
    ],
    ['a part of its base64', base64(pkcs8).slice(0, 500), 'cut off', 'base64 -w0'],
  ])('%s', (_form, privateKey, what, hint) => {
    const error = errorOf({ privateKey });
    expect(error).toMatchObject({ code: 'KEY_FORMAT' });
    expect(error.message).toContain(what);
    expect(error.hint).toContain(hint);
    // There is a key: nobody has to make another one.
    if (what !== 'a public key') expect(error.hint).not.toContain('genrsa');
    const said = error.message + String(error.hint);
    for (const line of pkcs8.split('\n').slice(1, -2)) expect(said).not.toContain(line.slice(0, 20));
  });

  it('a PKCS#12 file', () => {
    const privateKeyPath = join(folder, 'key.p12');
    writeFileSync(privateKeyPath, Buffer.from('300a0201033005060370617400'.slice(0, 24), 'hex'));
    expect(errorOf({ privateKeyPath })).toMatchObject({
      code: 'KEY_FORMAT',
      hint: expect.stringContaining('openssl pkcs12'),
    });
  });
});

describe('an encrypted key that does not open tells why', () => {
  it.each([
    ['PBE-MD5-DES', '2a864886f70d010503'],
    ['PBE-MD2-DES', '2a864886f70d010501'],
    ['PBE-SHA1-DES', '2a864886f70d01050a'],
    ['PBE-SHA1-RC2-64', '2a864886f70d01050b'],
    ['PBE-SHA1-RC4-128', '2a864886f70d010c0101'],
    ['PBE-SHA1-RC2-40', '2a864886f70d010c0106'],
  ])('its cipher %s is of the old ones', (cipher, oid) => {
    const error = errorOf({ privateKey: encryptedWith(oid), passphrase });
    expect(error).toMatchObject({ code: 'KEY_FORMAT' });
    expect(error.message).toContain(`an old cipher (${cipher})`);
    expect(error.hint).toContain('-provider legacy');
  });

  it('DES the old way', () => {
    const privateKey = encryptedPkcs1.replace('AES-256-CBC', 'DES-CBC').replace(/(DES-CBC,.{16}).*/, '$1');
    const error = errorOf({ privateKey, passphrase });
    expect(error).toMatchObject({ code: 'KEY_FORMAT' });
    expect(error.message).toContain('DES-CBC');
  });

  it('its passphrase is wrong, whatever the padding says of it', () => {
    // One in 256 wrong passphrases gives a padding that looks right, and then a key that cannot be read.
    for (let number = 0; number < 1500; number += 1) {
      expect(errorOf({ privateKey: encrypted, passphrase: `wrong ${number}` }).code).toBe('KEY_PASSPHRASE');
    }
  });

  it('its text is damaged, not the passphrase wrong', () => {
    const privateKey = encrypted.replace(/\n.{40}/, '\n');
    expect(errorOf({ privateKey, passphrase })).toMatchObject({
      code: 'KEY_FORMAT',
      message: expect.stringContaining('damaged'),
    });
  });

  it.each([`"${passphrase}"`, `${passphrase}\n`, ` ${passphrase}`])('its passphrase is %j', (given) => {
    const error = errorOf({ privateKey: encrypted, passphrase: given });
    expect(error.hint).toContain('without the quotes or the white space');
    expect(error.message + String(error.hint)).not.toContain('sesame');
  });
});

describe('a path', () => {
  it.each([String.raw`C:\Users\nina\rsa_key.p8`, String.raw`keys\new\rsa_key.p8`, String.raw`\\server\rsa\nina.p8`])(
    '%s is no key',
    (privateKeyPath) => {
      const error = errorOf({ privateKeyPath });
      expect(error).toMatchObject({ code: 'KEY_UNREADABLE' });
      expect(error.message).toContain(privateKeyPath);
    },
  );

  it('may begin with ~', () => {
    expect(errorOf({ privateKeyPath: '~/no-such-folder/rsa_key.p8' }).message).toContain(
      join(homedir(), 'no-such-folder', 'rsa_key.p8'),
    );
  });
});

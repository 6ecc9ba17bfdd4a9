import { createHash, createPublicKey, generateKeyPairSync, verify } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { ConfigError, generateKeyPair, loadPrivateKey } from 'snowmelt';
import { accountForJwt, KeyPairJwt } from '../../../src/source/auth/key-pair-jwt.js';

const rsa = generateKeyPairSync('rsa', { modulusLength: 2048 });
const pem = (options: object) => rsa.privateKey.export({ format: 'pem', ...options } as never).toString();
const pkcs8 = pem({ type: 'pkcs8' });
const pkcs1 = pem({ type: 'pkcs1' });
const encrypted = pem({ type: 'pkcs8', cipher: 'aes-256-cbc', passphrase: 'open sesame' });
const encryptedPkcs1 = pem({ type: 'pkcs1', cipher: 'aes-256-cbc', passphrase: 'open sesame' });
const publicPem = rsa.publicKey.export({ type: 'spki', format: 'pem' }).toString();
const ec = generateKeyPairSync('ec', { namedCurve: 'secp384r1' })
  .privateKey.export({ type: 'pkcs8', format: 'pem' })
  .toString();
const small = generateKeyPairSync('rsa', { modulusLength: 1024 })
  .privateKey.export({ type: 'pkcs8', format: 'pem' })
  .toString();
const folder = mkdtempSync(join(tmpdir(), 'snowmelt-key-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

describe('a private key is accepted', () => {
  it.each([
    ['as PKCS#8', pkcs8],
    ['as PKCS#1', pkcs1],
    ['without the last line end', pkcs8.trimEnd()],
    ['with CRLF', pkcs8.replaceAll('\n', '\r\n')],
    ['with the two characters \\n', pkcs8.replaceAll('\n', '\\n')],
    ['with the characters \\r\\n', pkcs8.replaceAll('\n', '\\r\\n')],
    ['on one line with spaces', pkcs8.trim().replaceAll('\n', ' ')],
    ['with space around it', `\n  ${pkcs8}\n\n`],
    ['as PKCS#1 with literal \\n', pkcs1.replaceAll('\n', '\\n')],
  ])('%s', (_how, privateKey) => {
    expect(loadPrivateKey({ privateKey })).toBe(pkcs8);
  });

  it('encrypted, with its passphrase', () => {
    expect(loadPrivateKey({ privateKey: encrypted, passphrase: 'open sesame' })).toBe(pkcs8);
    expect(loadPrivateKey({ privateKey: encryptedPkcs1, passphrase: 'open sesame' })).toBe(pkcs8);
    expect(loadPrivateKey({ privateKey: encrypted.replaceAll('\n', '\\n'), passphrase: 'open sesame' })).toBe(pkcs8);
  });

  it('from a file', () => {
    const privateKeyPath = join(folder, 'key.p8');
    writeFileSync(privateKeyPath, encrypted);
    expect(loadPrivateKey({ privateKeyPath, passphrase: 'open sesame' })).toBe(pkcs8);
  });
});

describe('a wrong key says what it is and what to type', () => {
  const body = pkcs8.split('\n').slice(1, -2).join('\n');
  it.each([
    ['a public key', publicPem, undefined, 'KEY_FORMAT', 'public key'],
    [
      'a certificate',
      '-----BEGIN CERTIFICATE-----\nMIIB\n-----END CERTIFICATE-----',
      undefined,
      'KEY_FORMAT',
      'certif',
    ],
    ['an EC key of another curve than P-256', ec, undefined, 'KEY_FORMAT', 'type ec'],
    ['a short key', small, undefined, 'KEY_FORMAT', '1024 bits'],
    [
      'an OpenSSH key',
      '-----BEGIN OPENSSH PRIVATE KEY-----\nb3Bl\n-----END OPENSSH PRIVATE KEY-----',
      undefined,
      'KEY_FORMAT',
      'OpenSSH',
    ],
    ['garbage', 'hunter2', undefined, 'KEY_FORMAT', 'not PEM'],
    ['nothing', '', undefined, 'KEY_FORMAT', 'empty'],
    ['a path', '/home/me/rsa_key.p8', undefined, 'KEY_FORMAT', 'privateKeyPath'],
    ['a part of its base64', body.slice(0, 200), undefined, 'KEY_FORMAT', 'base64'],
    ['a damaged key', pkcs8.replace(/\n.{40}/, '\n'), undefined, 'KEY_FORMAT', 'damaged'],
    ['an encrypted key without passphrase', encrypted, undefined, 'KEY_PASSPHRASE', 'no passphrase'],
    ['an encrypted key with the wrong passphrase', encrypted, 'wrong', 'KEY_PASSPHRASE', 'does not open'],
    ['an encrypted PKCS#1 key without passphrase', encryptedPkcs1, undefined, 'KEY_PASSPHRASE', 'no passphrase'],
  ])('%s', (_what, privateKey, passphrase, code, text) => {
    let error: unknown;
    try {
      loadPrivateKey({ privateKey, passphrase });
    } catch (caught) {
      error = caught;
    }
    expect(error).toBeInstanceOf(ConfigError);
    const { message, hint, cause } = error as ConfigError;
    expect(error).toMatchObject({ code });
    expect(message).toContain(text);
    expect(hint).toMatch(/openssl|ssh-keygen/);
    expect(cause).toBeUndefined();
    for (const secret of [
      'hunter2',
      'wrong',
      ...privateKey.split('\n').filter((line) => line.length > 20 && !line.includes('-----')),
    ]) {
      if (secret.length > 6) expect(message + String(hint)).not.toContain(secret);
    }
  });

  it('a file that is not there', () => {
    expect(() => loadPrivateKey({ privateKeyPath: join(folder, 'none.p8') })).toThrow(
      expect.objectContaining({ code: 'KEY_UNREADABLE' }),
    );
  });

  it.each([
    ['PEM text', pkcs8],
    ['PEM text with literal \\n', pkcs8.replaceAll('\n', '\\n')],
    ['its base64', body.replaceAll('\n', '')],
    ['lines of base64', body],
  ])('%s where the path belongs, without showing it', (_what, privateKeyPath) => {
    let error: unknown;
    try {
      loadPrivateKey({ privateKeyPath });
    } catch (caught) {
      error = caught;
    }
    expect(error).toMatchObject({ code: 'KEY_FORMAT', hint: 'Pass the text as privateKey.' });
    const { message, hint, details } = error as ConfigError;
    expect(JSON.stringify([message, hint, details])).not.toContain(body.slice(0, 30));
  });

  it('an empty text beside a path counts as left out', () => {
    const privateKeyPath = join(folder, 'beside.p8');
    writeFileSync(privateKeyPath, pkcs8);
    expect(loadPrivateKey({ privateKey: '', privateKeyPath })).toBe(pkcs8);
    expect(loadPrivateKey({ privateKey: pkcs8, privateKeyPath: '' })).toBe(pkcs8);
  });

  it('none, or two', () => {
    for (const options of [{}, { privateKey: pkcs8, privateKeyPath: 'x' }]) {
      expect(() => loadPrivateKey(options)).toThrow(expect.objectContaining({ code: 'CONFIG_INVALID' }));
    }
  });
});

describe('generateKeyPair', () => {
  it('makes a pair whose parts belong together', async () => {
    const pair = await generateKeyPair();
    expect(loadPrivateKey({ privateKey: pair.privateKey })).toBe(pair.privateKey);
    const der = createPublicKey(pair.privateKey).export({ type: 'spki', format: 'der' });
    expect(pair.publicKeyForSnowflake).toBe(der.toString('base64'));
    expect(createPublicKey(pair.publicKey).export({ type: 'spki', format: 'der' })).toEqual(der);
    expect(pair.fingerprint).toBe(`SHA256:${createHash('sha256').update(der).digest('base64')}`);
  });

  it('refuses other sizes', async () => {
    await expect(generateKeyPair({ bits: 1024 as never })).rejects.toMatchObject({ code: 'CONFIG_INVALID' });
  });
});

describe('KeyPairJwt', () => {
  const claims = (token: string) =>
    JSON.parse(Buffer.from(token.split('.')[1]!, 'base64url').toString()) as Record<string, unknown>;

  it('signs the claims Snowflake asks for', () => {
    const jwt = new KeyPairJwt({ account: 'xy12345.us-east-1', username: 'sync', privateKey: pkcs8, now: () => 5e12 });
    const token = jwt.token();
    const [head, body, signature] = token.split('.');
    expect(
      verify('RSA-SHA256', Buffer.from(`${head}.${body}`), rsa.publicKey, Buffer.from(signature!, 'base64url')),
    ).toBe(true);
    const fingerprint = createHash('sha256')
      .update(rsa.publicKey.export({ type: 'spki', format: 'der' }))
      .digest('base64');
    expect(claims(token)).toEqual({
      iss: `XY12345.SYNC.SHA256:${fingerprint}`,
      sub: 'XY12345.SYNC',
      iat: 5e9,
      exp: 5e9 + 3540,
    });
  });

  it('keeps a token and renews it before it ends', () => {
    let now = 1e12;
    const jwt = new KeyPairJwt({ account: 'org-acct', username: 'u', privateKey: pkcs8, now: () => now });
    const first = jwt.token();
    now += 3_200_000;
    expect(jwt.token()).toBe(first);
    now += 60_000;
    expect(claims(jwt.token()).iat).toBe(1e9 + 3260);
    now += 1000;
    jwt.reset();
    expect(claims(jwt.token()).iat).toBe(1e9 + 3261);
  });

  it.each([
    ['org-acct', 'ORG-ACCT'],
    ['my_org-my_acct', 'MY_ORG-MY_ACCT'],
    ['xy12345.eu-central-1.aws', 'XY12345'],
    ['org-acct-x.global', 'ORG'],
  ])('names the account %s as %s', (account, name) => {
    expect(accountForJwt(account)).toBe(name);
  });
});

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { maskSecrets } from '../../src/http/mask-secrets.js';

const TOKEN = 'eyJhbGciOiJSUzI1NiJ9.eyJpc3MiOiJBQ01FLkpPRSJ9.q-9_Zk3xV0/mB+tR7w==';
const html = (text: string): string => text.replaceAll('/', '&#x2f;').replaceAll('+', '&#43;').replaceAll('=', '&#61;');
const everyCharacter = (text: string, form: (code: number) => string): string =>
  Array.from(text, (character) => form(character.charCodeAt(0))).join('');
const hex = (code: number, digits: number): string => code.toString(16).padStart(digits, '0');

const FORMS: readonly [string, (secret: string) => string][] = [
  ['as it is', (secret) => secret],
  ['in capitals', (secret) => secret.toUpperCase()],
  ['in base64', (secret) => Buffer.from(secret).toString('base64')],
  ['in base64url', (secret) => Buffer.from(secret).toString('base64url')],
  ['in Basic credentials, as a user', (secret) => Buffer.from(`${secret}:`).toString('base64')],
  ['in Basic credentials, after one letter', (secret) => Buffer.from(`u${secret}`).toString('base64')],
  ['in Basic credentials, after two', (secret) => Buffer.from(`u:${secret}`).toString('base64')],
  ['in hexadecimal', (secret) => Buffer.from(secret).toString('hex')],
  ['URL-encoded', encodeURIComponent],
  ['URL-encoded twice', (secret) => encodeURIComponent(encodeURIComponent(secret))],
  ['URL-encoded to the last letter', (secret) => everyCharacter(secret, (code) => `%${hex(code, 2)}`)],
  ['escaped as in JSON', (secret) => everyCharacter(secret, (code) => `\\u${hex(code, 4)}`)],
  ['with slashes escaped', (secret) => secret.replaceAll('/', '\\/')],
  ['as in HTML', html],
  ['in a JSON text in a JSON text', (secret) => JSON.stringify(JSON.stringify(secret))],
  ['URL-encoded base64', (secret) => encodeURIComponent(Buffer.from(secret).toString('base64'))],
  ['cut at its end', (secret) => `${secret.slice(0, 12)}…`],
  ['cut at its beginning', (secret) => `…${secret.slice(-12)}`],
  ['cut in base64', (secret) => Buffer.from(secret).toString('base64').slice(3, 25)],
];

/** The longest piece of a secret in a text, however long. */
function shown(text: string, secret: string): number {
  let longest = 0;
  for (let from = 0; from < secret.length; from += 1) {
    while (text.includes(secret.slice(from, from + longest + 1)) && from + longest < secret.length) longest += 1;
  }
  return longest;
}

describe('what was sent as a credential is masked in what comes back', () => {
  it.each(FORMS)('%s', (_name, form) => {
    const echoed = form(TOKEN);
    const masked = maskSecrets(`Token ${echoed} is not valid.`, [TOKEN]);
    expect(shown(masked, echoed)).toBeLessThan(8);
    expect(masked).toMatch(/^Token .*\*\*\*.* is not valid\.$/);
  });

  it('and so are several, next to each other', () => {
    expect(maskSecrets(`a ${TOKEN}hunter2-write-key b`, ['hunter2-write-key', TOKEN])).toBe('a *** b');
  });

  it('short ones only as a whole', () => {
    expect(maskSecrets('pass hunt2 or hunt', ['hunt2'])).toBe('pass *** or hunt');
    expect(maskSecrets('an a', ['a', ''])).toBe('an a');
  });

  it('whatever the secret and the text around it', () => {
    const text = fc.string({ unit: 'binary', maxLength: 40 });
    const secret = fc.string({ unit: 'grapheme-ascii', minLength: 28, maxLength: 60 });
    fc.assert(
      fc.property(text, secret, text, fc.nat(FORMS.length - 1), (before, key, after, which) => {
        const form = FORMS[which]?.[1] ?? String;
        const echoed = form(key);
        // What the forms have in common with a key of one letter only is more than a piece of it.
        fc.pre(new Set(key).size > 6);
        const masked = maskSecrets(`${before} ${echoed} ${after}`, [key]);
        expect(masked).not.toContain(echoed);
      }),
    );
  });

  it('and nothing else: other texts stay as they are', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (text) => {
        expect(maskSecrets(text, ['Zq8-never-in-a-text-7x'])).toBe(text);
      }),
    );
  });

  it('in a long text with as many steps as it has characters', () => {
    const long = `${'%25'.repeat(100_000)}${TOKEN}${'a'.repeat(300_000)}`;
    expect(maskSecrets(long, [TOKEN])).toBe(`${'%25'.repeat(100_000)}***${'a'.repeat(300_000)}`);
  });
});

import { ConfigError } from '../../errors/errors.js';

const FAULTS: readonly (readonly [form: RegExp, what: string, hint: string])[] = [
  [/^\s*$/, 'is empty', 'Is the environment variable set, or the file written, that it comes from?'],
  [/-----BEGIN|-----END/, 'is a key in PEM form, not a token', 'Pass a private key as privateKey, and no token.'],
  [
    /^bearer\s/i,
    'begins with "Bearer"',
    'Pass the token alone: the word belongs to the header, which is written here.',
  ],
  [/[\r\n]|\\[rn]/, 'has line breaks', 'Pass it on one line: printf %s "$TOKEN", or text.trim() of what a file holds.'],
  [/["'`]/, 'has quotation marks', 'Leave the quotation marks out: they are not part of it.'],
  [/[^\u{21}-\u{7e}]/u, 'has blanks or characters that no token has', 'Copy the whole token again, and nothing else.'],
];

/**
 * A token as it may be sent. What is wrong with it is never put right: whoever passes it learns of it.
 *
 * @param where - what gave it
 * @throws ConfigError `TOKEN_FORMAT`, which never shows the token
 */
export function checkToken(where: string, token: unknown): string {
  if (token === undefined || token === null) {
    throw new ConfigError('TOKEN_FORMAT', `${where} is missing: there is nothing.`, {
      hint: 'Return the text of a token.',
    });
  }
  if (typeof token !== 'string') {
    throw new ConfigError('TOKEN_FORMAT', `${where} is of type ${typeof token}, not text.`, {
      hint: 'Return the text of a token alone, such as the access_token of an answer.',
    });
  }
  const fault = FAULTS.find(([form]) => form.test(token));
  if (fault === undefined) return token;
  const [, what, hint] = fault;
  throw new ConfigError('TOKEN_FORMAT', `${where} ${what}.`, { hint });
}

/**
 * When a token says that it ends, if it is a JWT: most OAuth servers' are (RFC 9068), Snowflake's programmatic access
 * tokens too. The signature is not looked at, so this is for messages only.
 */
export function tokenEnd(token: string): Date | undefined {
  const body = token.split('.')[1];
  if (body === undefined) return undefined;
  try {
    const claims: unknown = JSON.parse(Buffer.from(body, 'base64url').toString());
    const exp: unknown = typeof claims === 'object' && claims !== null ? Reflect.get(claims, 'exp') : undefined;
    const end = new Date(typeof exp === 'number' ? exp * 1000 : Number.NaN);
    return Number.isNaN(end.getTime()) ? undefined : end;
  } catch {
    return undefined;
  }
}

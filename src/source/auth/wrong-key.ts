/** What is told of a text that is no key: what it is, and what to type. */
export interface WrongKey {
  readonly what: string;
  readonly hint: string;
}

const GENERATE = 'openssl genrsa 2048 | openssl pkcs8 -topk8 -nocrypt -out rsa_key.p8';
/** How to make another key, where no other one is to be found. */
export const NEW_KEY_HINT = `Make an RSA key: ${GENERATE}`;
const BEGINS = 'A private key begins with -----BEGIN PRIVATE KEY-----.';
const ALL_LINES =
  'Pass all lines of the key: in quotes, with its line ends as \\n, as base64 (base64 -w0 rsa_key.p8), or its path as privateKeyPath. To see whether the file itself is whole: openssl pkey -in rsa_key.p8 -noout';

/** Forms of a text without the frame of PEM, the most telling first. */
const FORMS: readonly (readonly [form: RegExp, what: string, hint: string])[] = [
  [/^\s*$/, 'empty', `${BEGINS} ${NEW_KEY_HINT}`],
  [/^ssh-(?:rsa|ed25519) /, 'an SSH public key', `Pass the private key that belongs to it. ${BEGINS} ${NEW_KEY_HINT}`],
  [
    /^PuTTY-User-Key-File-/,
    'a key of PuTTY',
    'Convert it: puttygen rsa_key.ppk -O private-openssh -o rsa_key.pem, then openssl pkcs8 -topk8 -nocrypt -in rsa_key.pem -out rsa_key.p8',
  ],
  [
    /^\s*[{[]/,
    'JSON, not PEM text',
    `Pass the text of the key that stands in it. ${BEGINS} To try it: openssl pkey -in rsa_key.p8 -noout`,
  ],
  [
    /^(?:[A-Za-z]:|~|\.{1,2})?[\\/][^\n]*$|^[^\n]+\.(?:p8|pem|key|der)$/i,
    'a path, not PEM text (use privateKeyPath)',
    'Pass it as privateKeyPath. To see whether a key is in it: openssl pkey -in rsa_key.p8 -noout',
  ],
  [
    /BEGIN [A-Z ]*PRIVATE KEY(?!-----)|(?<!-----)BEGIN [A-Z ]*PRIVATE KEY/,
    'not framed by exactly five hyphens on each side',
    `Copy the key again, from a file and not from a document. ${BEGINS} To try it: openssl pkey -in rsa_key.p8 -noout`,
  ],
  [/^-{0,5}BEGIN?\b|-----END/, 'only a part of a key, without its first line or its last', ALL_LINES],
  [/^[A-Za-z0-9+/_=\s-]{40,}$/, 'base64 that is not the whole of a key', ALL_LINES],
];

/** What a text is that has no frame of a key. */
export function unframed(text: string): WrongKey {
  const [, what, hint] = FORMS.find(([form]) => form.test(text.trim())) ?? [];
  return { what: what ?? 'not PEM text', hint: hint ?? `${BEGINS} ${NEW_KEY_HINT}` };
}

/** A text whose frame has a beginning and no end: an .env file ends an unquoted value at the line. */
export const CUT_OFF: WrongKey = { what: 'cut off: its last line, -----END …, is missing', hint: ALL_LINES };

/** What is in the frame of a private key, but cannot be read. */
export const DAMAGED: WrongKey = {
  what: 'damaged: it has the frame of a private key, but its content cannot be read',
  hint: 'Check that the whole text was copied: openssl pkey -in rsa_key.p8 -noout',
};

/** What is in a frame other than that of a private key that can be used; `undefined` for one of those. */
export function wrongLabel(label: string): WrongKey | undefined {
  const belongs = `Pass the private key that belongs to it (-----BEGIN PRIVATE KEY-----). If it is lost: ${GENERATE}`;
  if (label === 'OPENSSH PRIVATE KEY') {
    return {
      what: 'an OpenSSH private key',
      hint: 'Convert a copy of it: ssh-keygen -p -m PKCS8 -f rsa_key (it must be an RSA key).',
    };
  }
  if (label === 'PKCS12') {
    return {
      what: 'a PKCS#12 file (.p12, .pfx)',
      hint: 'Take the key out of it: openssl pkcs12 -in rsa_key.p12 -nocerts -nodes -out rsa_key.p8',
    };
  }
  if (label.endsWith('PRIVATE KEY')) return undefined;
  if (label.endsWith('PUBLIC KEY')) return { what: 'a public key, not the private one', hint: belongs };
  if (label.includes('CERTIFICATE REQUEST')) return { what: 'a certificate request', hint: belongs };
  if (label.includes('CERTIFICATE')) return { what: 'a certificate, not a private key', hint: belongs };
  return { what: `"${label}", not a private key`, hint: NEW_KEY_HINT };
}

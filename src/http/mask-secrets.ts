/** What stands in place of a secret. */
export const MASK = '***';

/** A piece of a secret this long is masked wherever it stands: servers cut what they repeat. */
const PIECE = 8;
/** Shorter secrets are words of any text. */
const SHORTEST = 4;
/** How often an encoding inside an encoding is undone. */
const ROUNDS = 3;

const ENTITIES: Readonly<Record<string, string>> = { amp: '&', lt: '<', gt: '>', quot: '"', apos: "'" };
const ENCODED =
  /%([\da-f]{2})|\\u([\da-f]{4})|\\x([\da-f]{2})|\\(.)|&#(\d{1,5});|&#x([\da-f]{1,4});|&(amp|lt|gt|quot|apos);/gi;

/** A text with one encoding undone; each of its characters knows where it came from. */
interface View {
  readonly text: string;
  /** Where each character begins in the original, and, last, where the original ends. */
  readonly starts: readonly number[];
}

/** Texts that mean the same secret become the same: letters of any case, base64 of either alphabet. */
function normalised(text: string): string {
  // Not toLowerCase(): that changes the length of some texts.
  return text
    .replace(/[A-Z]/g, (letter) => letter.toLowerCase())
    .replaceAll('-', '+')
    .replaceAll('_', '/');
}

/** The base64 of a secret wherever it begins in what was encoded: its characters that no neighbour has a share in. */
function base64Forms(bytes: Buffer): string[] {
  return [0, 1, 2].map((before) => {
    const text = Buffer.concat([Buffer.alloc(before), bytes]).toString('base64');
    return text.slice(Math.ceil((before * 8) / 6), Math.floor(((before + bytes.length) * 8) / 6));
  });
}

/** The texts by which a secret may come back. */
function formsOf(secret: string): string[] {
  const bytes = Buffer.from(secret);
  const encoded = [...base64Forms(bytes), bytes.toString('hex')].filter(({ length }) => length > SHORTEST + 1);
  return [secret, bytes.toString('latin1'), ...encoded].map(normalised);
}

/** Pieces to look for, by their length. */
function piecesOf(secrets: readonly string[]): ReadonlyMap<number, ReadonlySet<string>> {
  const pieces = new Map<number, Set<string>>();
  for (const secret of secrets) {
    if (secret.length < SHORTEST) continue;
    for (const form of formsOf(secret)) {
      const length = Math.min(PIECE, form.length);
      const known = pieces.get(length) ?? new Set();
      pieces.set(length, known);
      for (let at = 0; at + length <= form.length; at += 1) known.add(form.slice(at, at + length));
    }
  }
  return pieces;
}

function decoded(view: View): View | undefined {
  let text = '';
  let at = 0;
  const starts: number[] = [];
  const take = (part: string, from: number, each: boolean): void => {
    for (let index = 0; index < part.length; index += 1) starts.push(view.starts[each ? from + index : from] as number);
    text += part;
  };
  for (const match of view.text.matchAll(ENCODED)) {
    const [whole, percent, unicode, hex, escaped, decimal, entityHex, entity] = match;
    const code = percent ?? unicode ?? hex ?? entityHex;
    const number = code === undefined ? Number(decimal) : Number.parseInt(code, 16);
    const character = escaped ?? (entity === undefined ? String.fromCharCode(number) : ENTITIES[entity.toLowerCase()]);
    take(view.text.slice(at, match.index), at, true);
    take(character ?? whole, match.index, false);
    at = match.index + whole.length;
  }
  if (at === 0) return undefined;
  take(view.text.slice(at), at, true);
  starts.push(view.starts.at(-1) as number);
  return { text, starts };
}

/** Marks what a view shows of a secret. */
function mark({ text, starts }: View, pieces: ReadonlyMap<number, ReadonlySet<string>>, marked: Uint8Array): void {
  const shown = normalised(text);
  for (const [length, known] of pieces) {
    let done = 0;
    for (let at = 0; at + length <= shown.length; at += 1) {
      if (!known.has(shown.slice(at, at + length))) continue;
      marked.fill(1, starts[Math.max(at, done)], starts[at + length]);
      done = at + length;
    }
  }
}

/**
 * Puts `***` in place of what a text shows of the secrets: each whole, in part (from 8 characters on), in base64 and as a
 * part of a base64 text such as Basic credentials, in hexadecimal, in another case, URL-encoded, escaped as in JSON or
 * HTML, or encoded twice. For texts that come from a server which was sent the secrets: it may repeat them.
 *
 * Secrets of fewer than four characters are not looked for.
 *
 * @param secrets what was sent as a credential: keys, tokens, passphrases; empty ones are passed over
 */
export function maskSecrets(text: string, secrets: readonly string[]): string {
  const pieces = piecesOf(secrets);
  if (pieces.size === 0 || text === '') return text;
  const marked = new Uint8Array(text.length);
  let view: View | undefined = { text, starts: Array.from({ length: text.length + 1 }, (_, index) => index) };
  for (let round = 0; round <= ROUNDS && view !== undefined; round += 1) {
    mark(view, pieces, marked);
    view = decoded(view);
  }
  let masked = '';
  for (let at = 0; at < text.length; at += 1) {
    if (marked[at] !== 1) masked += text.charAt(at);
    else if (at === 0 || marked[at - 1] !== 1) masked += MASK;
  }
  return masked;
}

import { labelOfDer } from './key-der.js';

const BASE64 = /^[A-Za-z0-9+/_-]{100,}={0,2}$/;
/** A key as base64 of its base64 has been seen; deeper is no mistake of a person. */
const DEEPEST = 3;

/** The text of a key file: PEM as UTF-8 or, from PowerShell, as UTF-16, or DER, which is no text. */
export function keyTextOf(file: Buffer): string {
  if (file[0] === 0xff && file[1] === 0xfe) return file.toString('utf16le');
  return framed(file) ?? file.toString('utf8');
}

/**
 * A key as PEM text, however it was put into an environment variable or a file: its line ends lost or written as `\n`,
 * once or twice, in quotes, as base64 of the whole text, URL-encoded, or without its frame. None of these can be anything
 * else. Only the key is taken where a certificate stands beside it.
 */
export function asPem(text: string, depth = 0): string {
  const lines = unquoted(unescaped(text));
  if (lines.startsWith('-----BEGIN%') || lines.startsWith('-----BEGIN+')) return asPem(urlDecoded(lines), depth + 1);
  const compact = lines.replace(/\s+/g, '');
  if (depth < DEEPEST && BASE64.test(compact)) {
    const bytes = Buffer.from(compact, 'base64');
    const inner = framed(bytes) ?? bytes.toString('utf8');
    if (/^["']?-----BEGIN|^[A-Za-z0-9+/=\s]{100,}$/.test(inner)) return asPem(inner, depth + 1);
  }
  const blocks = [...lines.matchAll(/-----BEGIN ([A-Z0-9 ]+)-----([\s\S]*?)-----END \1-----/g)];
  const keys = blocks.filter(([, label]) => label?.endsWith('PRIVATE KEY'));
  const [, label, body] = (keys.length === 1 ? keys : blocks)[0] ?? [];
  if (label === undefined || body === undefined || (blocks.length > 1 && keys.length !== 1)) return `${lines}\n`;
  return frame(label, body);
}

/** Quotes inside of which the text stands, as a file of variables keeps them. */
function unquoted(text: string): string {
  return (/^(["'`])([\s\S]*)\1$/.exec(text)?.[2] ?? text).trim();
}

/** No form of a key has a backslash of its own. */
function unescaped(text: string): string {
  return text
    .replace(/^\uFEFF/, '')
    .replace(/\\+r|\r/g, '')
    .replace(/\\+n/g, '\n')
    .replace(/\\+\//g, '/')
    .replace(/\\+(?=\s|$)/g, '')
    .trim();
}

/** As in a form, where `+` is a space, or as in an address. */
function urlDecoded(text: string): string {
  try {
    return decodeURIComponent(text.startsWith('-----BEGIN+') ? text.replaceAll('+', ' ') : text);
  } catch {
    return text.replaceAll('%', ' ');
  }
}

function framed(der: Buffer): string | undefined {
  const label = labelOfDer(der);
  return label === undefined ? undefined : frame(label, der.toString('base64'));
}

/** Keys that went through environment variables often have lost their line ends. */
function frame(label: string, body: string): string {
  // A key that is encrypted the old way has two headers (RFC 1421, section 4.6), lines of their own.
  const headers = /^\s*Proc-Type:\s*(4,ENCRYPTED)\s+DEK-Info:\s*([A-Z0-9-]+,[0-9A-F]+)\s+/.exec(body);
  const [all = '', type = '', cipher = ''] = headers ?? [];
  const head = headers === null ? '' : `Proc-Type: ${type}\nDEK-Info: ${cipher}\n\n`;
  const base64 = body
    .slice(all.length)
    .replace(/\s+/g, '')
    .replace(/.{64}(?=.)/g, '$&\n');
  return `-----BEGIN ${label}-----\n${head}${base64}\n-----END ${label}-----\n`;
}

import { ConfigError } from '../../errors/errors.js';
import { looksSecret } from '../../options/shown-name.js';

const PLAIN = /^[A-Za-z_][A-Za-z0-9_$]*$/;
const QUOTED = /^"(?:[^"]|"")+"$/;
// One part of a dotted name: quoted with doubled quotes inside, or anything without a dot or a quote.
const PART = /^(?:"(?:[^"]|"")+"|[^".]+)$/;
const SPLIT = /"(?:[^"]|"")*"|[^."]+|\.|"/g;

function invalid(what: string, name: string): ConfigError {
  const shown = looksSecret(name) ? 'it is not shown, because it looks like a secret' : JSON.stringify(name);
  return new ConfigError('CONFIG_INVALID', `${what} is not a Snowflake identifier: ${shown}.`, {
    hint: 'Write a plain name (letters, digits, _ and $; upper-cased as Snowflake does) or put it in double quotes: "my name".',
  });
}

/**
 * Writes an identifier so that it can mean nothing but a name. A plain name is upper-cased, as Snowflake reads it
 * unquoted; a double-quoted one is kept exactly ("Identifier requirements", Snowflake documentation).
 */
export function quoteIdentifier(what: string, name: string): string {
  if (PLAIN.test(name)) return `"${name.toUpperCase()}"`;
  if (QUOTED.test(name) && name.length <= 257 && !name.includes('\0')) return name;
  throw invalid(what, name);
}

/** Splits `DB.SCHEMA."my table"` into its parts, still as written. */
export function splitName(what: string, name: string): string[] {
  const parts: string[] = [];
  let part = '';
  for (const [token] of name.matchAll(SPLIT)) {
    if (token === '.') {
      parts.push(part);
      part = '';
    } else part += token;
  }
  parts.push(part);
  for (const written of parts) if (!PART.test(written)) throw invalid(what, name);
  return parts;
}

/** A single-quoted SQL text; backslashes are escapes in Snowflake's strings and so are doubled. */
export function quoteText(text: string): string {
  return `'${text.replaceAll('\\', '\\\\').replaceAll("'", "''")}'`;
}

/** The stored name of an identifier as it is written in options: upper-cased unless it is quoted. */
export function storedName(written: string): string {
  return QUOTED.test(written) ? written.slice(1, -1).replaceAll('""', '"') : written.toUpperCase();
}

import { isPromiseLike } from '../../async/is-promise-like.js';
import { ConfigError, MappingError } from '../../errors/errors.js';
import type { CanonicalJsonOptions } from '../../mapping/row-mapper.js';
import type { Column } from '../../source/source.js';
import { currentForm, type CanonicalForm } from './canonical-form.js';
import { canonicalJson } from './canonical-json.js';
import { digester } from './digest.js';
import { wireText } from './wire-text.js';

/** Options of {@link messageHasher}. */
export interface MessageHasherOptions {
  /** Makes HMACs of the hashes, so that nobody without it can try out which message a hash belongs to. */
  readonly secret?: string | Uint8Array | undefined;
  /** Names of traits and properties that are not compared. */
  readonly ignore?: readonly string[] | undefined;
  /** @default the current one */
  readonly form?: CanonicalForm | undefined;
}

/** Makes the 16 bytes by which two runs compare what a row became. */
export interface MessageHasher {
  /** Of the form: what was hashed in another one cannot be compared. */
  readonly version: number;
  /**
   * The hash of all messages of a row, in their order; of an empty list for a skipped row.
   *
   * @throws MappingError `MAPPING_ROW` for a message that has no JSON: no sink could be sent it
   */
  readonly ofMessages: (messages: readonly unknown[], row: number) => Buffer;
  /** The same hash for the only message of a row, from the text that its mapper made with {@link json}. */
  readonly ofText: (canonical: string) => Buffer;
  /** The hash of a row that could not be mapped: of its wire values. It is no hash of messages. */
  readonly ofRow: (columns: readonly Column[], values: readonly unknown[]) => Buffer;
  /** What a mapper needs to make the texts for {@link ofText}: for `ToJsonOptions.canonical`. */
  readonly json: CanonicalJsonOptions;
}

/** Parts what is hashed: a row's values never have the hash of a row's messages. */
const MESSAGES = 'm';
const ROW = 'r';

/**
 * Makes a hasher. What it hashes is, in UTF-8: a byte with the form's version, `m` and the list of the row's messages as
 * canonical JSON; or that byte, `r` and the list of the row's values.
 *
 * @throws ConfigError `CONFIG_INVALID` for an empty secret
 */
export function messageHasher(options: MessageHasherOptions = {}): MessageHasher {
  const { secret, form = currentForm } = options;
  if (secret?.length === 0) {
    throw new ConfigError('CONFIG_INVALID', 'The `secret` of a snapshot is empty.', {
      hint: 'Pass a text of 32 random characters or more, or leave `secret` out.',
    });
  }
  const ignore = new Set(options.ignore);
  const digest = digester(secret);
  const version = String.fromCharCode(form.version);
  const messagesStart = `${version}${MESSAGES}[`;
  const rowStart = `${version}${ROW}`;
  return {
    version: form.version,
    ofMessages: (messages, row) => {
      let text = messagesStart;
      for (const [index, message] of messages.entries()) {
        if (index > 0) text += ',';
        text += textOf(form, message, ignore, row);
      }
      return digest(`${text}]`);
    },
    ofText: (canonical) => digest(`${messagesStart}${form.ofText(canonical)}]`),
    ofRow: (columns, values) => digest(rowStart + wireText(columns, values)),
    json: { ignore, stringify: (value) => canonicalJson(value) ?? 'null' },
  };
}

/** What a delivery takes for no message although JSON has it. */
function isMessage(message: unknown): boolean {
  return message !== null && message !== false && !isPromiseLike(message);
}

function textOf(form: CanonicalForm, message: unknown, ignore: ReadonlySet<string>, row: number): string {
  let cause: unknown;
  try {
    const text = isMessage(message) ? form.ofMessage(message, ignore) : undefined;
    if (text !== undefined) return text;
  } catch (error) {
    cause = error;
  }
  const why = cause === undefined ? '' : ` (${cause instanceof Error ? cause.name : typeof cause})`;
  throw new MappingError('MAPPING_ROW', `Row ${row}: the message cannot become JSON, so it cannot be compared${why}.`, {
    hint: 'JSON has no bigint, no cycles and no functions, and very deep values are too much: convert them in the mapper.',
    cause,
  });
}

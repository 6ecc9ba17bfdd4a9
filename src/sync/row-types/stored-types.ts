/** Stands in the first line of each such file. */
export const MARK = 'Made by `snowmelt types`';

/** A field of a type as it stands in a file. */
export interface StoredField {
  readonly name: string;
  /** What the comment says: `NUMBER(38,0) NOT NULL`. */
  readonly sql: string;
  /** Without null. */
  readonly type: string;
  readonly nullable: boolean;
  readonly optional: boolean;
}

/** The type of a sync as it stands in a file. */
export interface StoredType {
  readonly sync: string;
  readonly name: string;
  readonly fields: readonly StoredField[];
}

/** What a file of row types holds, however it is formatted. */
export interface StoredTypes {
  readonly imports: readonly string[];
  readonly types: readonly StoredType[];
}

interface Token {
  readonly kind: 'comment' | 'text' | 'word' | 'sign';
  readonly value: string;
}

const TOKEN =
  /\/\*\*(?<doc>[^]*?)\*\/|\/\*[^]*?\*\/|\/\/[^\n]*|(?<text>"(?:[^"\\\n]|\\.)*"|'(?:[^'\\\n]|\\.)*')|(?<word>[\p{L}_$][\p{L}\p{N}_$]*)|(?<sign>[^\s])/gu;

/** Thrown and caught within this file only. */
class NotWritten extends Error {}

/** Without semicolons and ordinary comments, which formatters and linters add and take away. */
function tokens(file: string): readonly Token[] {
  const found: Token[] = [];
  for (const { groups = {} } of file.matchAll(TOKEN)) {
    const { doc, text, word, sign } = groups;
    if (doc !== undefined) found.push({ kind: 'comment', value: doc.replace(/\s*\n\s*\*?\s*/g, ' ').trim() });
    else if (text !== undefined) found.push({ kind: 'text', value: unquoted(text) });
    else if (word !== undefined) found.push({ kind: 'word', value: word });
    else if (sign !== undefined && sign !== ';') found.push({ kind: 'sign', value: sign });
  }
  return found;
}

function unquoted(literal: string): string {
  const inner = literal.slice(1, -1);
  // JSON knows no \', and wants \" for what single quotes leave as it is; whatever else is escaped stays.
  const json = inner.replace(/\\[^]|"/g, (part) => {
    if (part === '"') return String.raw`\"`;
    return part === String.raw`\'` ? "'" : part;
  });
  try {
    return JSON.parse(`"${json}"`) as string;
  } catch {
    throw new NotWritten();
  }
}

class Reader {
  readonly #tokens: readonly Token[];
  #at = 0;

  constructor(file: string) {
    this.#tokens = tokens(file);
  }

  get done(): boolean {
    return this.#at >= this.#tokens.length;
  }

  peek(kind: Token['kind'], value?: string): boolean {
    const token = this.#tokens[this.#at];
    return token?.kind === kind && (value === undefined || token.value === value);
  }

  take(kind: Token['kind'], value?: string): boolean {
    if (!this.peek(kind, value)) return false;
    this.#at += 1;
    return true;
  }

  need(kind: Token['kind'], value?: string): string {
    const token = this.#tokens[this.#at];
    if (token === undefined || !this.take(kind, value)) throw new NotWritten();
    return token.value;
  }

  /** A name with or without quotes. */
  name(): string {
    return this.peek('text') ? this.need('text') : this.need('word');
  }

  /** All up to the next comment or brace. */
  type(): readonly string[] {
    const parts: string[] = [];
    while (!this.done && !this.peek('comment') && !this.peek('sign', '}')) {
      const { kind, value } = this.#tokens[this.#at] as Token;
      parts.push(kind === 'text' ? `'${value}'` : value);
      this.#at += 1;
    }
    return parts;
  }
}

function readImports(reader: Reader): readonly string[] {
  const imports: string[] = [];
  if (!reader.take('word', 'import')) return imports;
  reader.need('word', 'type');
  reader.need('sign', '{');
  while (!reader.take('sign', '}')) {
    imports.push(reader.need('word'));
    reader.take('sign', ',');
  }
  reader.need('word', 'from');
  reader.need('text', 'snowmelt');
  return imports;
}

/** Without the comma and the first `|` of some formatters. */
function typeText(parts: readonly string[]): string {
  // Another field, without the comment that each has.
  if (parts.includes(':')) throw new NotWritten();
  const text = parts.join(' ').replace(/^\| /, '').replace(/ ,$/, '');
  return text.replaceAll('( ', '(').replaceAll(' )', ')').replaceAll(' [ ]', '[]');
}

function readField(reader: Reader): StoredField {
  const sql = reader.need('comment');
  reader.need('word', 'readonly');
  const name = reader.name();
  const optional = reader.take('sign', '?');
  reader.need('sign', ':');
  const parts = reader.type();
  const text = typeText(parts);
  const nullable = text.endsWith(' | null');
  return { name, sql, type: nullable ? text.slice(0, -' | null'.length) : text, nullable, optional };
}

function readType(reader: Reader): StoredType {
  const sync = /^A row of the sync "([^"]+)"\.$/.exec(reader.need('comment'))?.[1];
  if (sync === undefined) throw new NotWritten();
  reader.need('word', 'export');
  reader.need('word', 'type');
  const name = reader.need('word');
  reader.need('sign', '=');
  reader.need('sign', '{');
  const fields: StoredField[] = [];
  while (!reader.take('sign', '}')) fields.push(readField(reader));
  return { sync, name, fields };
}

/**
 * Reads a file of row types; a formatter may have gone over it.
 *
 * @returns `undefined` for what is not such a file, or was changed by hand
 */
export function readStoredTypes(file: string): StoredTypes | undefined {
  if (!file.includes(MARK)) return undefined;
  try {
    const reader = new Reader(file);
    const imports = readImports(reader);
    const types: StoredType[] = [];
    while (!reader.done) types.push(readType(reader));
    return { imports, types };
  } catch (error) {
    if (error instanceof NotWritten) return undefined;
    throw error;
  }
}

import type { SnowflakeSqlError } from '../types/sql-engine.js';
import type { Name } from './ast.js';
import { syntaxError } from '../types/sql-errors.js';
import type { Token } from '../types/token.js';

const END: Token = { kind: 'end', value: '<EOF>', start: 0, end: 0 };

/** Reads tokens of one statement; refusals are Snowflake's syntax error at the token. */
export class TokenCursor {
  readonly sql: string;
  readonly ignoreQuotedCase: boolean;
  #params = 0;
  readonly #tokens: readonly Token[];
  #at = 0;

  constructor(sql: string, tokens: readonly Token[], ignoreQuotedCase = false) {
    this.sql = sql;
    this.#tokens = tokens;
    this.ignoreQuotedCase = ignoreQuotedCase;
  }

  /** The token `ahead` places on. */
  peek(ahead = 0): Token {
    return this.#tokens[this.#at + ahead] ?? this.#tokens.at(-1) ?? END;
  }

  next(): Token {
    const token = this.peek();
    if (token.kind !== 'end') this.#at += 1;
    return token;
  }

  /** Where the last taken token ends. */
  get lastEnd(): number {
    return this.#tokens[this.#at - 1]?.end ?? 0;
  }

  mark(): number {
    return this.#at;
  }

  reset(mark: number): void {
    this.#at = mark;
  }

  isWord(word: string, ahead = 0): boolean {
    const token = this.peek(ahead);
    return token.kind === 'word' && token.value === word;
  }

  isOp(op: string, ahead = 0): boolean {
    const token = this.peek(ahead);
    return token.kind === 'operator' && token.value === op;
  }

  /** Takes the words if all of them come next. */
  takeWords(...words: readonly string[]): boolean {
    if (!words.every((word, i) => this.isWord(word, i))) return false;
    this.#at += words.length;
    return true;
  }

  takeOp(op: string): boolean {
    if (!this.isOp(op)) return false;
    this.#at += 1;
    return true;
  }

  expectWords(...words: readonly string[]): void {
    for (const word of words) if (!this.takeWords(word)) throw this.unexpected();
  }

  expectOp(op: string): void {
    if (!this.takeOp(op)) throw this.unexpected();
  }

  /** An identifier; `unreserved` words only when unquoted. */
  name(reserved?: ReadonlySet<string>): Name {
    const token = this.peek();
    if (token.kind === 'quoted') {
      this.#at += 1;
      return { name: this.ignoreQuotedCase ? token.value.toUpperCase() : token.value, start: token.start };
    }
    if (token.kind === 'word' && reserved?.has(token.value) !== true) {
      this.#at += 1;
      return { name: token.value, start: token.start };
    }
    throw this.unexpected();
  }

  /** `a.b.c`, and `IDENTIFIER('a.b.c')`. */
  qualifiedName(reserved?: ReadonlySet<string>): Name[] {
    const parts = [this.name(reserved)];
    while (this.isOp('.')) {
      this.#at += 1;
      // `db..t` means the PUBLIC schema.
      if (this.isOp('.')) parts.push({ name: 'PUBLIC', start: this.peek().start });
      else parts.push(this.name());
    }
    return parts;
  }

  nextParam(): number {
    return this.#params++;
  }

  atEnd(): boolean {
    return this.peek().kind === 'end';
  }

  unexpected(token: Token = this.peek()): SnowflakeSqlError {
    const shown = token.kind === 'end' ? '<EOF>' : this.sql.slice(token.start, token.end);
    return syntaxError(this.sql, token.start, shown);
  }
}

/** `'a."b".c'` as parts, for IDENTIFIER('…'). */
export function splitName(text: string): Name[] {
  const parts = [...text.matchAll(/"((?:[^"]|"")*)"|([^."]+)/g)];
  return parts.map((part) => ({
    name: part[1] === undefined ? (part[2] ?? '').trim().toUpperCase() : part[1].replaceAll('""', '"'),
    start: 0,
  }));
}

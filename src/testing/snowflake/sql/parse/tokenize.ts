import { syntaxError } from '../types/sql-errors.js';
import type { Token } from '../types/token.js';

const OPERATORS = ['<=>', '::', '=>', '->', '<=', '>=', '<>', '!=', '||', '**'];
const ESCAPES: Record<string, string> = { n: '\n', t: '\t', r: '\r', b: '\b', f: '\f', '0': '\0' };

/** Splits Snowflake SQL into tokens; comments (`--`, `//`, `/* … *\/`) and white space are dropped. */
export function tokenize(sql: string): Token[] {
  const tokens: Token[] = [];
  let at = 0;
  const push = (kind: Token['kind'], value: string, start: number): void => {
    tokens.push({ kind, value, start, end: at });
  };
  while (at < sql.length) {
    const start = at;
    const ch = sql.charAt(at);
    const two = sql.slice(at, at + 2);
    if (/\s/.test(ch)) {
      at += 1;
    } else if (two === '--' || two === '//') {
      const end = sql.indexOf('\n', at);
      at = end < 0 ? sql.length : end + 1;
    } else if (two === '/*') {
      const end = sql.indexOf('*/', at + 2);
      if (end < 0) throw syntaxError(sql, at, '/*');
      at = end + 2;
    } else if (two === '$$') {
      const end = sql.indexOf('$$', at + 2);
      if (end < 0) throw syntaxError(sql, at, '$$');
      at = end + 2;
      push('string', sql.slice(start + 2, end), start);
    } else if (ch === "'") {
      const [value, end] = readString(sql, at);
      at = end;
      push('string', value, start);
    } else if (ch === '"') {
      let value = '';
      at += 1;
      for (;;) {
        const end = sql.indexOf('"', at);
        if (end < 0) throw syntaxError(sql, start, '"');
        value += sql.slice(at, end);
        at = end + 1;
        if (sql.charAt(at) !== '"') break;
        value += '"';
        at += 1;
      }
      push('quoted', value, start);
    } else if (/[0-9]/.test(ch) || (ch === '.' && /[0-9]/.test(sql.charAt(at + 1)) && !endsOperand(tokens, start))) {
      const match = /^(\d+(\.\d*)?|\.\d+)([eE][+-]?\d+)?/.exec(sql.slice(at, at + 200));
      at += match?.[0].length ?? 1;
      push('number', sql.slice(start, at), start);
    } else if (ch === '?') {
      at += 1;
      push('param', '?', start);
    } else if (ch === ':' && /[0-9]/.test(sql.charAt(at + 1)) && !endsOperand(tokens, start)) {
      const digits = /^\d+/.exec(sql.slice(at + 1))?.[0] ?? '1';
      at += 1 + digits.length;
      push('param', digits, start);
    } else if (ch === '$' && /[0-9A-Za-z_]/.test(sql.charAt(at + 1))) {
      const name = /^[0-9A-Za-z_]+/.exec(sql.slice(at + 1))?.[0] ?? '';
      at += 1 + name.length;
      push('dollar', name.toUpperCase(), start);
    } else if (/[\p{L}_]/u.test(ch)) {
      const word = /^[\p{L}\p{N}_$]+/u.exec(sql.slice(at, at + 300))?.[0] ?? ch;
      at += word.length;
      push('word', word.toUpperCase(), start);
    } else {
      const operator = OPERATORS.find((candidate) => sql.startsWith(candidate, at)) ?? ch;
      if (!'()[]{},;.:=<>+-*/%|!&^~@'.includes(operator.charAt(0))) throw syntaxError(sql, at, ch);
      at += operator.length;
      push('operator', operator, start);
    }
  }
  tokens.push({ kind: 'end', value: '<EOF>', start: sql.length, end: sql.length });
  return tokens;
}

/** `a:1`-like text after an operand is a path or a slice, not a bind; `t.5`-like text is not a number. */
function endsOperand(tokens: readonly Token[], start: number): boolean {
  const last = tokens.at(-1);
  // `{'a':1}`: behind a text there is a key's colon, never a bind.
  if (last?.kind === 'string') return true;
  if (last === undefined || last.end !== start) return false;
  return last.kind === 'word' || last.kind === 'quoted' || last.value === ')' || last.value === ']';
}

function readString(sql: string, start: number): [string, number] {
  let value = '';
  let at = start + 1;
  for (;;) {
    const ch = sql.charAt(at);
    if (at >= sql.length) throw syntaxError(sql, start, "'");
    if (ch === "'") {
      if (sql.charAt(at + 1) !== "'") return [value, at + 1];
      value += "'";
      at += 2;
    } else if (ch === '\\') {
      const rest = sql.slice(at + 1, at + 7);
      const hex = /^x([0-9a-fA-F]{2})/.exec(rest) ?? /^u([0-9a-fA-F]{4})/.exec(rest);
      if (hex?.[1] !== undefined) {
        value += String.fromCharCode(Number.parseInt(hex[1], 16));
        at += 1 + hex[0].length;
      } else {
        const next = sql.charAt(at + 1);
        value += ESCAPES[next] ?? next;
        at += 2;
      }
    } else {
      value += ch;
      at += 1;
    }
  }
}

import { ConfigError } from '../errors/errors.js';

/** Line and column, both from 1, of an offset in a text. */
export function positionAt(text: string, offset: number): { readonly line: number; readonly column: number } {
  const before = text.slice(0, offset);
  const lineStart = before.lastIndexOf('\n') + 1;
  return { line: before.split('\n').length, column: offset - lineStart + 1 };
}

/** The error of a query template, with the place in its text. */
export function templateError(text: string, offset: number, problem: string, hint: string): ConfigError {
  const { line, column } = positionAt(text, offset);
  return new ConfigError('QUERY_TEMPLATE', `Query template, line ${line}, column ${column}: ${problem}.`, {
    hint,
    details: { line, column },
  });
}

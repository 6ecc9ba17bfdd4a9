import { KEY_FORMS } from '../../diff/key/key-form.js';
import { ConfigError } from '../../errors/errors.js';
import { sqlTypeName } from '../../mapping/values/sql-type-name.js';
import type { Column } from '../../source/source.js';
import type { ExplainKey } from './explanation.js';
import { keyText, writtenAs } from './key-text.js';

/** One column of a key that a row has to have. */
export interface KeyCondition {
  readonly column: Column;
  readonly position: number;
  /** SQL that is true for the rows that have it, with one `?`. */
  readonly sql: string;
  readonly bind: string;
  /** Whether a value on the wire is the one. */
  readonly matches: (wire: unknown) => boolean;
  /** What the hash of a key takes of it; missing for a type that makes no key. */
  readonly part: { readonly letter: string; readonly text: string } | undefined;
}

/** The condition for each column of a key. @throws ConfigError `CONFIG_INVALID` for wrong names and values */
export function keyConditions(sync: string, columns: readonly Column[], key: ExplainKey): KeyCondition[] {
  return Object.entries(key).map(([name, value]) => {
    const position = find(sync, columns, name);
    return condition(sync, columns[position] as Column, position, value);
  });
}

function condition(sync: string, column: Column, position: number, value: ExplainKey[string]): KeyCondition {
  const { name, type } = column;
  const quoted = `"${name.replaceAll('"', '""')}"`;
  const text = keyText(type, value);
  if (text === undefined) {
    throw invalid(sync, `the value for ${name} is no ${sqlTypeName(type)}`, writtenAs(name, type, value));
  }
  const form = KEY_FORMS[type];
  if (form !== undefined) {
    const matches = (wire: unknown): boolean => typeof wire === 'string' && form.text(wire) === text;
    const part = { letter: form.letter, text };
    return { column, position, sql: `${form.sql(quoted)} = ?`, bind: text, matches, part };
  }
  const base = { column, position, bind: text, part: undefined };
  switch (type) {
    case 'real':
      return { ...base, sql: `${quoted} = TO_DOUBLE(?)`, matches: (wire) => Number(wire) === Number(text) };
    case 'variant':
      return { ...base, sql: `TO_VARCHAR(${quoted}) = ?`, matches: (wire) => variantText(wire) === text };
    case 'native':
      return { ...base, sql: '', matches: (wire) => nativeText(wire) === text };
    default:
      throw invalid(
        sync,
        `column ${name} has type ${sqlTypeName(type)}, by which no row can be found`,
        'Name a column of text, numbers, booleans or times.',
      );
  }
}

/** As TO_VARCHAR writes it: a text without its quotes. */
function variantText(wire: unknown): unknown {
  if (typeof wire !== 'string' || !wire.startsWith('"')) return wire;
  try {
    return JSON.parse(wire);
  } catch {
    return wire;
  }
}

function nativeText(value: unknown): string | undefined {
  if (value instanceof Date) return value.toISOString();
  if (typeof value === 'string') return value;
  return typeof value === 'number' || typeof value === 'bigint' || typeof value === 'boolean'
    ? String(value)
    : undefined;
}

/** The exact name, else the only one that differs by case: as the options of mappers find columns. */
function find(sync: string, columns: readonly Column[], name: string): number {
  const exact = columns.findIndex((column) => column.name === name);
  if (exact >= 0) return exact;
  const found = columns.flatMap((column, position) =>
    column.name.toLowerCase() === name.toLowerCase() ? [position] : [],
  );
  const [position] = found;
  if (found.length === 1 && position !== undefined) return position;
  const names = `Columns of the query: ${columns.map((column) => column.name).join(', ')}.`;
  const problem =
    position === undefined ? 'the query has no such column' : 'several columns differ from it only by case';
  throw invalid(sync, `${JSON.stringify(name)} names no column: ${problem}`, `${names} Name one of them.`);
}

function invalid(sync: string, problem: string, hint: string): ConfigError {
  return new ConfigError('CONFIG_INVALID', `Sync "${sync}".explain(): ${problem}.`, { hint });
}

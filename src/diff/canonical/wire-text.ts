import type { Column, ColumnType } from '../../source/source.js';
import { canonicalJson } from './canonical-json.js';

/** A string of JSON, or space outside of one. */
const STRING_OR_SPACE = /"(?:[^"\\]|\\.)*"|\s+/gs;

/** Both sources give a boolean in words or as a digit. */
const BOOLEANS: Readonly<Record<string, string>> = { true: '1', TRUE: '1', false: '0', FALSE: '0' };

/** The wire text of a value as one and the same from every source: see `ColumnType`. */
function sameText(type: ColumnType | undefined, text: string): string {
  switch (type) {
    case 'boolean':
      return BOOLEANS[text] ?? text;
    case 'real': {
      const value = text.trim() === '' ? NaN : Number(text);
      return Number.isFinite(value) ? String(value) : text;
    }
    case 'variant':
    case 'object':
    case 'array':
    case 'map':
    case 'geography':
    case 'geometry':
    case 'vector':
      return text.replace(STRING_OR_SPACE, (part) => (part.startsWith('"') ? part : ''));
    default:
      return text;
  }
}

/**
 * The values of a row, as its source gave them, as one text. Every value has one, also those that have no JSON: such a
 * row was not mapped either.
 */
export function wireText(columns: readonly Column[], values: readonly unknown[]): string {
  const texts = values.map((value, position) =>
    typeof value === 'string' ? JSON.stringify(sameText(columns[position]?.type, value)) : nativeText(value),
  );
  return `[${texts.join(',')}]`;
}

/** The values of sources other than Snowflake may be anything. */
function nativeText(value: unknown): string {
  try {
    const text = canonicalJson(value);
    if (text !== undefined) return text;
  } catch (error) {
    if (typeof value === 'bigint') return `{"bigint":"${value}"}`;
    return `{"error":${JSON.stringify(error instanceof Error ? error.name : typeof error)}}`;
  }
  return `{"type":"${typeof value}"}`;
}

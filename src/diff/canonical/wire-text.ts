import type { Column } from '../../source/source.js';
import { canonicalJson } from './canonical-json.js';

/** Both sources give a boolean in words or as a digit. */
const BOOLEANS: Readonly<Record<string, string>> = { true: '1', TRUE: '1', false: '0', FALSE: '0' };

/**
 * The values of a row, as its source gave them, as one text. Every value has one, also those that have no JSON: such a
 * row was not mapped either.
 */
export function wireText(columns: readonly Column[], values: readonly unknown[]): string {
  const texts = values.map((value, position) => {
    if (typeof value === 'string' && columns[position]?.type === 'boolean') {
      return JSON.stringify(BOOLEANS[value] ?? value);
    }
    return typeof value === 'string' || value === null ? JSON.stringify(value) : nativeText(value);
  });
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

import type { Column } from '../../source/source.js';
import { canonicalDecimal } from './canonical-decimal.js';
import { decodeJson } from './decode-json.js';
import { decodeReal, numberText } from './decode-number.js';

/** Snowflake writes a FLOAT with 15 digits ("Data types for fixed-point and floating-point", docs.snowflake.com). */
const FLOAT_DIGITS = 15;

/** How a column is cast whose FLOATs are meant as ids. */
export function floatIdHint(name: string, field: string): string {
  return `Write TO_VARCHAR(${name}::NUMBER(38, 0)) AS "${field}", which keeps whole numbers; a FLOAT with a fraction is no id.`;
}

/** Whether the digits that came may be others than those that are stored: then two people could become one. */
function isInexact(decimal: string): boolean {
  return decimal.includes('.') || decimal.includes('e') || decimal.replace('-', '').length > FLOAT_DIGITS;
}

/** The text of a FLOAT as an id: a whole number of at most 15 digits, else `undefined`. */
export function floatId(text: string): string | undefined {
  const value = decodeReal(text);
  if (value === undefined || Number.isNaN(value)) return undefined;
  const decimal = canonicalDecimal(text);
  return decimal === undefined || isInexact(decimal) ? undefined : decimal;
}

/** The numbers of JavaScript are doubles: exact when whole and below 2^53. */
function nativeId(value: unknown): string | undefined {
  if (typeof value === 'string') return value;
  if (typeof value === 'bigint') return value.toString();
  if (value instanceof Uint8Array) return Buffer.from(value).toString('hex').toUpperCase();
  return typeof value === 'number' && Number.isSafeInteger(value) ? numberText(value) : undefined;
}

/** A VARIANT holds a text, or a number that is a FLOAT when it has an exponent or a fraction. */
function variantId(text: string): string | undefined {
  const value = decodeJson(text, () => undefined);
  const literal = text.trim();
  if (typeof value === 'string' && literal.startsWith('"')) return value;
  if (typeof value !== 'string' && typeof value !== 'number') return undefined;
  const decimal = canonicalDecimal(literal);
  if (decimal === undefined) return undefined;
  return /[eE]/.test(literal) || decimal.includes('.') ? floatId(literal) : decimal;
}

/**
 * Compiles the reader of a column's values as ids: their exact text, `undefined` for a value whose text may not be all
 * of it.
 */
export function idTextOf(column: Column): (value: unknown) => string | undefined {
  const fromText = idFromText(column);
  return (value) => (typeof value === 'string' ? fromText(value) : nativeId(value));
}

/** What an error says of a number that {@link idTextOf} refuses; `undefined` for anything else. */
export function inexactNumber(column: Column, value: unknown): string | undefined {
  if (typeof value === 'number') return 'a number with a fraction or beyond 2^53';
  if (typeof value !== 'string') return undefined;
  const isNumber = column.type === 'real' || (column.type === 'variant' && /^\s*-?\d/.test(value));
  return isNumber ? 'a FLOAT that is no whole number of at most 15 digits' : undefined;
}

/**
 * Whether a FLOAT reads like an id of which digits may be missing: two rows that differ in them look the same.
 */
export function hidesDigits(column: Column, value: unknown): boolean {
  return column.type === 'real' && typeof value === 'string' && /^-?\d{16,}$/.test(value);
}

function idFromText(column: Column): (text: string) => string | undefined {
  switch (column.type) {
    case 'fixed':
    case 'decfloat':
      return canonicalDecimal;
    case 'real':
      return floatId;
    case 'variant':
      return variantId;
    default:
      return (text) => text;
  }
}

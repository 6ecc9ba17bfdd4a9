import { canonicalDecimal } from './canonical-decimal.js';

const POWERS_OF_TEN = Array.from({ length: 16 }, (_, exponent) => 10 ** exponent);

/**
 * Reads a decimal of at most 15 digits. Such a decimal is a whole number below 2^53 over a power of ten that a double
 * holds exactly, so that one division gives the nearest double (IEEE 754), and that double's shortest decimal is the
 * text's.
 *
 * @returns NaN when the text is longer or no plain decimal
 */
function shortDecimal(text: string): number {
  const length = text.length;
  if (length > 17) return Number.NaN;
  let index = 0;
  const negative = text.charCodeAt(0) === 45;
  if (negative) index = 1;
  let mantissa = 0;
  let digits = 0;
  let point = -1;
  for (; index < length; index += 1) {
    const digit = text.charCodeAt(index) - 48;
    if (digit >= 0 && digit <= 9) {
      mantissa = mantissa * 10 + digit;
      digits += 1;
    } else if (digit === -2 && point < 0) point = digits;
    else return Number.NaN;
  }
  if (digits === 0 || digits > 15) return Number.NaN;
  if (mantissa === 0) return 0;
  const value = point < 0 ? mantissa : mantissa / (POWERS_OF_TEN[digits - point] ?? Number.NaN);
  return negative ? -value : value;
}

/**
 * A decimal as a number when the double's shortest decimal is the same decimal, else as its canonical text.
 *
 * @returns `undefined` when the text is not a decimal number
 */
export function decodeDecimal(text: string): number | string | undefined {
  const short = shortDecimal(text);
  if (!Number.isNaN(short)) return short;
  const canonical = canonicalDecimal(text);
  if (canonical === undefined) return undefined;
  const value = Number(canonical);
  return Number.isFinite(value) && canonicalDecimal(String(value)) === canonical ? value : canonical;
}

const REAL = /^-?\d+(?:\.\d*)?(?:[eE][-+]?\d+)?$/;
const NON_FINITE = /^(?:nan|[-+]?inf(?:inity)?)$/i;

/**
 * A FLOAT as a number; NaN stands for NaN and both infinities, which JSON does not have.
 *
 * @returns `undefined` when the text is not a FLOAT
 */
export function decodeReal(text: string): number | undefined {
  const short = shortDecimal(text);
  if (!Number.isNaN(short)) return short;
  if (REAL.test(text)) {
    const value = Number(text);
    // `+ 0` turns a negative zero into zero.
    return Number.isFinite(value) ? value + 0 : Number.NaN;
  }
  return NON_FINITE.test(text) ? Number.NaN : undefined;
}

/** A finite number as its canonical decimal text. */
export function numberText(value: number): string {
  return canonicalDecimal(String(value)) ?? String(value);
}

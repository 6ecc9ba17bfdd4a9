/**
 * A VARIANT is stored as JSON text in one form: keys sorted, numbers without what says nothing. DuckDB reads JSON numbers
 * as doubles, so what a double can't carry stands in a text that starts with a code point no text may have (Unicode calls
 * it a noncharacter): exact decimals, FLOATs (which Snowflake writes with an exponent) and the undefined element.
 */
export const TAG = '\uFDD0';

/** What SQL NULL and an empty element are inside an array. */
export const UNDEFINED = `"${TAG}U"`;

/** The stored form of a decimal (`-12.50`), or undefined where NUMBER(38,37) can't hold it. */
export function storedDecimal(text: string): string | undefined {
  const negative = text.startsWith('-');
  const [whole = '', fraction = ''] = text.slice(negative ? 1 : 0).split('.');
  const digits = fraction.replace(/0+$/, '');
  const significant = whole === '0' ? '' : whole;
  if (significant.length + digits.length > 38 || digits.length > 37) return undefined;
  if (digits === '') return significant === '' ? '0' : `${negative ? '-' : ''}${significant}`;
  const plain = `${negative ? '-' : ''}${whole}.${digits}`;
  // Up to 15 digits come back from a double as they went in; very small ones come back with an exponent.
  return plain.length <= 16 && !/^-?0\.000/.test(plain) ? plain : `"${TAG}${plain}"`;
}

/** The stored form of a FLOAT: as Snowflake shows it, and behind `|` its exact value where that is another one. */
export function storedReal(value: number): string {
  if (!Number.isFinite(value)) return `"${TAG}${String(value)}"`;
  const shown = exponential(value, 15);
  return `"${TAG}${shown}${Number(shown) === value ? '' : `|${exponential(value, 16)}`}"`;
}

/** With two digits of exponent at least, as C writes it. */
function exponential(value: number, digits: number): string {
  return (value === 0 ? 0 : value).toExponential(digits).replace(/e([+-])(\d)$/, 'e$10$2');
}

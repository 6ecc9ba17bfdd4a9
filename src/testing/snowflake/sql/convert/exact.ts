import { type DataType, fixed, storageOf } from '../types/data-type.js';
import type { Typed } from './scope.js';

const power = (digits: number): string => `CAST('1${'0'.repeat(digits)}' AS HUGEINT)`;

/** A NUMBER as the integer that its digits are. By its text: a product with a power of ten may have too many digits. */
export function unscaled({ sql, type }: Typed): string {
  return type.scale === 0 ? `CAST(${sql} AS HUGEINT)` : `CAST(replace(CAST(${sql} AS VARCHAR), '.', '') AS HUGEINT)`;
}

/** The NUMBER whose digits an integer has; fails where it has more than 38 of them. */
export function scaled(integer: string, type: DataType): Typed {
  const { precision, scale } = type;
  const digits = `CAST(${integer} AS DECIMAL(38,0))`;
  if (scale === 0) return { sql: `CAST(${digits} AS ${storageOf(type)})`, type };
  const unit = `CAST('0.${'0'.repeat(scale - 1)}1' AS DECIMAL(${scale + 1},${scale}))`;
  return { sql: `CAST(${digits} * ${unit} AS DECIMAL(${precision},${scale}))`, type };
}

/** Division rounds half away from zero; DuckDB would divide as doubles. */
export function divide(a: Typed, b: Typed, type: DataType): Typed {
  const extra = type.scale - a.type.scale + b.type.scale;
  return scaled(`sf_divide(${unscaled(a)}, sf_zero(${unscaled(b)}), ${extra})`, type);
}

/** The remainder has the sign of what is divided; DuckDB would reckon decimals as doubles. */
export function modulo(a: Typed, b: Typed, type: DataType): Typed {
  const [more, other] = [type.scale - a.type.scale, type.scale - b.type.scale];
  return scaled(`sf_modulo(${unscaled(a)}, sf_zero(${unscaled(b)}), ${more}, ${other})`, type);
}

/** Where the exact product may have more digits than DuckDB's decimals, before the result is rounded to its scale. */
export function multiply(a: Typed, b: Typed, type: DataType): Typed {
  const drop = a.type.scale + b.type.scale - type.scale;
  return scaled(`sf_multiply(${unscaled(a)}, ${unscaled(b)}, ${drop})`, type);
}

/** ROUND, TRUNC, CEIL and FLOOR to digits behind the point, or before it when negative. */
export function rounded(name: 'round' | 'trunc' | 'ceil' | 'floor', value: Typed, digits: number): Typed {
  const { precision, scale } = value.type;
  const drop = scale - digits;
  const type = fixed(precision - scale + 1 + Math.max(digits, 0), Math.max(digits, 0));
  // More digits are cut than there are; rounding up to such a unit has no room either.
  if (drop > 38) return { sql: `(${unscaled(value)} * 0)`, type };
  const cut = `sf_${name}_digits(${unscaled(value)}, ${power(drop)})`;
  return scaled(digits < 0 ? `(${cut} * ${power(-digits)})` : cut, type);
}

/**
 * A sum within 38 digits. DuckDB's grows past them, and past its 128 bits it starts again below zero, which the same sum
 * of doubles gives away.
 */
export function within38(sum: string, doubles: string, scale: number): string {
  const most = scale === 0 ? '9'.repeat(38) : `${'9'.repeat(38 - scale)}.${'9'.repeat(scale)}`;
  return `sf_within(${sum}, CAST('${most}' AS DECIMAL(38,${scale})), ${doubles}, CAST('1.5e${38 - scale}' AS DOUBLE))`;
}

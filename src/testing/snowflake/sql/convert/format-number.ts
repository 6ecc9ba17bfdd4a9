import { fixedText, TEXT } from '../types/data-type.js';
import type { Typed } from './scope.js';
import { unsupported } from '../types/sql-errors.js';

/** TO_CHAR of a number: digits (9, 0), point, comma, FM, and TM9; other elements are refused. */
export function formatNumber(value: Typed, format: string): Typed {
  // As many digits as the scale, one at least before the point ("SQL format models", text-minimal).
  if (/^TM9$/i.test(format) && value.type.kind === 'fixed')
    return { sql: fixedText(value.sql, value.type), type: TEXT };
  const fill = /^FM/i.test(format);
  const model = format.replace(/^FM/i, '');
  const match = /^(\$?)([90,]+)(?:\.([90]+))?$/.exec(model);
  if (match === null) throw unsupported(`number format '${format}'`);
  const [, dollar = '', whole = '', fraction = ''] = match;
  const digits = whole.replaceAll(',', '');
  const zeros = digits.includes('0') ? digits.length - digits.indexOf('0') : 0;
  const commas = whole.includes(',');
  const decimal = `CAST(round(CAST(${value.sql} AS DECIMAL(38,${Math.max(value.type.scale, fraction.length)})), ${fraction.length}) AS DECIMAL(38,${fraction.length}))`;
  const absolute = `CAST(abs(${decimal}) AS VARCHAR)`;
  const integer = `split_part(${absolute}, '.', 1)`;
  const shown =
    zeros === 0
      ? `CASE WHEN ${integer} = '0' THEN '' ELSE ${integer} END`
      : `lpad(${integer}, CAST(greatest(${zeros}, length(${integer})) AS INTEGER), '0')`;
  if (commas && zeros > 1) throw unsupported(`number format '${format}'`);
  const grouped = commas
    ? `CASE WHEN (${shown}) = '' THEN '' ELSE format('{:,}', CAST(${integer} AS BIGINT)) END`
    : `(${shown})`;
  const text = `${dollar === '' ? '' : "'$' || "}${grouped}${fraction === '' ? '' : ` || '.' || split_part(${absolute}, '.', 2)`}`;
  const signed = `(CASE WHEN ${decimal} < 0 THEN '-' ELSE '' END || ${text})`;
  const width = model.length + 1;
  const padded = fill ? signed : `lpad(${signed}, ${width}, ' ')`;
  return {
    sql: `(CASE WHEN length(${integer}) > ${digits.length} THEN repeat('#', ${width}) ELSE ${padded} END)`,
    type: TEXT,
  };
}

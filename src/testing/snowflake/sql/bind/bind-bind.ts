import type { Binder } from '../convert/binder.js';
import { castTo } from '../convert/cast.js';
import { BOOLEAN, DATE, fixed, LTZ, NTZ, NULL, REAL, text, TIME, TZ, VARIANT, BINARY } from '../types/data-type.js';
import { characters, quote } from '../types/quote.js';
import type { Typed } from '../convert/scope.js';
import { compileError } from '../types/sql-errors.js';

/** A bind as a constant. Its text goes into the SQL as an escaped literal, never as SQL. */
export function bindBind(binder: Binder, index: number, start: number): Typed {
  const bind = binder.binds[index];
  if (bind === undefined) {
    // Clients describe a statement before they have its values.
    if (binder.describeOnly) return { sql: 'NULL', type: NULL };
    const written = /^(?:\?|:\d+)/.exec(binder.sql.slice(start))?.[0] ?? '?';
    throw compileError(binder.sql, start, `Bind variable ${written} not set.`, '002049', '42601');
  }
  if (bind.value === null) return { sql: 'NULL', type: NULL };
  const { value } = bind;
  const literal: Typed = { sql: quote(value), type: text(characters(value)), constant: value, nullable: false };
  const constant = { constant: value, shown: '?', nullable: false };
  switch (bind.type.toUpperCase()) {
    case 'FIXED': {
      const match = /^\s*[+-]?(\d+)(?:\.(\d+))?\s*$/.exec(value);
      const scale = match?.[2]?.length ?? 0;
      const type = fixed(Math.max(1, (match?.[1]?.length ?? 1) + scale), scale);
      return { ...castTo(binder, literal, type), ...constant };
    }
    case 'REAL':
      return { ...castTo(binder, literal, REAL), ...constant };
    case 'BOOLEAN':
      return { ...castTo(binder, literal, BOOLEAN), ...constant };
    case 'BINARY':
      return { ...castTo(binder, literal, BINARY), ...constant };
    case 'DATE':
      if (!/^-?\d+$/.test(value)) return { ...castTo(binder, literal, DATE), ...constant };
      return { sql: `(DATE '1970-01-01' + ${Math.floor(Number(value) / 86_400_000)})`, type: DATE };
    case 'TIME':
      if (!/^\d+$/.test(value)) return { ...castTo(binder, literal, TIME), ...constant };
      return { sql: `CAST(${seconds(value)} AS DECIMAL(18,9))`, type: TIME };
    case 'TIMESTAMP':
    case 'TIMESTAMP_NTZ':
    case 'TIMESTAMP_LTZ': {
      const type = bind.type.toUpperCase() === 'TIMESTAMP_LTZ' ? LTZ : NTZ;
      if (!/^-?\d+$/.test(value)) return { ...castTo(binder, literal, type), ...constant };
      return { sql: seconds(value), type };
    }
    case 'TIMESTAMP_TZ': {
      const match = /^(-?\d+)(?: (\d+))?$/.exec(value);
      if (match?.[1] === undefined) return { ...castTo(binder, literal, TZ), ...constant };
      return { sql: `sf_tz(${seconds(match[1])}, ${Number(match[2] ?? '1440') - 1440})`, type: TZ };
    }
    case 'VARIANT':
    case 'OBJECT':
    case 'ARRAY':
      return { sql: `sf_parse_json(${literal.sql})`, type: VARIANT };
    default:
      return { ...literal, shown: '?' };
  }
}

/** Nanoseconds as seconds. */
function seconds(nanoseconds: string): string {
  const negative = nanoseconds.startsWith('-');
  const digits = nanoseconds.replace('-', '').padStart(10, '0');
  return `CAST('${negative ? '-' : ''}${digits.slice(0, -9)}.${digits.slice(-9)}' AS DECIMAL(38,9))`;
}

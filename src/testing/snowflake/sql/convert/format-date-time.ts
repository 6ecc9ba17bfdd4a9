import { type Binder, timeZone } from './binder.js';
import { wallClock } from './cast.js';
import { quote } from '../types/quote.js';
import type { Typed } from './scope.js';
import { unsupported } from '../types/sql-errors.js';

const ELEMENTS =
  /"([^"]*)"|YYYY|YY|MMMM|MON|MM|DD|DY|HH24|HH12|HH|AM|PM|MI|SS|FF[0-9]?|TZHTZM|TZH:TZM|TZISO|TZH|TZM|TZD|[\s\S]/gi;

const unquoted = (format: string): string => format.replaceAll(/"[^"]*"/g, '');

/** A character of a format that stands for itself; other letters mean an element that isn't known here. */
export function literal(character: string): string {
  if (/[A-Za-z]/.test(character) && !/^[TZ]$/i.test(character))
    throw unsupported(`format element '${character}': quote what stands for itself`);
  return character;
}

/**
 * Text of a date, time or timestamp by a Snowflake format. The format is known when the statement is compiled, so it
 * becomes an expression of its pieces (Snowflake documentation, "Date and time input and output formats").
 */
export function formatDateTime(binder: Binder, value: Typed, format: string): string {
  if (value.type.kind === 'time' && format === '') return formatDateTime(binder, value, 'HH24:MI:SS');
  if (value.type.kind === 'date' && format === '') return formatDateTime(binder, value, 'YYYY-MM-DD');
  if (/HH(?![12])/i.test(unquoted(format)) && /[AP]M/i.test(unquoted(format)))
    throw unsupported(`format element HH with AM or PM ('${format}'): write HH12`);
  // Bound once, however many elements look at them.
  const [wall, offset] = [`t['w']`, `t['o']`];
  const at = `make_timestamp(sf_secs(${wall}) * 1000000)`;
  const minutesEast =
    value.type.kind === 'timestamp_tz'
      ? `(${value.sql}).off`
      : value.type.kind === 'timestamp_ltz'
        ? `sf_offset(${value.sql}, ${quote(timeZone(binder))})`
        : '0';
  const strftime = (directive: string): string => `strftime(${at}, '${directive}')`;
  const hours = `(CASE WHEN ${offset} < 0 THEN '-' ELSE '+' END || lpad(CAST(abs(${offset}) // 60 AS VARCHAR), 2, '0'))`;
  const minutes = `lpad(CAST(abs(${offset}) % 60 AS VARCHAR), 2, '0')`;
  const pieces: string[] = [];
  for (const match of format.matchAll(ELEMENTS)) {
    const element = match[0].toUpperCase();
    if (match[1] !== undefined) pieces.push(quote(match[1]));
    else if (element.startsWith('FF')) {
      const digits = element === 'FF' ? 9 : Number(element.slice(2));
      if (digits > 0)
        pieces.push(
          `substr(split_part(CAST(CAST(${wall} AS DECIMAL(38,9)) - floor(${wall}) AS VARCHAR), '.', 2), 1, ${digits})`,
        );
    } else {
      pieces.push(elementText(element, strftime, hours, minutes, at) ?? quote(literal(match[0])));
    }
  }
  if (pieces.length === 0) return "''";
  const pair = `{'w': ${wallClock(binder, value)}, 'o': ${minutesEast}}`;
  return `list_transform([${pair}], lambda t: ${pieces.join(' || ')})[1]`;
}

function elementText(
  element: string,
  strftime: (directive: string) => string,
  hours: string,
  minutes: string,
  at: string,
): string | undefined {
  switch (element) {
    case 'YYYY':
      // Padded, never cut: years beyond 9999 have five digits.
      return `printf('%04d', year(${at}))`;
    case 'YY':
      return strftime('%y');
    case 'MMMM':
      return strftime('%B');
    case 'MON':
      return strftime('%b');
    case 'MM':
      return strftime('%m');
    case 'DD':
      return strftime('%d');
    case 'DY':
      return strftime('%a');
    case 'HH24':
    case 'HH':
      return strftime('%H');
    case 'HH12':
      return strftime('%I');
    case 'AM':
    case 'PM':
      return strftime('%p');
    case 'MI':
      return strftime('%M');
    case 'SS':
      return strftime('%S');
    case 'TZHTZM':
      return `${hours} || ${minutes}`;
    case 'TZH:TZM':
      return `${hours} || ':' || ${minutes}`;
    case 'TZISO':
      return `${hours} || ':' || ${minutes}`;
    case 'TZH':
      return hours;
    case 'TZM':
      return minutes;
    default:
      return undefined;
  }
}

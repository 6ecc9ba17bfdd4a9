import { literal } from './format-date-time.js';
import { quote } from '../types/quote.js';
import { unsupported } from '../types/sql-errors.js';

const ELEMENTS =
  /"([^"]*)"|YYYY|YY|MMMM|MON|MM|DD|DY|HH24|HH12|HH|AM|PM|MI|SS|FF[0-9]?|TZHTZM|TZH:TZM|TZH|TZM|[\s\S]/gi;

const PATTERNS: Record<string, [string, string]> = {
  YYYY: ['y', '\\d{4}'],
  YY: ['yy', '\\d{2}'],
  MM: ['mo', '\\d{1,2}'],
  MON: ['mon', '[A-Za-z]{3}'],
  MMMM: ['month', '[A-Za-z]+'],
  DD: ['d', '\\d{1,2}'],
  DY: ['dy', '[A-Za-z]{3}'],
  HH24: ['h', '\\d{1,2}'],
  HH: ['h', '\\d{1,2}'],
  HH12: ['h12', '\\d{1,2}'],
  AM: ['ap', '[AaPp][Mm]'],
  PM: ['ap', '[AaPp][Mm]'],
  MI: ['mi', '\\d{1,2}'],
  SS: ['s', '\\d{1,2}'],
};

/** Text read by a Snowflake format: the wall clock as epoch seconds, and the offset in minutes if the format has one. */
export function parsePattern(
  text: string,
  format: string,
  lenient: boolean,
  centuryStart = 1970,
): { wall: string; offset: string | undefined } {
  const groups: string[] = [];
  let pattern = '^\\s*';
  let zoned = false;
  for (const match of format.matchAll(ELEMENTS)) {
    const element = match[0].toUpperCase();
    const known = PATTERNS[element];
    if (match[1] !== undefined) pattern += escapePattern(match[1]);
    else if (known !== undefined) {
      groups.push(known[0]);
      pattern += `(${known[1]})`;
    } else if (element.startsWith('FF')) {
      groups.push('f');
      pattern += '(\\d{0,9})';
    } else if (element.startsWith('TZH')) {
      groups.push('o');
      pattern += element === 'TZH' ? '([+-]\\d{2})' : '(Z|[+-]\\d{2}:?\\d{2})';
      zoned = true;
    } else if (element === 'TZM') throw unsupported('format element TZM alone');
    else pattern += escapePattern(literal(match[0]));
  }
  const found = (name: string): string =>
    `(regexp_extract(${text}, ${quote(`${pattern}\\s*$`)}, [${groups.map(quote).join(', ')}])).${name}`;
  const has = (name: string): boolean => groups.includes(name);
  const int = (name: string, otherwise: string): string =>
    has(name) ? `TRY_CAST(${found(name)} AS INTEGER)` : otherwise;
  const year = has('yy')
    ? // The first year from the century's start on that ends in these digits ("Parameters", TWO_DIGIT_CENTURY_START).
      `(${centuryStart} + (${int('yy', '0')} + ${100 - (centuryStart % 100)}) % 100)`
    : int('y', '1970');
  const months = `['jan','feb','mar','apr','may','jun','jul','aug','sep','oct','nov','dec']`;
  const name = has('mon') ? 'mon' : has('month') ? 'month' : undefined;
  const month = name === undefined ? int('mo', '1') : `list_position(${months}, lower(substr(${found(name)}, 1, 3)))`;
  const noon = has('ap') ? ` + CASE WHEN lower(${found('ap')}) = 'pm' THEN 12 ELSE 0 END` : '';
  const hour = has('h12')
    ? `(${int('h12', '0')} % 12${noon})`
    : has('ap')
      ? `(${int('h', '0')} % 12${noon})`
      : int('h', '0');
  const seconds = `CAST(${hour} * 3600 + ${int('mi', '0')} * 60 + ${int('s', '0')} AS DECIMAL(38,9))`;
  const fraction = has('f') ? ` + sf_frac(${found('f')})` : '';
  const day = `sf_try_date(${year}, ${month}, ${int('d', '1')})`;
  const within = (name: string, low: number, high: number): string[] =>
    has(name) ? [`COALESCE(TRY_CAST(${found(name)} AS INTEGER), -1) BETWEEN ${low} AND ${high}`] : [];
  const matchesAll = [
    `regexp_matches(${text}, ${quote(`${pattern}\\s*$`)})`,
    ...within('h', 0, 23),
    ...within('h12', 1, 12),
    ...within('mi', 0, 59),
    ...within('s', 0, 59),
  ].join(' AND ');
  const bad = lenient ? 'NULL' : `sf_bad_ts(${text})`;
  const wall = `(CASE WHEN ${text} IS NULL THEN NULL WHEN ${matchesAll} AND ${day} IS NOT NULL THEN CAST(sf_date_dec(${day}) + ${seconds}${fraction} AS DECIMAL(38,9)) ELSE CAST(${bad} AS DECIMAL(38,9)) END)`;
  return { wall, offset: zoned ? `(CASE WHEN ${matchesAll} THEN sf_off_min(${found('o')}) END)` : undefined };
}

const escapePattern = (text: string): string => text.replace(/[.*+?^${}()|[\]\\]/g, '\\$&');

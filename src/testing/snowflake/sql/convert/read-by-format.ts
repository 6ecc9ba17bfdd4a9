import type { Binder } from './binder.js';
import { fromWallClock } from './cast.js';
import { parsePattern } from './parse-date-pattern.js';
import type { DataType } from '../types/data-type.js';
import type { Typed } from './scope.js';

/** Reads text as a date, time or timestamp by a format, which has to fit the whole text. */
export function readByFormat(binder: Binder, text: string, format: string, type: DataType, lenient: boolean): Typed {
  const centuryStart = Number(binder.parameter('TWO_DIGIT_CENTURY_START'));
  const { wall, offset } = parsePattern(text, format, lenient, centuryStart);
  if (type.kind === 'date') return { sql: `sf_dec_date(${wall})`, type };
  if (type.kind === 'time')
    return { sql: `CAST(${wall} - CAST(floor(sf_secs(${wall}) / 86400) AS BIGINT) * 86400 AS DECIMAL(18,9))`, type };
  if (offset === undefined) return { sql: fromWallClock(binder, wall, type), type };
  if (type.kind === 'timestamp_ntz') return { sql: wall, type };
  const instant = `(${wall} - ${offset} * 60)`;
  return { sql: type.kind === 'timestamp_ltz' ? instant : `sf_tz(${instant}, ${offset})`, type };
}

/** The session's format for text that becomes such a value; nothing for AUTO and for other types. */
export function inputFormatOf(binder: Binder, type: DataType): string | undefined {
  const name = /^(?:date|time(?:stamp)?)(?=$|_)/.exec(type.kind)?.[0];
  const format = name === undefined ? 'AUTO' : String(binder.parameter(`${name.toUpperCase()}_INPUT_FORMAT`));
  return format === 'AUTO' ? undefined : format;
}

/** The same statement with every input format AUTO, for calls that ask for it. */
export function withAutoFormats(binder: Binder): Binder {
  return {
    ...binder,
    parameter: (name) => (name.endsWith('_INPUT_FORMAT') ? 'AUTO' : binder.parameter(name)),
  };
}

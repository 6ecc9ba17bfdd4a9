const SECONDS_PER_DAY = 86_400;
const TWO_DIGITS = Array.from({ length: 100 }, (_, value) => String(value).padStart(2, '0'));

function twoDigits(value: number): string {
  return TWO_DIGITS[value] ?? '';
}

function yearText(year: number): string {
  if (year >= 0 && year <= 9999) return String(year).padStart(4, '0');
  // ISO 8601's expanded form, in the six digits of ECMA-262 "Date Time String Format".
  return `${year < 0 ? '-' : '+'}${String(Math.abs(year)).padStart(6, '0')}`;
}

/** Days since 1970-01-01 as a date of the proleptic Gregorian calendar (Howard Hinnant, "chrono-Compatible Low-Level Date Algorithms"). */
function civilDate(daysSinceEpoch: number): string {
  const shifted = daysSinceEpoch + 719_468;
  const era = Math.floor(shifted / 146_097);
  const dayOfEra = shifted - era * 146_097;
  const yearOfEra = Math.floor(
    (dayOfEra - Math.floor(dayOfEra / 1460) + Math.floor(dayOfEra / 36_524) - Math.floor(dayOfEra / 146_096)) / 365,
  );
  const dayOfYear = dayOfEra - (365 * yearOfEra + Math.floor(yearOfEra / 4) - Math.floor(yearOfEra / 100));
  const shiftedMonth = Math.floor((5 * dayOfYear + 2) / 153);
  const day = dayOfYear - Math.floor((153 * shiftedMonth + 2) / 5) + 1;
  const month = shiftedMonth < 10 ? shiftedMonth + 3 : shiftedMonth - 9;
  const year = yearOfEra + era * 400 + (month <= 2 ? 1 : 0);
  return `${yearText(year)}-${twoDigits(month)}-${twoDigits(day)}`;
}

// Rows close together mostly have the same day.
let lastDay = 0;
let lastDayText = '1970-01-01';

function dateText(day: number): string {
  if (day !== lastDay) {
    lastDayText = civilDate(day);
    lastDay = day;
  }
  return lastDayText;
}

function timeText(secondOfDay: number): string {
  const hour = Math.floor(secondOfDay / 3600);
  const minute = Math.floor(secondOfDay / 60) - hour * 60;
  return `${twoDigits(hour)}:${twoDigits(minute)}:${twoDigits(secondOfDay % 60)}`;
}

/** Reads digits only; NaN when there are none, more than 15, or something else. */
function digitsBetween(text: string, from: number, to: number): number {
  if (from >= to || to - from > 15) return Number.NaN;
  let value = 0;
  for (let index = from; index < to; index += 1) {
    const digit = text.charCodeAt(index) - 48;
    if (!(digit >= 0 && digit <= 9)) return Number.NaN;
    value = value * 10 + digit;
  }
  return value;
}

/** Days since 1970-01-01 as `2024-02-29`; `undefined` when the text is not that. */
export function decodeDate(text: string): string | undefined {
  const negative = text.charCodeAt(0) === 45;
  const days = digitsBetween(text, negative ? 1 : 0, text.length);
  if (!(days < 100_000_000)) return undefined;
  return dateText(negative ? -days : days);
}

/** Seconds since 1970-01-01 (or midnight) with fraction, split without rounding. */
interface Seconds {
  readonly whole: number;
  /** `.5` or empty; always counted forward from `whole`. */
  readonly fraction: string;
}

function readSeconds(text: string, end: number): Seconds | undefined {
  const negative = text.charCodeAt(0) === 45;
  const start = negative ? 1 : 0;
  let point = text.indexOf('.', start);
  if (point < 0 || point > end) point = end;
  const whole = digitsBetween(text, start, point);
  if (!(whole < 10_000_000_000_000)) return undefined;
  let last = end;
  if (point < end) {
    const fraction = digitsBetween(text, point + 1, end);
    if (Number.isNaN(fraction) || end - point > 10) return undefined;
    while (last > point + 1 && text.charCodeAt(last - 1) === 48) last -= 1;
  }
  const digits = last - point - 1;
  if (digits <= 0) return { whole: negative ? -whole : whole, fraction: '' };
  if (!negative) return { whole, fraction: text.slice(point, last) };
  // -1.25 s lies 0.75 s after second -2.
  const forward = 10 ** digits - digitsBetween(text, point + 1, last);
  return { whole: -whole - 1, fraction: `.${String(forward).padStart(digits, '0')}` };
}

function instantText(seconds: Seconds, shiftSeconds: number, zone: string): string {
  const local = seconds.whole + shiftSeconds;
  const day = Math.floor(local / SECONDS_PER_DAY);
  return `${dateText(day)}T${timeText(local - day * SECONDS_PER_DAY)}${seconds.fraction}${zone}`;
}

/** Seconds since midnight with fraction as `13:37:00.123`; `undefined` when the text is not that. */
export function decodeTime(text: string): string | undefined {
  const seconds = readSeconds(text, text.length);
  if (seconds === undefined || seconds.whole < 0 || seconds.whole >= SECONDS_PER_DAY) return undefined;
  return timeText(seconds.whole) + seconds.fraction;
}

/** Unix seconds with fraction as ISO-8601 in UTC; `undefined` when the text is not that. */
export function decodeTimestamp(text: string): string | undefined {
  const seconds = readSeconds(text, text.length);
  return seconds === undefined ? undefined : instantText(seconds, 0, 'Z');
}

/** Unix seconds, a space, offset minutes + 1440, as ISO-8601 with that offset; `undefined` when the text is not that. */
export function decodeTimestampTz(text: string): string | undefined {
  const space = text.indexOf(' ');
  if (space < 0) return undefined;
  const seconds = readSeconds(text, space);
  const shifted = digitsBetween(text, space + 1, text.length);
  if (seconds === undefined || !(shifted > 0 && shifted < 2880)) return undefined;
  const offset = shifted - 1440;
  const minutes = Math.abs(offset);
  const zone = `${offset < 0 ? '-' : '+'}${twoDigits(Math.floor(minutes / 60))}:${twoDigits(minutes % 60)}`;
  return instantText(seconds, offset * 60, zone);
}

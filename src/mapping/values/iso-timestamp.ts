const ISO = /^(\d{4}|[+-]\d{6})-(\d\d)-(\d\d)(?:T(\d\d):(\d\d)(?::(\d\d)(?:\.\d{1,9})?)?(?:Z|[+-](\d\d):(\d\d)))?$/;

function daysInMonth(year: number, month: number): number {
  if (month === 2) return year % 4 === 0 && (year % 100 !== 0 || year % 400 === 0) ? 29 : 28;
  return month === 4 || month === 6 || month === 9 || month === 11 ? 30 : 31;
}

/**
 * Whether a text is an ISO-8601 date, or date and time with a zone. A local time without a zone is refused: it would
 * mean another moment at every reader.
 */
export function isIsoTimestamp(text: string): boolean {
  const match = ISO.exec(text);
  if (match === null) return false;
  const month = Number(match[2]);
  const day = Number(match[3]);
  if (month < 1 || month > 12 || day < 1 || day > daysInMonth(Number(match[1]), month)) return false;
  // ECMA-262 has no year -000000.
  if (match[1] === '-000000') return false;
  const hours = Math.max(Number(match[4] ?? 0), Number(match[7] ?? 0));
  const minutes = Math.max(Number(match[5] ?? 0), Number(match[8] ?? 0));
  return hours <= 23 && minutes <= 59 && Number(match[6] ?? 0) <= 59;
}

/** A date without time as the start of that day in UTC; other texts as they are. */
export function withTime(text: string): string {
  return text.includes('T') ? text : `${text}T00:00:00Z`;
}

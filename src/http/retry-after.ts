/** The oldest of the three forms of a date, which names no zone (RFC 9110, section 5.6.7, asctime-date). */
const ASCTIME = /^[A-Z][a-z]{2} [A-Z][a-z]{2} [ \d]\d \d\d:\d\d:\d\d \d{4}$/;

/**
 * Reads a Retry-After header: seconds or an HTTP date (RFC 9110, section 10.2.3).
 *
 * @param value the header
 * @param serverDate the reply's Date header; a date is measured from it, so that the clock of this machine does not matter
 * @returns milliseconds, at least 0; `undefined` when there is no header or it cannot be read
 */
export function retryAfter(value: string | null, serverDate: string | null): number | undefined {
  if (value === null) return undefined;
  const text = value.trim();
  if (/^\d+(\.\d+)?$/.test(text)) return Math.ceil(Number(text) * 1000);
  const until = moment(text);
  if (Number.isNaN(until)) return undefined;
  const from = serverDate === null ? NaN : moment(serverDate.trim());
  return Math.max(0, until - (Number.isNaN(from) ? Date.now() : from));
}

function moment(date: string): number {
  return Date.parse(ASCTIME.test(date) ? `${date} GMT` : date);
}

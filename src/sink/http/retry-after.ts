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
  const until = Date.parse(text);
  if (Number.isNaN(until)) return undefined;
  const from = serverDate === null ? NaN : Date.parse(serverDate);
  return Math.max(0, until - (Number.isNaN(from) ? Date.now() : from));
}

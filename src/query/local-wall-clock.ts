const SHIFT_SEARCH_SECONDS = 3 * 3600;

const formats = new Map<string, Intl.DateTimeFormat>();

function formatOf(zone: string): Intl.DateTimeFormat {
  let format = formats.get(zone);
  if (format === undefined) {
    format = new Intl.DateTimeFormat('en-US', {
      timeZone: zone,
      hourCycle: 'h23',
      year: 'numeric',
      month: '2-digit',
      day: '2-digit',
      hour: '2-digit',
      minute: '2-digit',
      second: '2-digit',
    });
    formats.set(zone, format);
  }
  return format;
}

/** Whether this runtime knows an IANA time zone such as `America/Los_Angeles`. */
export function isTimeZone(zone: string): boolean {
  if (!/^[A-Za-z][A-Za-z0-9_+-]*(?:\/[A-Za-z0-9_+-]+)*$/.test(zone)) return false;
  try {
    return formatOf(zone) instanceof Intl.DateTimeFormat;
  } catch {
    return false;
  }
}

/** The reading of a wall clock in `zone`, as the seconds that a clock in UTC with the same reading would count. */
function wallSeconds(unixSeconds: number, zone: string): number {
  const part: Record<string, number> = {};
  for (const { type, value } of formatOf(zone).formatToParts(unixSeconds * 1000)) part[type] = Number(value);
  const { year = 0, month = 1, day = 1, hour = 0, minute = 0, second = 0 } = part;
  return Date.UTC(year, month - 1, day, hour, minute, second) / 1000;
}

/** The first second after `from` (at most `to`) with the UTC offset of `to`. */
function shiftBetween(from: number, to: number, zone: string): number {
  const offsetAfter = wallSeconds(to, zone) - to;
  let low = from;
  let high = to;
  while (high - low > 1) {
    const middle = Math.floor((low + high) / 2);
    if (wallSeconds(middle, zone) - middle === offsetAfter) high = middle;
    else low = middle;
  }
  return high;
}

/**
 * The wall-clock reading in `zone` at a moment, as seconds (see `wallSeconds`), safe as a bound on a column that holds
 * local readings: where the clocks are set back, an hour of readings comes twice. A `lower` bound is never above a
 * reading that comes later, an `upper` one never below one that came before; so rows are read twice there, not lost.
 */
export function localWallClock(unixSeconds: number, zone: string, bound: 'lower' | 'upper'): number {
  const reading = wallSeconds(unixSeconds, zone);
  const offset = reading - unixSeconds;
  if (bound === 'lower') {
    const later = unixSeconds + SHIFT_SEARCH_SECONDS;
    if (wallSeconds(later, zone) - later >= offset) return reading;
    return Math.min(reading, wallSeconds(shiftBetween(unixSeconds, later, zone), zone));
  }
  const earlier = unixSeconds - SHIFT_SEARCH_SECONDS;
  const offsetBefore = wallSeconds(earlier, zone) - earlier;
  if (offsetBefore <= offset) return reading;
  return Math.max(reading, shiftBetween(earlier, unixSeconds, zone) + offsetBefore);
}

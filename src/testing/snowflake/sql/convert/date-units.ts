import type { Binder } from './binder.js';
import { castTo, fromWallClock, wallClock } from './cast.js';
import { DATE, type DataType, INTEGER, isTimestamp, NTZ, typeName } from '../types/data-type.js';
import type { Typed } from './scope.js';
import { dayOfWeek, firstOfWeek, weekOfYear, yearOfWeek } from './weeks.js';
import { invalidArguments, unsupported } from '../types/sql-errors.js';

/** The names that Snowflake takes for each date or time part (documentation, "Supported date and time parts"). */
const NAMES: Record<string, string> = {};
for (const [unit, names] of Object.entries({
  year: 'YEAR Y YY YYY YYYY YR YEARS YRS',
  quarter: 'QUARTER Q QTR QTRS QUARTERS',
  month: 'MONTH MM MON MONS MONTHS',
  week: 'WEEK W WK WEEKOFYEAR WOY WY WEEKS',
  day: 'DAY D DD DAYS DAYOFMONTH',
  hour: 'HOUR H HH HR HOURS HRS',
  minute: 'MINUTE M MI MIN MINUTES MINS',
  second: 'SECOND S SEC SECONDS SECS',
  millisecond: 'MILLISECOND MS MSEC MILLISECONDS',
  microsecond: 'MICROSECOND US USEC MICROSECONDS',
  nanosecond: 'NANOSECOND NS NSEC NANOSEC NSECOND NANOSECONDS NANOSECS NSECONDS',
  dayofweek: 'DAYOFWEEK WEEKDAY DOW DW',
  dayofweekiso: 'DAYOFWEEKISO DAYOFWEEK_ISO DOWISO DWISO WEEKDAY_ISO DOW_ISO DW_ISO',
  dayofyear: 'DAYOFYEAR YEARDAY DOY DY',
  weekiso: 'WEEKISO WEEK_ISO WEEKOFYEARISO WEEKOFYEAR_ISO',
  yearofweek: 'YEAROFWEEK',
  yearofweekiso: 'YEAROFWEEKISO',
  epoch_second: 'EPOCH_SECOND EPOCH EPOCH_SECONDS',
  epoch_millisecond: 'EPOCH_MILLISECOND EPOCH_MILLISECONDS',
  epoch_microsecond: 'EPOCH_MICROSECOND EPOCH_MICROSECONDS',
  epoch_nanosecond: 'EPOCH_NANOSECOND EPOCH_NANOSECONDS',
  timezone_hour: 'TIMEZONE_HOUR TZH',
  timezone_minute: 'TIMEZONE_MINUTE TZM',
}))
  for (const name of names.split(' ')) NAMES[name] = unit;

/** The unit that a name stands for. */
export function unitOf(name: string): string {
  const unit = NAMES[name.toUpperCase()];
  if (unit === undefined) throw unsupported(`date part ${name}`);
  return unit;
}

/** Seconds of the units that are a fixed number of them. */
const SECONDS: Record<string, string> = {
  week: '604800',
  day: '86400',
  hour: '3600',
  minute: '60',
  second: '1',
  millisecond: 'CAST(0.001 AS DECIMAL(4,3))',
  microsecond: 'CAST(0.000001 AS DECIMAL(7,6))',
  nanosecond: 'CAST(0.000000001 AS DECIMAL(10,9))',
};
const MONTHS: Record<string, number> = { month: 1, quarter: 3, year: 12 };
const SUB_DAY = new Set(['hour', 'minute', 'second', 'millisecond', 'microsecond', 'nanosecond']);

/** A date or timestamp: text is read as TIMESTAMP_NTZ. */
export function dateLike(binder: Binder, value: Typed): Typed {
  if (value.type.kind === 'text' || value.type.kind === 'null' || value.type.kind === 'variant')
    return castTo(binder, value, NTZ);
  if (value.type.kind === 'date' || isTimestamp(value.type) || value.type.kind === 'time') return value;
  throw invalidArguments('date function', typeName(value.type));
}

/** DATEADD: months and longer by the calendar, days by the wall clock, hours and shorter by the instant. */
export function addUnits(binder: Binder, name: string, amount: Typed, value: Typed): Typed {
  const unit = unitOf(name);
  const n = castTo(binder, amount, INTEGER).sql;
  const at = dateLike(binder, value);
  const months = MONTHS[unit];
  if (at.type.kind === 'time') {
    const seconds = SECONDS[unit];
    if (seconds === undefined || unit === 'day' || unit === 'week')
      throw invalidArguments('DATEADD', typeName(at.type));
    const sum = `(CAST(${at.sql} AS DECIMAL(38,9)) + CAST(CAST(${n} AS DECIMAL(20,0)) * ${seconds} AS DECIMAL(38,9)))`;
    return {
      sql: `CAST(${sum} - CAST(floor(sf_secs(${sum}) / 86400) AS BIGINT) * 86400 AS DECIMAL(18,9))`,
      type: at.type,
    };
  }
  if (months !== undefined) {
    const interval = `to_months(CAST(${n} * ${months} AS INTEGER))`;
    if (at.type.kind === 'date') return { sql: `CAST(${at.sql} + ${interval} AS DATE)`, type: DATE };
    const wall = wallClock(binder, at);
    return retimed(binder, `(sf_dec(sf_ts(${wall}) + ${interval}) + sf_sub_us(${wall}))`, at);
  }
  const seconds = SECONDS[unit];
  if (seconds === undefined) throw unsupported(`DATEADD of ${name}`);
  if (at.type.kind === 'date' && !SUB_DAY.has(unit))
    return { sql: `(${at.sql} + CAST(${n} * ${unit === 'week' ? 7 : 1} AS INTEGER))`, type: DATE };
  // Hours of a DATE make it a timestamp.
  const timed = at.type.kind === 'date' ? castTo(binder, at, NTZ) : at;
  const delta = `CAST(CAST(${n} AS DECIMAL(20,0)) * ${seconds} AS DECIMAL(38,9))`;
  if (SUB_DAY.has(unit)) {
    if (timed.type.kind === 'timestamp_tz')
      return { sql: `sf_tz((${timed.sql}).ts + ${delta}, (${timed.sql}).off)`, type: timed.type };
    return { sql: `(${timed.sql} + ${delta})`, type: timed.type };
  }
  return retimed(binder, `(${wallClock(binder, timed)} + ${delta})`, timed);
}

function retimed(binder: Binder, wall: string, like: Typed): Typed {
  return { sql: fromWallClock(binder, wall, like.type, like), type: like.type };
}

/** DATEDIFF: boundaries crossed. */
export function countUnits(binder: Binder, name: string, from: Typed, to: Typed): Typed {
  const unit = unitOf(name);
  const type = INTEGER_9;
  const [a, b] = [dateLike(binder, from), dateLike(binder, to)];
  const [x, y] = [wallClock(binder, a), wallClock(binder, b)];
  const scale: Record<string, string> = {
    hour: '3600',
    minute: '60',
    second: '1',
  };
  const divisor = scale[unit];
  const floor = (sql: string): string => `CAST(floor(${sql}) AS BIGINT)`;
  // DuckDB's integer division truncates towards zero; before 1970 that is the wrong hour.
  const units = (sql: string): string => `CAST(floor(${floor(sql)} / ${divisor ?? '1'}) AS BIGINT)`;
  if (divisor !== undefined) return { sql: `(${units(y)} - ${units(x)})`, type };
  const factor: Record<string, string> = { millisecond: '1000', microsecond: '1000000', nanosecond: '1000000000' };
  const times = factor[unit];
  if (times !== undefined) {
    const count = (sql: string): string => `CAST(floor(CAST(${sql} AS DECIMAL(38,9)) * ${times}) AS HUGEINT)`;
    return { sql: `(${count(y)} - ${count(x)})`, type: INTEGER };
  }
  if (a.type.kind === 'time') throw invalidArguments('DATEDIFF', typeName(a.type));
  const day = (value: Typed, wall: string): string => (value.type.kind === 'date' ? value.sql : `sf_dec_date(${wall})`);
  // DuckDB's own count of weeks is of whole ones.
  if (unit === 'week')
    return { sql: `((${firstOfWeek(binder, day(b, y))} - ${firstOfWeek(binder, day(a, x))}) // 7)`, type };
  const calendar = MONTHS[unit] !== undefined || unit === 'day';
  if (!calendar) throw unsupported(`DATEDIFF of ${name}`);
  return { sql: `date_diff('${unit}', ${day(a, x)}, ${day(b, y)})`, type };
}

const INTEGER_9: DataType = { ...INTEGER, precision: 18 };

/** DATE_TRUNC: the start of the unit, in the session's zone for LTZ, in its own for TZ. */
export function truncateTo(binder: Binder, name: string, value: Typed): Typed {
  const unit = unitOf(name);
  const at = dateLike(binder, value);
  if (MONTHS[unit] === undefined && SECONDS[unit] === undefined) throw unsupported(`DATE_TRUNC to ${name}`);
  if (unit === 'week' && at.type.kind !== 'time') {
    if (at.type.kind === 'date') return { sql: firstOfWeek(binder, at.sql), type: DATE };
    return retimed(binder, `sf_date_dec(${firstOfWeek(binder, `sf_dec_date(${wallClock(binder, at)})`)})`, at);
  }
  if (at.type.kind === 'date')
    return { sql: SUB_DAY.has(unit) ? at.sql : `CAST(date_trunc('${unit}', ${at.sql}) AS DATE)`, type: DATE };
  if (at.type.kind === 'time' && !SUB_DAY.has(unit)) throw invalidArguments('DATE_TRUNC', typeName(at.type));
  if (unit === 'nanosecond') return at;
  if (at.type.kind === 'time')
    return { sql: `CAST(sf_dec(date_trunc('${unit}', sf_ts(${at.sql}))) AS DECIMAL(18,9))`, type: at.type };
  return retimed(binder, `sf_dec(date_trunc('${unit}', sf_ts(${wallClock(binder, at)})))`, at);
}

/** EXTRACT and DATE_PART. */
export function partOf(binder: Binder, name: string, value: Typed): Typed {
  const unit = unitOf(name);
  const at = dateLike(binder, value);
  const wall = wallClock(binder, at);
  const ts = `sf_ts(${wall})`;
  const type = INTEGER_9;
  const instant = at.type.kind === 'timestamp_tz' ? `(${at.sql}).ts` : at.type.kind === 'date' ? wall : at.sql;
  const epoch = (times: string): Typed => ({
    sql: `CAST(floor(CAST(${instant} AS DECIMAL(38,9)) * ${times}) AS HUGEINT)`,
    type: INTEGER,
  });
  switch (unit) {
    case 'second':
    case 'minute':
    case 'hour':
    case 'day':
    case 'month':
    case 'quarter':
    case 'year':
      return { sql: `${unit}(${ts})`, type };
    case 'week':
      return { sql: weekOfYear(binder, `sf_dec_date(${wall})`), type };
    case 'yearofweek':
      return { sql: yearOfWeek(binder, `sf_dec_date(${wall})`), type };
    case 'dayofweek':
      return { sql: dayOfWeek(binder, `sf_dec_date(${wall})`), type };
    case 'weekiso':
      return { sql: `week(${ts})`, type };
    case 'dayofweekiso':
      return { sql: `isodow(${ts})`, type };
    case 'dayofyear':
      return { sql: `dayofyear(${ts})`, type };
    case 'yearofweekiso':
      return { sql: `isoyear(${ts})`, type };
    case 'nanosecond':
      return { sql: `CAST((CAST(${wall} AS DECIMAL(38,9)) - floor(${wall})) * 1000000000 AS BIGINT)`, type };
    case 'epoch_second':
      return epoch('1');
    case 'epoch_millisecond':
      return epoch('1000');
    case 'epoch_microsecond':
      return epoch('1000000');
    case 'epoch_nanosecond':
      return epoch('1000000000');
    case 'timezone_hour':
    case 'timezone_minute': {
      const offset =
        at.type.kind === 'timestamp_tz'
          ? `(${at.sql}).off`
          : `CAST((sf_secs(${wall}) - sf_secs(${instant})) // 60 AS INTEGER)`;
      return { sql: unit === 'timezone_hour' ? `(${offset} // 60)` : `(${offset} % 60)`, type };
    }
    default:
      throw unsupported(`DATE_PART of ${name}`);
  }
}

import type { Expr } from '../parse/ast.js';
import { bindExpression } from '../bind/bind-expression.js';
import { castTo, fromWallClock, wallClock } from '../convert/cast.js';
import { DATE, LTZ, NTZ, REAL, TEXT, TIME, TZ, withScale } from '../types/data-type.js';
import { addUnits, countUnits, dateLike, partOf, truncateTo, unitOf } from '../convert/date-units.js';
import { firstOfWeek, weekStart } from '../convert/weeks.js';
import { quote } from '../types/quote.js';
import type { Typed } from '../convert/scope.js';
import { unsupported } from '../types/sql-errors.js';
import type { Call, FunctionBinder } from '../convert/binder.js';
import { intOf, textOf } from './call/function-binder.js';
import { numbers } from './numbers.js';

/** A date part written bare or as text. */
function partName(call: Call, index: number): string {
  const arg: Expr | undefined = call.node.args[index];
  if (arg?.kind === 'column' && arg.parts.length === 1) return arg.parts[0]?.name ?? '';
  if (arg?.kind === 'string') return arg.value;
  throw unsupported(`${call.node.name} with a computed date part`);
}

const value = (call: Call, index: number): Typed => {
  const arg = call.node.args[index];
  if (arg === undefined) return call.arg(index);
  return bindExpression(call.binder, arg, call.scope);
};

const add: FunctionBinder = (call) => addUnits(call.binder, partName(call, 0), value(call, 1), value(call, 2));
const diff: FunctionBinder = (call) => countUnits(call.binder, partName(call, 0), value(call, 1), value(call, 2));
const part: FunctionBinder = (call) => partOf(call.binder, partName(call, 0), value(call, 1));
const shorthand =
  (name: string): FunctionBinder =>
  (call) =>
    partOf(call.binder, name, call.arg(0));

/** DATE_TRUNC takes the part first; TRUNC takes it second, or is TRUNC of a number. */
const truncate: FunctionBinder = (call) => {
  const [first] = call.node.args;
  const named =
    first?.kind === 'string' || (first?.kind === 'column' && first.parts.length === 1 && isUnit(first.parts[0]?.name));
  return named
    ? truncateTo(call.binder, partName(call, 0), value(call, 1))
    : truncateTo(call.binder, partName(call, 1), value(call, 0));
};

function isUnit(name: string | undefined): boolean {
  try {
    unitOf(name ?? '');
    return true;
  } catch {
    return false;
  }
}

const now =
  (kind: 'ltz' | 'ntz'): FunctionBinder =>
  (call) => {
    const { binder } = call;
    const digits = binder.now.toString();
    const instant: Typed = {
      sql: `CAST('${digits.slice(0, -9)}.${digits.slice(-9)}' AS DECIMAL(38,9))`,
      type: LTZ,
      nullable: false,
    };
    const digitsKept = call.args[0];
    if (digitsKept !== undefined) {
      const scale = Number(digitsKept.constant);
      if (!Number.isInteger(scale)) throw unsupported(`${call.node.name} with a computed precision`);
      return castTo(binder, instant, withScale(LTZ, scale));
    }
    return kind === 'ltz' ? instant : { sql: instant.sql, type: NTZ, nullable: false };
  };

/** Three arguments: wall clock to wall clock. Two: the instant with the target's offset. */
const convertZone: FunctionBinder = (call) => {
  const { binder, args } = call;
  if (args.length === 3) {
    const wall = castTo(binder, call.arg(2), NTZ).sql;
    return { sql: `sf_to_wall(sf_to_instant(${wall}, ${textOf(call, 0)}), ${textOf(call, 1)})`, type: NTZ };
  }
  const instant = castTo(binder, call.arg(1), LTZ).sql;
  return { sql: `sf_tz(${instant}, sf_offset(${instant}, ${textOf(call, 0)}))`, type: TZ };
};

const fromParts =
  (type: typeof NTZ): FunctionBinder =>
  (call) => {
    const { binder } = call;
    const n = (index: number): string => (call.args[index] === undefined ? '0' : intOf(call, index));
    if (call.args.length === 2) {
      const wall = `(sf_date_dec(${castTo(binder, call.arg(0), DATE).sql}) + ${castTo(binder, call.arg(1), TIME).sql})`;
      return { sql: fromWallClock(binder, wall, type), type };
    }
    const wall = `(sf_date_dec(${dateOf(n(0), n(1), n(2))}) + CAST(${n(3)} * 3600 + ${n(4)} * 60 + ${n(5)} AS DECIMAL(38,9)) + CAST(CAST(${n(6)} AS DECIMAL(20,0)) * CAST(0.000000001 AS DECIMAL(10,9)) AS DECIMAL(38,9)))`;
    const zone = call.args[7];
    if (zone === undefined || type.kind !== 'timestamp_tz') return { sql: fromWallClock(binder, wall, type), type };
    const instant = `sf_to_instant(${wall}, ${textOf(call, 7)})`;
    return { sql: `sf_tz(${instant}, sf_offset(${instant}, ${textOf(call, 7)}))`, type };
  };

/** Months and days beyond their range carry over, as in Snowflake. */
const dateOf = (year: string, month: string, day: string): string =>
  `CAST(make_date(CAST(${year} AS INTEGER), 1, 1) + to_months(CAST(${month} - 1 AS INTEGER)) + to_days(CAST(${day} - 1 AS INTEGER)) AS DATE)`;

const timeFromParts: FunctionBinder = (call) => {
  const nano = call.args[3] === undefined ? '0' : intOf(call, 3);
  const seconds = `(${intOf(call, 0)} * 3600 + ${intOf(call, 1)} * 60 + ${intOf(call, 2)})`;
  return {
    sql: `CAST(CAST(${seconds} AS DECIMAL(18,9)) + CAST(${nano} AS DECIMAL(10,0)) * CAST(0.000000001 AS DECIMAL(10,9)) AS DECIMAL(18,9))`,
    type: TIME,
  };
};

const dateArg = (call: Call, index: number): string => castTo(call.binder, call.arg(index), DATE).sql;
const DAYS: Record<string, number> = { mo: 1, tu: 2, we: 3, th: 4, fr: 5, sa: 6, su: 7 };

const weekday =
  (direction: 1 | -1): FunctionBinder =>
  (call) => {
    const wanted = DAYS[(call.arg(1).constant ?? '').slice(0, 2).toLowerCase()];
    if (wanted === undefined) throw unsupported(`${call.node.name} with this day`);
    const date = dateArg(call, 0);
    const away =
      direction === 1 ? `((${wanted} - isodow(${date}) + 6) % 7 + 1)` : `((isodow(${date}) - ${wanted} + 6) % 7 + 1)`;
    return { sql: `(${date} ${direction === 1 ? '+' : '-'} CAST(${away} AS INTEGER))`, type: DATE };
  };

const addMonths: FunctionBinder = (call) => {
  const at = dateLike(call.binder, call.arg(0));
  const wall = wallClock(call.binder, at);
  const date = at.type.kind === 'date' ? at.sql : `sf_dec_date(${wall})`;
  const moved = `CAST(${date} + to_months(CAST(${intOf(call, 1)} AS INTEGER)) AS DATE)`;
  // The last day of a month stays a last day (documented for ADD_MONTHS).
  const sticky = `(CASE WHEN ${date} = last_day(${date}) THEN last_day(${moved}) ELSE ${moved} END)`;
  if (at.type.kind === 'date') return { sql: sticky, type: DATE };
  return {
    sql: fromWallClock(
      call.binder,
      `(sf_date_dec(${sticky}) + (${wall} - CAST(floor(sf_secs(${wall}) / 86400) AS BIGINT) * 86400))`,
      at.type,
      at,
    ),
    type: at.type,
  };
};

/** Days of a month count as 1/31, times of the day as parts of those, except between equal or last days of months. */
const monthsBetween: FunctionBinder = (call) => {
  const [x, y] = [0, 1].map((i) => {
    const at = dateLike(call.binder, call.arg(i));
    const wall = wallClock(call.binder, at);
    const date = at.type.kind === 'date' ? at.sql : `sf_dec_date(${wall})`;
    return { date, day: `(day(${date}) + CAST(${wall} - sf_date_dec(${date}) AS DOUBLE) / 86400)` };
  });
  if (x === undefined || y === undefined) throw unsupported('MONTHS_BETWEEN');
  const [a, b] = [x.date, y.date];
  const months = `((year(${a}) - year(${b})) * 12 + month(${a}) - month(${b}))`;
  return {
    sql: `(CASE WHEN day(${a}) = day(${b}) OR (${a} = last_day(${a}) AND ${b} = last_day(${b})) THEN CAST(${months} AS DOUBLE) ELSE round(${months} + (${x.day} - ${y.day}) / 31.0, 6) END)`,
    type: REAL,
  };
};

const timeSlice: FunctionBinder = (call) => {
  const at = dateLike(call.binder, call.arg(0));
  const unit = unitOf(call.arg(2).constant ?? '');
  const end = (call.args[3]?.constant ?? 'START').toUpperCase() === 'END';
  const length = call.arg(1).constant;
  if (length === undefined) throw unsupported('TIME_SLICE with a computed length');
  const spans: Record<string, number> = { second: 1, minute: 60, hour: 3600, day: 86_400, week: 604_800 };
  const span = spans[unit];
  const months = { month: 1, quarter: 3, year: 12 }[unit];
  const wall = wallClock(call.binder, at);
  if (span !== undefined) {
    const size = span * Number(length);
    // Slices of weeks start with the week that the epoch, a Thursday, is in.
    const shift = unit === 'week' ? ((11 - weekStart(call.binder)) % 7) * 86_400 : 0;
    const bucket = `(floor((floor(${wall}) + ${shift}) / ${size}) + ${end ? 1 : 0})`;
    const slice = `CAST(CAST(${bucket} AS BIGINT) * ${size} - ${shift} AS DECIMAL(38,9))`;
    return { sql: fromWallClock(call.binder, slice, at.type, at), type: at.type };
  }
  if (months === undefined) throw unsupported(`TIME_SLICE of ${unit}`);
  const size = months * Number(length);
  const ts = `sf_ts(${wall})`;
  const index = `CAST(floor(((year(${ts}) - 1970) * 12 + month(${ts}) - 1) / ${size}) AS INTEGER)`;
  const slice = `sf_date_dec(CAST(DATE '1970-01-01' + to_months((${index} + ${end ? 1 : 0}) * ${size}) AS DATE))`;
  return { sql: fromWallClock(call.binder, slice, at.type, at), type: at.type };
};

const lastDay: FunctionBinder = (call) => {
  const second = call.node.args[1];
  const unit = second === undefined ? 'month' : unitOf(partName(call, 1));
  const date = castTo(call.binder, value(call, 0), DATE).sql;
  if (unit === 'month') return { sql: `last_day(${date})`, type: DATE };
  if (unit === 'week') return { sql: `(${firstOfWeek(call.binder, date)} + 6)`, type: DATE };
  const length = { year: 'to_months(12)', quarter: 'to_months(3)' }[unit];
  if (length === undefined) throw unsupported(`LAST_DAY of ${unit}`);
  return { sql: `CAST(date_trunc('${unit}', ${date}) + ${length} - to_days(1) AS DATE)`, type: DATE };
};

const named =
  (directive: string): FunctionBinder =>
  (call) => ({ sql: `strftime(${dateArg(call, 0)}, ${quote(directive)})`, type: TEXT });

const today: FunctionBinder = ({ binder }) => {
  const digits = binder.now.toString();
  const instant: Typed = { sql: `CAST('${digits.slice(0, -9)}.${digits.slice(-9)}' AS DECIMAL(38,9))`, type: LTZ };
  return { sql: `sf_dec_date(${wallClock(binder, instant)})`, type: DATE, nullable: false };
};

/** Date and time functions. */
export const dates: Record<string, FunctionBinder> = {
  DATEADD: add,
  TIMEADD: add,
  TIMESTAMPADD: add,
  DATEDIFF: diff,
  TIMEDIFF: diff,
  TIMESTAMPDIFF: diff,
  DATE_PART: part,
  EXTRACT: part,
  DATE_TRUNC: truncate,
  TRUNC: (call) => {
    const [first] = call.node.args;
    const bound = first === undefined ? call.arg(0) : bindExpression(call.binder, first, call.scope);
    if (bound.type.kind === 'date' || bound.type.kind.startsWith('timestamp')) return truncate(call);
    return numbersTruncate(call);
  },
  ...Object.fromEntries(
    'YEAR QUARTER MONTH WEEK DAY HOUR MINUTE SECOND DAYOFWEEK DAYOFWEEKISO DAYOFYEAR DAYOFMONTH WEEKISO WEEKOFYEAR YEAROFWEEK YEAROFWEEKISO'
      .split(' ')
      .map((name) => [name, shorthand(name)]),
  ),
  LAST_DAY: lastDay,
  ADD_MONTHS: addMonths,
  MONTHS_BETWEEN: monthsBetween,
  NEXT_DAY: weekday(1),
  PREVIOUS_DAY: weekday(-1),
  DAYNAME: named('%a'),
  MONTHNAME: named('%b'),
  TIME_SLICE: timeSlice,
  CONVERT_TIMEZONE: convertZone,
  DATE_FROM_PARTS: (call) => ({ sql: dateOf(intOf(call, 0), intOf(call, 1), intOf(call, 2)), type: DATE }),
  DATEFROMPARTS: (call) => ({ sql: dateOf(intOf(call, 0), intOf(call, 1), intOf(call, 2)), type: DATE }),
  TIME_FROM_PARTS: timeFromParts,
  TIMESTAMP_FROM_PARTS: fromParts(NTZ),
  TIMESTAMP_NTZ_FROM_PARTS: fromParts(NTZ),
  TIMESTAMP_LTZ_FROM_PARTS: fromParts(LTZ),
  TIMESTAMP_TZ_FROM_PARTS: fromParts(TZ),
  CURRENT_TIMESTAMP: now('ltz'),
  GETDATE: now('ltz'),
  LOCALTIMESTAMP: now('ltz'),
  SYSTIMESTAMP: now('ltz'),
  SYSDATE: now('ntz'),
  CURRENT_DATE: today,
  CURRENT_TIME: (call) => castTo(call.binder, now('ltz')(call), TIME),
  LOCALTIME: (call) => castTo(call.binder, now('ltz')(call), TIME),
};

function numbersTruncate(call: Call): Typed {
  const truncateNumber = numbers['TRUNCATE'];
  if (truncateNumber === undefined) throw unsupported('TRUNC');
  return truncateNumber(call);
}

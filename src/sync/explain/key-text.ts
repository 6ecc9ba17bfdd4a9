import { canonicalDecimal } from '../../mapping/values/canonical-decimal.js';
import type { ColumnType } from '../../source/source.js';
import type { ExplainKey } from './explanation.js';

const DAY = /^\d{4,5}-\d{2}-\d{2}$/;
const CLOCK = /^((?:[01]\d|2[0-3]):[0-5]\d)(?::([0-5]\d)(?:\.(\d{1,9}))?)?$/;
const REAL = /^[-+]?(?:\d+\.?\d*|\.\d+)(?:e[-+]?\d{1,4})?$/i;
const MOMENT = /^(\d{4,5}-\d{2}-\d{2})[T ](\d{2}:\d{2})(?::(\d{2})(?:\.(\d{1,9}))?)?(Z|[+-]\d{2}:?\d{2})?$/;

/**
 * A value that was asked for, as the one text of it that a key of this type has.
 *
 * @returns `undefined` for what is none of the type, or has lost digits
 */
export function keyText(type: ColumnType, given: ExplainKey[string]): string | undefined {
  if (
    typeof given === 'number' &&
    (!Number.isFinite(given) || (Number.isInteger(given) && !Number.isSafeInteger(given)))
  ) {
    return undefined;
  }
  if (given instanceof Date && Number.isNaN(given.getTime())) return undefined;
  const text = given instanceof Date ? given.toISOString() : String(given);
  switch (type) {
    case 'fixed':
      return canonicalDecimal(text);
    case 'real':
      return REAL.test(text) && Number.isFinite(Number(text)) ? String(Number(text)) : undefined;
    case 'boolean':
      return booleanText(text.toLowerCase());
    case 'date': {
      const day = given instanceof Date ? text.slice(0, 10) : text;
      return DAY.test(day) && isDay(day) ? day : undefined;
    }
    case 'time': {
      const [, minutes, seconds = '00', fraction = ''] = CLOCK.exec(text) ?? [];
      return minutes === undefined ? undefined : `${minutes}:${seconds}.${fraction.padEnd(9, '0')}`;
    }
    case 'timestamp_ntz':
    case 'timestamp_ltz':
    case 'timestamp_tz':
      return momentText(text, type === 'timestamp_ntz');
    case 'binary':
      return /^(?:[0-9a-f]{2})*$/i.test(text) ? text.toUpperCase() : undefined;
    default:
      return text;
  }
}

function booleanText(text: string): string | undefined {
  if (text === 'true' || text === '1') return 'true';
  return text === 'false' || text === '0' ? 'false' : undefined;
}

function isDay(day: string): boolean {
  const date = new Date(`${day.padStart(10, '0')}T00:00:00Z`);
  return day.length > 10 || (!Number.isNaN(date.getTime()) && date.toISOString().startsWith(day));
}

/** A moment in UTC with nine digits. A wall clock has no offset, and a moment without one is not known. */
function momentText(text: string, isWallClock: boolean): string | undefined {
  const [, day = '', minutes = '', seconds = '00', fraction = '', zone] = MOMENT.exec(text) ?? [];
  const isMissing = zone === undefined && !isWallClock;
  if (day === '' || isMissing || (isWallClock && zone !== undefined && zone !== 'Z')) return undefined;
  const offset = zone === undefined || zone === 'Z' ? 'Z' : zone.replace(/^(...):?/, '$1:');
  const date = new Date(`${day}T${minutes}:${seconds}${offset}`);
  if (Number.isNaN(date.getTime()) || !isDay(day)) return undefined;
  return `${date.toISOString().slice(0, 19)}.${fraction.padEnd(9, '0')}`;
}

const EXAMPLES: Readonly<Partial<Record<ColumnType, string>>> = {
  fixed: '42',
  real: '1.5',
  boolean: 'true',
  date: '2026-01-31',
  time: '08:30:00',
  timestamp_ntz: '2026-01-31T08:00:00',
  timestamp_ltz: '2026-01-31T08:00:00Z',
  timestamp_tz: '2026-01-31T08:00:00+01:00',
  binary: 'CAFE01',
};

/** How a value is to be written. */
export function writtenAs(column: string, type: ColumnType, given: ExplainKey[string]): string {
  if (typeof given === 'number' && Number.isInteger(given) && !Number.isSafeInteger(given)) {
    return `A number beyond 2^53 has lost digits: pass it as text, { ${column}: '9007199254740993' }, or as a bigint.`;
  }
  return `Write it as ${EXAMPLES[type] ?? 'text'}, for example ${column}=${EXAMPLES[type] ?? 'ada'}.`;
}

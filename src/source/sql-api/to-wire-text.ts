import type { Column } from '../source.js';

/**
 * Brings the SQL API's temporal values to wire text.
 *
 * Its documentation describes three forms ("Handling responses" says seconds with a fraction, the same page
 * nanoseconds, its samples show formatted text), so the form is read off the values of each column. All values of
 * a column have one form; the documented table's needs no work. No output format is asked for in the request: without
 * one, accounts answer by the table (sfguide-create-a-route-optimisation-and-vehicle-route-plan-simulator, pull request
 * 81, of Snowflake-Labs), and with one the values come as formatted text, at the cost of reading it.
 */
export class WireTextNormaliser {
  readonly #columns: readonly Column[];
  /** Columns whose form is not known yet. */
  readonly #unknown: Set<number>;
  readonly #converters = new Map<number, (value: string) => string>();

  constructor(columns: readonly Column[]) {
    this.#columns = columns;
    this.#unknown = new Set(columns.flatMap((column, index) => (TEMPORAL.has(column.type) ? [index] : [])));
  }

  /** Changes the rows in place. */
  apply(rows: (string | null)[][]): void {
    for (const index of this.#unknown) {
      const sample = longest(rows, index);
      const column = this.#columns[index];
      if (sample === undefined || column === undefined) continue;
      this.#unknown.delete(index);
      const converter = converterFor(column, sample);
      if (converter !== undefined) this.#converters.set(index, converter);
    }
    for (const [index, convert] of this.#converters) {
      for (const row of rows) {
        const value = row[index];
        if (value != null) row[index] = converted(value, convert);
      }
    }
  }
}

/** A value of another form than its column's stays as it is: its row is rejected, and no error quotes it. */
function converted(value: string, convert: (value: string) => string): string {
  try {
    return convert(value);
  } catch {
    return value;
  }
}

/** The longest value tells seconds from nanoseconds best: 0 is both. */
function longest(rows: readonly (readonly (string | null)[])[], index: number): string | undefined {
  let found: string | undefined;
  for (const row of rows) {
    const value = row[index];
    if (value != null && value.length > (found?.length ?? -1)) found = value;
  }
  return found;
}

const TEMPORAL: ReadonlySet<string> = new Set(['date', 'time', 'timestamp_ntz', 'timestamp_ltz', 'timestamp_tz']);

function converterFor(column: Column, sample: string): ((value: string) => string) | undefined {
  const scale = column.scale ?? 9;
  if (column.type === 'date') return /^-?\d+$/.test(sample) ? undefined : daysOf;
  if (column.type === 'time') {
    if (sample.includes(':')) return (value) => secondsOfDay(value, scale);
    return /^\d+$/.test(sample) && (scale > 0 || sample.length > 5) ? (value) => fromNanos(value, scale) : undefined;
  }
  if (/^-?\d+\.\d+(?: \d+)?$/.test(sample)) return undefined;
  if (/^-?\d+(?: \d+)?$/.test(sample)) {
    const digits = sample.replace(/^-/, '').split(' ')[0]?.length ?? 0;
    // Seconds of a column with fraction digits have a point.
    return scale > 0 || digits >= 14 ? (value) => fromNanos(value, scale) : undefined;
  }
  return (value) => fromFormatted(value, scale, column.type === 'timestamp_tz');
}

function daysOf(value: string): string {
  return String(Math.round(Date.parse(`${value.slice(0, 10)}T00:00:00Z`) / 86_400_000));
}

function withFraction(totalNanos: bigint, scale: number): string {
  const size = totalNanos < 0n ? -totalNanos : totalNanos;
  const fraction = String(size % 1_000_000_000n)
    .padStart(9, '0')
    .slice(0, scale);
  return `${totalNanos < 0n ? '-' : ''}${size / 1_000_000_000n}${scale === 0 ? '' : `.${fraction}`}`;
}

function fromNanos(value: string, scale: number): string {
  const [nanos = '0', zone] = value.split(' ');
  return withFraction(BigInt(nanos), scale) + (zone === undefined ? '' : ` ${zone}`);
}

function secondsOfDay(value: string, scale: number): string {
  const [hours = '0', minutes = '0', rest = '0'] = value.split(':');
  const [seconds = '0', fraction = ''] = rest.split('.');
  const whole = Number(hours) * 3600 + Number(minutes) * 60 + Number(seconds);
  return withFraction(BigInt(whole) * 1_000_000_000n + BigInt(fraction.padEnd(9, '0').slice(0, 9)), scale);
}

const FORMATTED = /^(\d{4}-\d\d-\d\d)[T ](\d\d:\d\d:\d\d)(?:\.(\d+))? ?(Z|[+-]\d\d:?\d\d)?$/;

function fromFormatted(value: string, scale: number, withZone: boolean): string {
  const match = FORMATTED.exec(value);
  if (match === null) return value;
  const [, date = '', time = '', fraction = '', zone = 'Z'] = match;
  const minutes =
    zone === 'Z' ? 0 : Number(`${zone[0] ?? ''}1`) * (Number(zone.slice(1, 3)) * 60 + Number(zone.slice(-2)));
  const seconds = Date.parse(`${date}T${time}Z`) / 1000 - minutes * 60;
  const nanos = BigInt(seconds) * 1_000_000_000n + BigInt(fraction.padEnd(9, '0').slice(0, 9));
  return withFraction(nanos, scale) + (withZone ? ` ${minutes + 1440}` : '');
}

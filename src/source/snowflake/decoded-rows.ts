import type { Column } from '../source.js';

/*
 * The way around `captureRawRows` for a driver with other internals: documented calls only. Everything but temporal
 * columns is fetched as text; the Date objects of temporal ones have methods that give their exact parts
 * ("Consuming results", Node.js driver, docs.snowflake.com), which are turned back into wire text.
 */

/** The driver's `fetchAsString` for this way. Of a structured MAP it would make `{}`: JSON.stringify knows no entries. */
export const fetchAsText: readonly string[] = ['Number', 'Boolean', 'Buffer', 'JSON', 'Object', 'Array'];

/** The session needs this format, because the driver gives TIME as formatted text. */
export const decodedTimeFormat = 'HH24:MI:SS.FF9';

/** Stands for a value whose wire text cannot be told any more. */
export const untold = Symbol('untold');

type Encode = (value: unknown) => string | null | typeof untold;

/** Compiles the way back from the driver's values to wire text. */
export function wireTextOf(
  columns: readonly Column[],
): (values: readonly unknown[]) => (string | null | typeof untold)[] {
  const encoders = columns.map(encoderOf);
  return (values) => encoders.map((encode, index) => (values[index] == null ? null : encode(values[index])));
}

/** With fetchAsString, and for TIME always, NULL comes as this text. No value of these types reads like it. */
function orNull(encode: (value: string) => string | typeof untold): Encode {
  return (value) => {
    if (value === 'NULL') return null;
    return typeof value === 'string' || typeof value === 'boolean' ? encode(String(value)) : untold;
  };
}

function encoderOf(column: Column): Encode {
  const scale = column.scale ?? 9;
  switch (column.type) {
    case 'text':
      return String;
    case 'boolean':
      return orNull((value) => value.toLowerCase());
    case 'date':
      return (value) => String(Math.floor(partsOf(value).seconds / 86_400));
    case 'time':
      return orNull((value) => secondsOfDay(value, scale));
    case 'timestamp_ntz':
    case 'timestamp_ltz':
      return (value) => epochText(partsOf(value), scale);
    case 'timestamp_tz':
      return (value) => {
        const parts = partsOf(value);
        return `${epochText(parts, scale)} ${Number(parts.zone) + 1440}`;
      };
    case 'map':
      return (value) => (value instanceof Map ? mapText(value) : orNull((text) => text)(value));
    default:
      // Structured types come as objects, their numbers as doubles, whatever fetchAsString says.
      return orNull((value) => value);
  }
}

/** A MAP whose values the driver cannot have changed: texts, booleans, NULL and whole numbers that a double holds. */
function mapText(map: ReadonlyMap<unknown, unknown>): string | typeof untold {
  const entries = [...map].map(([key, value]) => [String(key), value] as const);
  const isTold = entries.every(
    ([, value]) =>
      value === null || typeof value === 'string' || typeof value === 'boolean' || Number.isSafeInteger(value),
  );
  return isTold ? JSON.stringify(Object.fromEntries(entries)) : untold;
}

interface TimeParts {
  readonly seconds: number;
  readonly nanos: number;
  readonly zone: unknown;
}

interface DriverDate {
  getEpochSeconds(): number;
  getNanoSeconds(): number;
  getTimezone(): unknown;
}

function partsOf(value: unknown): TimeParts {
  const date = value as DriverDate;
  return { seconds: date.getEpochSeconds(), nanos: date.getNanoSeconds(), zone: date.getTimezone() };
}

/** Nanoseconds count up from the second below, the wire text is a plain decimal: -1 s + 0.5 s is `-0.500`. */
function epochText({ seconds, nanos }: TimeParts, scale: number): string {
  const total = BigInt(seconds) * 1_000_000_000n + BigInt(nanos);
  const size = total < 0n ? -total : total;
  const sign = total < 0n ? '-' : '';
  const fraction = String(size % 1_000_000_000n)
    .padStart(9, '0')
    .slice(0, scale);
  return `${sign}${size / 1_000_000_000n}${scale === 0 ? '' : `.${fraction}`}`;
}

function secondsOfDay(text: string, scale: number): string {
  const match = /^(\d\d):(\d\d):(\d\d)(?:\.(\d+))?$/.exec(text);
  if (match === null) return text;
  const seconds = Number(match[1]) * 3600 + Number(match[2]) * 60 + Number(match[3]);
  const fraction = (match[4] ?? '').padEnd(9, '0').slice(0, scale);
  return scale === 0 ? String(seconds) : `${seconds}.${fraction}`;
}

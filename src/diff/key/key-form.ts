import { canonicalDecimal } from '../../mapping/values/canonical-decimal.js';
import { decodeDate, decodeTime, decodeTimestamp } from '../../mapping/values/decode-temporal.js';
import type { ColumnType } from '../../source/source.js';

/**
 * How the values of one type become key text, in SQL and from wire text: the same text for the same value, whatever the
 * session's formats, its time zone and the source.
 */
export interface KeyForm {
  /** One letter that keeps apart what reads alike: the text `1` and the number 1. */
  readonly letter: string;
  /** SQL of the text of a column; NULL stays NULL. */
  readonly sql: (column: string) => string;
  /** The text of a value on the wire; `undefined` for wire text that is none of this type. */
  readonly text: (wire: string) => string | undefined;
}

// Quoted letters stand for themselves, FF9 gives nine digits ("Date and time input and output formats", docs.snowflake.com).
const MOMENT = `'YYYY-MM-DD"T"HH24:MI:SS.FF9'`;

/** Years beyond 9999 without ISO 8601's sign and padding. */
const plainYear = (text: string): string => text.replace(/^\+0*/, '');

/** `…:20.5` → `…:20.500000000`. */
function nineDigits(text: string): string {
  const [whole = '', fraction = ''] = text.split('.');
  return `${whole}.${fraction.padEnd(9, '0')}`;
}

function moment(wire: string): string | undefined {
  const iso = decodeTimestamp(wire);
  return iso === undefined ? undefined : nineDigits(plainYear(iso.slice(0, -1)));
}

const text: KeyForm = {
  letter: 't',
  // Two texts are one key when their bytes are the same, also where the column is compared without case ("COLLATE").
  sql: (column) => `COLLATE(${column}, '')`,
  text: (wire) => wire,
};

const boolean: KeyForm = {
  letter: 'b',
  // 'true' and 'false' ("Logical data types", conversion from BOOLEAN).
  sql: (column) => `TO_VARCHAR(${column})`,
  text: (wire) => {
    const lower = wire.toLowerCase();
    if (lower === 'true' || lower === '1') return 'true';
    return lower === 'false' || lower === '0' ? 'false' : undefined;
  },
};

const number: KeyForm = {
  letter: 'n',
  sql: (column) => {
    // All digits of the scale, at least one before the point, no exponent ("SQL format models", TM9).
    const digits = `TO_VARCHAR(${column}, 'TM9')`;
    return `(CASE WHEN CONTAINS(${digits}, '.') THEN RTRIM(RTRIM(${digits}, '0'), '.') ELSE ${digits} END)`;
  },
  text: canonicalDecimal,
};

const date: KeyForm = {
  letter: 'd',
  sql: (column) => `TO_VARCHAR(${column}, 'YYYY-MM-DD')`,
  text: (wire) => {
    const day = decodeDate(wire);
    return day === undefined ? undefined : plainYear(day);
  },
};

const time: KeyForm = {
  letter: 'h',
  sql: (column) => `TO_VARCHAR(${column}, 'HH24:MI:SS.FF9')`,
  text: (wire) => {
    const clock = decodeTime(wire);
    return clock === undefined ? undefined : nineDigits(clock);
  },
};

const wallClock: KeyForm = { letter: 'w', sql: (column) => `TO_VARCHAR(${column}, ${MOMENT})`, text: moment };

const instant: KeyForm = {
  letter: 'i',
  // With two arguments it gives the same moment with the offset of that zone ("CONVERT_TIMEZONE").
  sql: (column) => `TO_VARCHAR(CONVERT_TIMEZONE('UTC', ${column}), ${MOMENT})`,
  // A TIMESTAMP_TZ has its offset behind a space.
  text: (wire) => moment(wire.split(' ', 1)[0] ?? ''),
};

const binary: KeyForm = {
  letter: 'x',
  // In capitals, when not told otherwise ("HEX_ENCODE").
  sql: (column) => `HEX_ENCODE(${column})`,
  text: (wire) => (/^(?:[0-9a-f]{2})*$/i.test(wire) ? wire.toUpperCase() : undefined),
};

/** By type. The others make no key: equal values of theirs may have several texts, or have no text in SQL. */
export const KEY_FORMS: Readonly<Partial<Record<ColumnType, KeyForm>>> = {
  text,
  boolean,
  fixed: number,
  date,
  time,
  timestamp_ntz: wallClock,
  timestamp_ltz: instant,
  timestamp_tz: instant,
  binary,
};

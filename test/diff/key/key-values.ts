import { createHash } from 'node:crypto';
import fc from 'fast-check';

/** A value of a key column: as text that is cast to the column's type, and as the text that is to be hashed. */
export interface Sample {
  readonly input: string;
  /** The letter of its kind and its text, by a way of its own. */
  readonly letter: string;
  readonly text: string;
}

/** A kind of column, with values from all of its range. */
export interface Kind {
  readonly column: string;
  readonly type: string;
  readonly value: fc.Arbitrary<Sample>;
}

const literal = (text: string): string =>
  `'${text.replaceAll('\\', '\\\\').replaceAll("'", "''").replaceAll('\0', '\\0')}'`;

const NANOS = 1_000_000_000n;
/** 0001-01-01 and the end of 9999, Unix seconds. */
const [FIRST, LAST] = [-62_135_596_800, 253_402_300_799];

/** `2023-11-14T22:13:20.123456789` of nanoseconds since 1970. */
function momentOf(nanos: bigint): string {
  const fraction = ((nanos % NANOS) + NANOS) % NANOS;
  const seconds = (nanos - fraction) / NANOS;
  return `${new Date(Number(seconds) * 1000).toISOString().slice(0, 19)}.${String(fraction).padStart(9, '0')}`;
}

const seconds = fc.oneof(
  fc.integer({ min: FIRST + 86_400, max: LAST - 86_400 }),
  fc.integer({ min: -3, max: 2 ** 31 }),
);
const fraction = fc.oneof(fc.constantFrom(0n, 1n, 500_000_000n, 999_999_999n), fc.bigInt(0n, NANOS - 1n));
const nanos = fc.tuple(seconds, fraction).map(([whole, part]) => BigInt(whole) * NANOS + part);

function text(maxLength: number): fc.Arbitrary<string> {
  return fc.oneof(
    { weight: 6, arbitrary: fc.string({ unit: 'binary', maxLength }) },
    {
      weight: 2,
      arbitrary: fc.constantFrom(
        '',
        '\0',
        'a\0b',
        '1',
        '01',
        '1.0',
        'true',
        "it's",
        '\\',
        '😀',
        'e\u0301',
        'é',
        'ß',
        '\uFFFF',
      ),
    },
    { weight: 2, arbitrary: fc.string({ unit: fc.constantFrom('a', 'A', ' ', "'", '\\', '€', '😀'), maxLength: 8 }) },
  );
}

const texts = (maxLength: number): fc.Arbitrary<Sample> =>
  text(maxLength).map((value) => ({ input: value, letter: 't', text: value }));

/** A NUMBER as the shortest decimal, from its digits without the point. */
function decimal(digits: bigint, scale: number): string {
  const size = String(digits < 0n ? -digits : digits).padStart(scale + 1, '0');
  const whole = size.slice(0, size.length - scale);
  let rest = size.slice(size.length - scale);
  while (rest.endsWith('0')) rest = rest.slice(0, -1);
  return `${digits < 0n ? '-' : ''}${whole}${rest === '' ? '' : `.${rest}`}`;
}

function numbers(precision: number, scale: number): fc.Arbitrary<Sample> {
  const most = 10n ** BigInt(precision) - 1n;
  const few = most < 9999n ? most : 9999n;
  const steps = [0n, 1n, 10n ** BigInt(precision - 1), 10n ** BigInt(scale), most].filter((step) => step <= most);
  const digits = fc.oneof(
    fc.bigInt(-most, most),
    fc.bigInt(-few, few),
    fc.constantFrom(...steps, ...steps.map((step) => -step)),
  );
  return digits.map((value) => ({ input: decimal(value, scale), letter: 'n', text: decimal(value, scale) }));
}

/** As many digits of the fraction as the column keeps. */
const cut = (value: bigint, digits: number): bigint => {
  const step = 10n ** BigInt(9 - digits);
  return value - (((value % step) + step) % step);
};

function moments(letter: string, digits: number): fc.Arbitrary<Sample> {
  return nanos.map((value) => {
    const moment = momentOf(cut(value, digits));
    return { input: `${moment.replace('T', ' ')}${letter === 'i' ? ' +00:00' : ''}`, letter, text: moment };
  });
}

const withOffset = fc.tuple(nanos, fc.integer({ min: -14 * 60, max: 14 * 60 })).map(([value, minutes]): Sample => {
  const wall = momentOf(value + BigInt(minutes) * 60n * NANOS);
  const two = (count: number): string => String(count).padStart(2, '0');
  const size = Math.abs(minutes);
  const offset = `${minutes < 0 ? '-' : '+'}${two(Math.floor(size / 60))}:${two(size % 60)}`;
  return { input: `${wall.replace('T', ' ')} ${offset}`, letter: 'i', text: momentOf(value) };
});

const days = fc.integer({ min: Math.floor(FIRST / 86_400), max: Math.floor(LAST / 86_400) }).map((day): Sample => {
  const date = new Date(day * 86_400_000).toISOString().slice(0, 10);
  return { input: date, letter: 'd', text: date };
});

const clocks = fc.bigInt(0n, 86_400n * NANOS - 1n).map((value): Sample => {
  const time = momentOf(value).slice(11);
  return { input: time, letter: 'h', text: time };
});

const bytes = fc.uint8Array({ maxLength: 20 }).map((array): Sample => {
  const hex = Buffer.from(array).toString('hex').toUpperCase();
  return { input: hex, letter: 'x', text: hex };
});

/** Every type that may be part of a key, in several sizes. */
export const KINDS: readonly Kind[] = [
  { column: 'userId', type: 'VARCHAR', value: texts(40) },
  { column: 'SHORT', type: 'VARCHAR(60)', value: texts(20) },
  { column: 'any case', type: "VARCHAR COLLATE 'en-ci'", value: texts(6) },
  {
    column: 'YES',
    type: 'BOOLEAN',
    value: fc.boolean().map((yes) => ({ input: String(yes), letter: 'b', text: String(yes) })),
  },
  { column: 'ID', type: 'NUMBER(38,0)', value: numbers(38, 0) },
  { column: 'SMALL', type: 'NUMBER(3,0)', value: numbers(3, 0) },
  { column: 'PRICE', type: 'NUMBER(12,2)', value: numbers(12, 2) },
  { column: 'FINE', type: 'NUMBER(38,37)', value: numbers(38, 37) },
  { column: 'PART', type: 'NUMBER(5,5)', value: numbers(5, 5) },
  { column: 'DAY', type: 'DATE', value: days },
  { column: 'CLOCK', type: 'TIME', value: clocks },
  { column: 'WALL', type: 'TIMESTAMP_NTZ', value: moments('w', 9) },
  { column: 'WALL_MS', type: 'TIMESTAMP_NTZ(3)', value: moments('w', 3) },
  { column: 'WALL_S', type: 'TIMESTAMP_NTZ(0)', value: moments('w', 0) },
  { column: 'LOCAL', type: 'TIMESTAMP_LTZ', value: moments('i', 9) },
  { column: 'LOCAL_MS', type: 'TIMESTAMP_LTZ(3)', value: moments('i', 3) },
  { column: 'ZONED', type: 'TIMESTAMP_TZ', value: withOffset },
  { column: 'BYTES', type: 'BINARY', value: bytes },
];

/** A value for each kind, or NULL. */
export type Row = readonly (Sample | null)[];

/** So many rows, with some NULLs. */
export function rows(count: number): fc.Arbitrary<readonly Row[]> {
  const row = fc.tuple(...KINDS.map(({ value }) => fc.option(value, { freq: 12, nil: null })));
  return fc.array(row, { minLength: count, maxLength: count });
}

export const quoted = (name: string): string => `"${name.replaceAll('"', '""')}"`;

const [BETWEEN, NOTHING] = ['<between>', '<null>'];

/** The rows as texts C0, C1, … behind their number N, one literal a row. */
function splitSql(all: readonly Row[]): string {
  const lines = all.map((row, n) => [String(n), ...row.map((sample) => sample?.input ?? NOTHING)].join(BETWEEN));
  const parts = KINDS.map((_, at) => `NULLIF(SPLIT_PART(LINE, '${BETWEEN}', ${at + 2}), '${NOTHING}') AS C${at}`);
  return `SELECT SPLIT_PART(LINE, '${BETWEEN}', 1) AS N, ${parts.join(', ')}
    FROM (SELECT COLUMN1 AS LINE FROM VALUES ${lines.map((line) => `(${literal(line)})`).join(', ')})`;
}

/** Makes a table with the row's number N and a column of each kind, and fills it. */
export function tableSql(name: string, all: readonly Row[]): readonly string[] {
  const columns = KINDS.map(({ column, type }) => `${quoted(column)} ${type}`);
  const casts = KINDS.map(({ type }, at) => `C${at}::${type.replace(/ COLLATE.*/, '')}`);
  return [
    // Texts first: what is cast is looked at many times over, and a long expression is computed each time.
    `CREATE OR REPLACE TABLE ${name}_TEXT AS ${splitSql(all)}`,
    `CREATE OR REPLACE TABLE ${name} (N NUMBER, ${columns.join(', ')})`,
    `INSERT INTO ${name} SELECT N::NUMBER, ${casts.join(', ')} FROM ${name}_TEXT`,
  ];
}

/** The hash by its definition: letter, bytes, colon, text for each part, none where a part is NULL. */
export function expectedHash(parts: readonly (Sample | null | undefined)[]): string | undefined {
  if (parts.some((part) => part === null || part === undefined)) return undefined;
  const all = parts.map((part) => `${part?.letter}${Buffer.byteLength(part?.text ?? '')}:${part?.text}`).join('');
  return createHash('sha256').update(all).digest('hex').slice(0, 32);
}

/** The same columns as a query, for where no table may be made. */
export function selectSql(all: readonly Row[]): string {
  const columns = KINDS.map(({ column, type }, at) => {
    const [plain = '', collation] = type.split(' COLLATE ');
    const value = `C${at}::${plain}`;
    return `${collation === undefined ? value : `COLLATE(${value}, ${collation})`} AS ${quoted(column)}`;
  });
  return `SELECT N::NUMBER AS N, ${columns.join(', ')} FROM (${splitSql(all)})`;
}

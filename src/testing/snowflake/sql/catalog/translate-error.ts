import { SnowflakeSqlError } from '../types/sql-engine.js';
import { DuckDbFailure } from './duckdb-failure.js';

type Known = readonly [pattern: RegExp, error: (found: RegExpExecArray) => SnowflakeSqlError];

const plain =
  (code: string, state: string, message: string): ((found: RegExpExecArray) => SnowflakeSqlError) =>
  () =>
    new SnowflakeSqlError(code, state, message);

/** What data can be at fault for, in Snowflake's words. */
const KNOWN: readonly Known[] = [
  [/SF\|(\d+)\|(\w+)\|([\s\S]*)/, ([, code = '', state = '', text = '']) => new SnowflakeSqlError(code, state, text)],
  [
    /Overflow in|Could not cast value|Failed to cast decimal/i,
    plain('100046', '22003', 'Number out of representable range'),
  ],
  [/^Out of Range Error: cannot take/, plain('100041', '22003', 'Invalid floating point operation')],
  [
    /^(Conversion|Out of Range) Error: .*(date|timestamp)/i,
    plain('100035', '22007', 'A date or timestamp is not recognized or out of range'),
  ],
  // A scale that DuckDB's decimals don't have is no fault of the data.
  [/^Out of Range Error: (?!Needed scale)/, plain('100046', '22003', 'Number out of representable range')],
  [/^Conversion Error: .*is out of range/i, plain('100046', '22003', 'Number out of representable range')],
  [
    /^Conversion Error: Could not convert string '([\s\S]*)' to /,
    ([, value]) => new SnowflakeSqlError('100038', '22018', `Numeric value '${value ?? ''}' is not recognized`),
  ],
  [/^Conversion Error/, plain('100071', '22000', 'A value can not be converted')],
  [/NOT NULL constraint failed/i, plain('100072', '22000', 'NULL result in a non-nullable column')],
  [
    /More than one row[\s\S]*subquer|subquer[\s\S]*more than one row/i,
    plain('090150', '22000', 'Single-row subquery returns more than one row.'),
  ],
  [/Unknown TimeZone/i, plain('100259', '22023', 'Unrecognized time zone')],
  [
    /^Invalid Input Error: (missing|unexpected|no argument for repetition|bad repetition|trailing|invalid (escape|perl|repetition|character class|named|UTF-8))/i,
    plain('100048', '2201B', 'Invalid regular expression'),
  ],
  [
    /^(Out of Memory|IO) Error: (.*)/,
    ([, , text]) => new SnowflakeSqlError('000603', 'XX000', `The embedded Snowflake's database failed: ${text ?? ''}`),
  ],
];

/** A failure in Snowflake's words, or undefined where it is the translation that DuckDB refuses. */
export function knownError(error: unknown): SnowflakeSqlError | undefined {
  if (error instanceof SnowflakeSqlError) return error;
  if (!(error instanceof DuckDbFailure)) return undefined;
  for (const [pattern, build] of KNOWN) {
    const found = pattern.exec(error.message);
    if (found !== null) return build(found);
  }
  return undefined;
}

/** DuckDB's words for a column that the groups don't have. */
export const isOfGroups = (error: DuckDbFailure): boolean => /must appear in the GROUP BY clause/i.test(error.message);

/** A gap of the translation: named as such, never passed off as a result nor blamed on the statement. */
export function cannotTranslate(error: DuckDbFailure, construct: string): SnowflakeSqlError {
  const short = construct.replaceAll(/\s+/g, ' ').trim();
  const shown = short.length > 120 ? `${short.slice(0, 119)}…` : short;
  return new SnowflakeSqlError(
    '000002',
    '0A000',
    `Unsupported feature: the embedded Snowflake cannot translate ${shown} (DuckDB: ${error.message.split('\n')[0] ?? ''})`,
  );
}

import {
  ARRAY,
  arrayOfType,
  BINARY,
  BOOLEAN,
  DATE,
  type DataType,
  fixed,
  GEOGRAPHY,
  GEOMETRY,
  LTZ,
  mapType,
  NTZ,
  OBJECT,
  objectOfTypes,
  REAL,
  text,
  TEXT,
  TIME,
  TZ,
  VARIANT,
  vectorType,
  withScale,
} from '../types/data-type.js';
import { unsupported } from '../types/sql-errors.js';
import type { TokenCursor } from './token-cursor.js';

const PLAIN: Record<string, DataType> = {
  INT: fixed(),
  INTEGER: fixed(),
  BIGINT: fixed(),
  SMALLINT: fixed(),
  TINYINT: fixed(),
  BYTEINT: fixed(),
  FLOAT: REAL,
  FLOAT4: REAL,
  FLOAT8: REAL,
  REAL,
  BOOLEAN,
  DATE,
  VARIANT,
  OBJECT,
  ARRAY,
  GEOGRAPHY,
  GEOMETRY,
};
const SCALED: Record<string, DataType> = {
  TIME,
  TIMESTAMP: NTZ,
  DATETIME: NTZ,
  TIMESTAMP_NTZ: NTZ,
  TIMESTAMPNTZ: NTZ,
  TIMESTAMP_LTZ: LTZ,
  TIMESTAMPLTZ: LTZ,
  TIMESTAMP_TZ: TZ,
  TIMESTAMPTZ: TZ,
};
const CHARS = new Set(['CHAR', 'CHARACTER', 'NCHAR']);
const TEXTS = new Set(['VARCHAR', 'STRING', 'TEXT', 'NVARCHAR', 'NVARCHAR2', 'VARCHAR2']);

/** A data type as written after `::`, in CAST and in column definitions. */
export function parseType(cursor: TokenCursor): DataType {
  const token = cursor.peek();
  if (token.kind !== 'word') throw cursor.unexpected();
  cursor.next();
  const word = token.value;
  if (word === 'DOUBLE') {
    cursor.takeWords('PRECISION');
    return REAL;
  }
  if (word === 'LONG') throw unsupported('LONG');
  const args = (): number[] => {
    const numbers: number[] = [];
    if (!cursor.takeOp('(')) return numbers;
    do {
      const number = cursor.next();
      if (number.kind !== 'number') throw cursor.unexpected(number);
      numbers.push(Number(number.value));
    } while (cursor.takeOp(','));
    cursor.expectOp(')');
    return numbers;
  };
  if (word === 'TIMESTAMP' && (cursor.isWord('WITH') || cursor.isWord('WITHOUT'))) {
    const zoned = cursor.next().value === 'WITH';
    const local = cursor.takeWords('LOCAL');
    cursor.expectWords('TIME', 'ZONE');
    return zoned ? (local ? LTZ : TZ) : NTZ;
  }
  if (['NUMBER', 'DECIMAL', 'NUMERIC', 'DEC'].includes(word)) {
    const [precision = 38, scale = 0] = args();
    return fixed(precision, scale);
  }
  if (CHARS.has(word)) return text(args()[0] ?? 1);
  if (TEXTS.has(word)) {
    const [length] = args();
    return length === undefined ? TEXT : text(length);
  }
  if (word === 'BINARY' || word === 'VARBINARY') {
    const [length] = args();
    return length === undefined ? BINARY : { ...BINARY, length };
  }
  const scaled = SCALED[word];
  if (scaled !== undefined) {
    const [scale] = args();
    return scale === undefined ? scaled : withScale(scaled, scale);
  }
  const plain = PLAIN[word];
  if (plain !== undefined) {
    if (!cursor.isOp('(')) return plain;
    if (word === 'ARRAY') return arrayOfType(parseParts(cursor, false).parts[0] ?? VARIANT);
    if (word !== 'OBJECT') throw cursor.unexpected();
    const { names, parts } = parseParts(cursor, true);
    return objectOfTypes(names, parts);
  }
  if (word === 'MAP') {
    cursor.expectOp('(');
    const key = parseType(cursor);
    cursor.expectOp(',');
    const value = parseType(cursor);
    refuseNotNull(cursor);
    cursor.expectOp(')');
    return mapType(key, value);
  }
  if (word === 'VECTOR') {
    cursor.expectOp('(');
    const element = ['FLOAT', 'INT'].find((name) => cursor.takeWords(name));
    if (element === undefined) throw cursor.unexpected();
    cursor.expectOp(',');
    const dimension = Number(cursor.next().value);
    cursor.expectOp(')');
    return vectorType(`VECTOR(${element}, ${dimension})`, dimension);
  }
  if (word === 'FILE' || word === 'DECFLOAT') throw unsupported(word);
  throw cursor.unexpected(token);
}

/** The parts of a structured type in their brackets: with names those of an OBJECT, without the one of an ARRAY. */
function parseParts(cursor: TokenCursor, named: boolean): { names: string[]; parts: DataType[] } {
  const names: string[] = [];
  const parts: DataType[] = [];
  cursor.expectOp('(');
  do {
    if (named) names.push(cursor.name().name);
    parts.push(parseType(cursor));
    refuseNotNull(cursor);
  } while (named && cursor.takeOp(','));
  cursor.expectOp(')');
  return { names, parts };
}

/** Nothing here would hold the values to it. */
function refuseNotNull(cursor: TokenCursor): void {
  if (cursor.takeWords('NOT', 'NULL')) throw unsupported('NOT NULL in a structured type');
}

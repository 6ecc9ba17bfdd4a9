import type { RowType } from './sql-engine.js';

/** A Snowflake type as the engine tracks it; DuckDB's own types are only its storage. */
export interface DataType {
  readonly kind:
    | 'fixed'
    | 'real'
    | 'text'
    | 'boolean'
    | 'date'
    | 'time'
    | 'timestamp_ntz'
    | 'timestamp_ltz'
    | 'timestamp_tz'
    | 'variant'
    | 'object'
    | 'array'
    | 'binary'
    | 'map'
    | 'vector'
    | 'geography'
    | 'geometry'
    | 'null';
  /** Digits of a fixed. */
  readonly precision: number;
  /** Digits behind the point: of a fixed, of seconds. */
  readonly scale: number;
  /** Characters of a text, bytes of a binary. */
  readonly length: number;
  /** Of a text, as written. */
  readonly collation?: string;
  /** The type as written, where its parts only matter in messages: `MAP(VARCHAR, NUMBER)`. */
  readonly name?: string;
  /** Of a MAP: its key's and its value's type; of a structured ARRAY its elements', of an OBJECT its fields'. */
  readonly parts?: readonly DataType[];
  /** Of a structured OBJECT. */
  readonly fieldNames?: readonly string[];
}

const MAX_TEXT = 16_777_216;
const make = (kind: DataType['kind'], precision = 0, scale = 0, length = 0): DataType => ({
  kind,
  precision,
  scale,
  length,
});

/** NUMBER(p,s). */
export const fixed = (precision = 38, scale = 0): DataType => make('fixed', Math.min(38, precision), scale);
export const text = (length = MAX_TEXT): DataType => make('text', 0, 0, length);
export const REAL = make('real');
export const TEXT = text();
export const BOOLEAN = make('boolean');
export const DATE = make('date');
export const TIME = make('time', 0, 9);
export const NTZ = make('timestamp_ntz', 0, 9);
export const LTZ = make('timestamp_ltz', 0, 9);
export const TZ = make('timestamp_tz', 0, 9);
export const VARIANT = make('variant');
export const OBJECT = make('object');
export const ARRAY = make('array');
export const BINARY = make('binary', 0, 0, 8_388_608);
export const NULL = make('null');
export const GEOGRAPHY = make('geography');
export const GEOMETRY = make('geometry');
export const mapType = (key: DataType, value: DataType): DataType => ({
  ...make('map'),
  name: `MAP(${typeName(key)}, ${typeName(value)})`,
  parts: [key, value],
});
/** ARRAY(T). */
export const arrayOfType = (element: DataType): DataType => ({
  ...ARRAY,
  name: `ARRAY(${typeName(element)})`,
  parts: [element],
});
/** OBJECT(a T, …). */
export const objectOfTypes = (fieldNames: readonly string[], parts: readonly DataType[]): DataType => ({
  ...OBJECT,
  name: `OBJECT(${fieldNames.map((name, i) => `${name} ${typeName(parts[i] ?? NULL)}`).join(', ')})`,
  parts,
  fieldNames,
});
export const vectorType = (name: string, dimension: number): DataType => ({ ...make('vector', 0, 0, dimension), name });
export const INTEGER = fixed(38, 0);

export const isTimestamp = (type: DataType): boolean => type.kind.startsWith('timestamp');
export const isSemi = (type: DataType): boolean =>
  type.kind === 'variant' || type.kind === 'object' || type.kind === 'array';
/** Types whose values are stored and sent, but neither compared nor computed with. */
export const isOpaque = (type: DataType): boolean => ['map', 'vector', 'geography', 'geometry'].includes(type.kind);
export const isNumeric = (type: DataType): boolean => type.kind === 'fixed' || type.kind === 'real';

/** With another scale or the same one. */
export const withScale = (type: DataType, scale: number): DataType => ({ ...type, scale });

/**
 * The DuckDB type that stores it. Timestamps are epoch seconds as DECIMAL(38,9): nanoseconds kept, years 0001–9999 kept,
 * and the text of the value is the wire's text; DuckDB's own TIMESTAMPTZ would drop the offset.
 */
export function storageOf(type: DataType): string {
  switch (type.kind) {
    case 'fixed':
      if (type.scale === 0) return type.precision <= 18 ? 'BIGINT' : 'HUGEINT';
      return `DECIMAL(${type.precision},${type.scale})`;
    case 'real':
      return 'DOUBLE';
    case 'boolean':
      return 'BOOLEAN';
    case 'date':
      return 'DATE';
    case 'time':
      return 'DECIMAL(18,9)';
    case 'timestamp_ntz':
    case 'timestamp_ltz':
      return 'DECIMAL(38,9)';
    case 'timestamp_tz':
      return 'STRUCT(ts DECIMAL(38,9), off INTEGER)';
    case 'binary':
      return 'BLOB';
    case 'variant':
    case 'object':
    case 'array':
    case 'map':
    case 'vector':
    case 'geography':
    case 'geometry':
      return 'JSON';
    case 'text':
    case 'null':
      return 'VARCHAR';
  }
}

/** The text of a NUMBER. DuckDB leaves out the 0 before the point where a type has no digit for it: NUMBER(2,2). */
export function fixedText(sql: string, { precision, scale }: DataType): string {
  const wide =
    scale > 0 && scale === precision ? `CAST(${sql} AS DECIMAL(${Math.min(38, precision + 1)},${scale}))` : sql;
  return `CAST(${wide} AS VARCHAR)`;
}

/** The double next to a NUMBER. Of more digits than a double has, DuckDB's own cast is only near it. */
export function fixedReal(sql: string, type: DataType): string {
  return `CAST(${type.precision > 15 ? fixedText(sql, type) : sql} AS DOUBLE)`;
}

/** As Snowflake writes the type in messages and DESCRIBE: `NUMBER(38,0)`, `TIMESTAMP_NTZ(9)`. */
export function typeName(type: DataType): string {
  switch (type.kind) {
    case 'fixed':
      return `NUMBER(${type.precision},${type.scale})`;
    case 'real':
      return 'FLOAT';
    case 'text':
    case 'null':
      return `VARCHAR(${type.kind === 'null' ? MAX_TEXT : type.length})`;
    case 'binary':
      return `BINARY(${type.length})`;
    case 'time':
    case 'timestamp_ntz':
    case 'timestamp_ltz':
    case 'timestamp_tz':
      return `${type.kind.toUpperCase()}(${type.scale})`;
    default:
      return type.name ?? type.kind.toUpperCase();
  }
}

/** The `rowtype` entry of a result column. */
export function rowTypeOf(
  name: string,
  type: DataType,
  nullable = true,
  origin = { database: '', schema: '', table: '' },
): RowType {
  const none = { precision: null, scale: null, length: null, byteLength: null };
  const shape = ((): Partial<RowType> => {
    switch (type.kind) {
      case 'fixed':
        return { precision: type.precision, scale: type.scale };
      case 'text':
        return { length: type.length, byteLength: Math.min(MAX_TEXT, type.length * 4) };
      case 'null':
        return { length: 0, byteLength: 0 };
      case 'binary':
        return { length: type.length, byteLength: type.length };
      case 'time':
      case 'timestamp_ntz':
      case 'timestamp_ltz':
      case 'timestamp_tz':
        return { precision: 0, scale: type.scale };
      default:
        return {};
    }
  })();
  return {
    name,
    ...origin,
    nullable,
    type: type.kind === 'null' ? 'text' : type.kind,
    ...none,
    ...shape,
    ...(type.parts === undefined
      ? {}
      : { fields: type.parts.map((part, i) => rowTypeOf(type.fieldNames?.[i] ?? '', part)) }),
    collation: (type.collation ?? '') === '' ? null : (type.collation ?? null),
  };
}

import type { Column } from '../../source/source.js';
import type { RowFieldType } from '../row-mapper.js';
import type { DecodeOptions } from './decoder.js';

/** Digits that every double holds (IEEE 754). */
export const SAFE_DIGITS = 15;

/** The TypeScript type of what a column's values become, but for null: the types beside the code of `createDecoder`. */
export function valueType({ type, precision }: Column, { numbers, booleans, zeroOne }: DecodeOptions): RowFieldType {
  const boolean = booleans === 'string' ? "'true' | 'false'" : 'boolean';
  switch (type) {
    case 'fixed':
    case 'decfloat':
      if (zeroOne) return boolean;
      if (numbers === 'string') return 'string';
      return type === 'fixed' && precision !== undefined && precision <= SAFE_DIGITS ? 'number' : 'number | string';
    case 'real':
      if (zeroOne) return boolean;
      return numbers === 'string' ? 'string' : 'number';
    case 'boolean':
      return boolean;
    case 'text':
    case 'date':
    case 'time':
    case 'timestamp_ntz':
    case 'timestamp_ltz':
    case 'timestamp_tz':
    case 'binary':
      return 'string';
    case 'object':
    case 'map':
    case 'geography':
    case 'geometry':
      return 'JsonObject';
    case 'array':
      return 'readonly JsonValue[]';
    case 'vector':
      // As in all JSON, what a double does not hold is text, and NaN is null.
      return 'readonly (number | string | null)[]';
    case 'variant':
    case 'native':
      return 'JsonValue';
  }
}

/** Whether a value may become null: NULL itself, JSON's null, and a FLOAT that JSON does not have. */
export function mayBecomeNull({ type, nullable }: Column, { zeroOne }: DecodeOptions): boolean {
  return nullable || type === 'variant' || type === 'native' || (type === 'real' && !zeroOne);
}

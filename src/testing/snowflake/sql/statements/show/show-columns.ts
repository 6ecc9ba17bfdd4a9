import { type DataType, INTEGER, LTZ, TEXT } from '../../types/data-type.js';

/** Names and types of a SHOW result. */
export type Columns = (readonly [string, DataType])[];

/** Columns from their names: the few that are not text are known by name. */
export const columns = (list: string): Columns =>
  list
    .split(' ')
    .map((name) => [
      name,
      name === 'created_on' || name === 'expires_at' ? LTZ : name === 'rows' || name === 'bytes' ? INTEGER : TEXT,
    ]);

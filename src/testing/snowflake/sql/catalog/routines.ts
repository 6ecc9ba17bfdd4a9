import type { DataType } from '../types/data-type.js';

interface SchemaObject {
  readonly database: string;
  readonly schema: string;
  readonly name: string;
  /** Unix seconds. */
  readonly createdOn: number;
  readonly owner: string;
  readonly comment: string;
}

/** A sequence. */
export interface Sequence extends SchemaObject {
  /** The sequence of DuckDB. */
  readonly physical: string;
  readonly start: number;
  readonly step: number;
  readonly ordered: boolean;
}

/** An argument of a function, or a column of what it returns. */
export interface NamedType {
  readonly name: string;
  readonly type: DataType;
}

/** A function in SQL: its text is compiled into the statement that calls it. */
export interface SqlFunction extends SchemaObject {
  readonly parameters: readonly NamedType[];
  /** A value of this type, or a table of these columns. */
  readonly returns: DataType | readonly NamedType[];
  readonly body: string;
}

import type { BoundQuery } from '../../convert/scope.js';

/** What a statement leaves: a query to store, with Snowflake's number of its type. */
export interface Outcome {
  readonly query: BoundQuery;
  readonly statementTypeId: number;
}

export const SELECT = 4096;
export const INSERT = 12_544;
export const UPDATE = 12_800;
export const DELETE = 13_056;
export const MERGE = 13_312;
export const DDL = 24_576;
export const SESSION = 16_384;
export const SHOW = 20_480;

import type { SessionContext, WireBatch, WireBind } from '../types/sql-engine.js';
import type { CallNode } from '../parse/ast.js';
import type { DataType } from '../types/data-type.js';
import type { DatabaseObject, Objects } from '../catalog/objects.js';
import type { History } from '../catalog/history.js';
import type { QueryLog } from '../catalog/query-log.js';
import type { OwnState } from '../catalog/transaction.js';
import type { Diagnosis } from '../types/diagnosis.js';
import type { ResultColumn, Scope, Typed } from './scope.js';

/** A result kept for RESULT_SCAN. */
export interface StoredResult {
  readonly table: string;
  readonly columns: readonly ResultColumn[];
  readonly user: string;
}

/** One call as a function's compiler sees it. */
export interface Call {
  readonly binder: Binder;
  readonly scope: Scope;
  readonly node: CallNode;
  /** Bound arguments; not touched by functions whose arguments aren't all values. */
  readonly args: readonly Typed[];
  /** The argument, or Snowflake's error that there are too few. */
  readonly arg: (index: number) => Typed;
  /** ` OVER (…)` or nothing. */
  readonly over: string;
}

/** Compiles a call. */
export type FunctionBinder = (call: Call) => Typed;

/** The functions that there are. They call the binder of expressions, which therefore gets them handed in. */
export interface FunctionTable {
  readonly all: ReadonlyMap<string, FunctionBinder>;
  readonly isAggregate: (name: string) => boolean;
  readonly isWindow: (name: string) => boolean;
}

/** What compiling one statement needs to know; made anew for each statement. */
export interface Binder {
  readonly sql: string;
  readonly context: SessionContext;
  readonly functions: FunctionTable;
  readonly objects: Objects;
  readonly history: History;
  readonly queries: QueryLog;
  readonly own: OwnState;
  /** The time of this statement's changes, or its transaction's mark: `sf_from` and `sf_to` of rows. */
  readonly stamp: () => string;
  readonly binds: readonly (WireBind | undefined)[];
  readonly batch: readonly (WireBatch | undefined)[] | undefined;
  /** Variables may be left out. */
  readonly describeOnly: boolean;
  /** A session parameter, or Snowflake's default of it. */
  readonly parameter: (name: string) => string | number | boolean;
  /** Epoch nanoseconds at the statement's start. */
  readonly now: bigint;
  readonly account: string;
  /** Common table expressions in sight, innermost last. */
  readonly ctes: Map<string, { readonly columns: readonly ResultColumn[]; readonly sql: string }>[];
  readonly used: DatabaseObject[];
  readonly results: ReadonlyMap<string, StoredResult>;
  /** A fresh DuckDB alias. */
  readonly alias: () => string;
  /** Throws unless the role may use the object so. */
  readonly authorize: (object: DatabaseObject, privilege: string) => void;
  /** Views see their own database and schema; owner's rights apply inside. */
  readonly inView?: boolean;
  /** How many functions of users stand around. */
  readonly depth?: number;
  /** For explaining a failure of what this statement is compiled to. */
  readonly diagnosis: Diagnosis;
  /** Makes the statement take so long, for SYSTEM$WAIT. */
  readonly wait: (ms: number) => void;
  readonly variables: ReadonlyMap<string, { sql: string; type: DataType; constant: string }>;
}

/** The session's time zone. */
export function timeZone(binder: Binder): string {
  return String(binder.parameter('TIMEZONE'));
}

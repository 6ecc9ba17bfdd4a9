import type { Expr } from '../parse/ast.js';
import type { DataType } from '../types/data-type.js';

/** A bound expression: DuckDB text and the Snowflake type it stands for. */
export interface Typed {
  readonly sql: string;
  readonly type: DataType;
  /** Text of a constant (bind or literal): Snowflake types and converts constants by their value. */
  readonly constant?: string;
  /** As the user wrote it, for messages. */
  readonly shown?: string;
  readonly nullable?: boolean;
}

/** Where a result column comes from. */
export interface Origin {
  readonly database: string;
  readonly schema: string;
  readonly table: string;
}

/** A column that a FROM item offers. */
export interface ScopeColumn {
  readonly name: string;
  readonly type: DataType;
  readonly sql: string;
  readonly nullable: boolean;
  readonly origin?: Origin | undefined;
  /** Joined by USING: only the first of the pair shows in `*`. */
  readonly hidden?: boolean;
}

/** A FROM item. */
export interface Relation {
  readonly alias: string | undefined;
  /** Database, schema and table of a plain table. */
  readonly path: readonly string[];
  readonly columns: readonly ScopeColumn[];
  /** The number of a generator's row, from 0, as DuckDB text. */
  readonly counter?: string;
  /** LEVEL of a hierarchy: has a name, but is no part of `*`. */
  readonly pseudo?: boolean;
}

/** The FROM items of a hierarchy (CONNECT BY) as they are elsewhere on the way to a row. */
export interface Hierarchic {
  /** In the row above. */
  readonly prior: readonly Relation[];
  /** In the first row of all. */
  readonly top: readonly Relation[];
  /** In a row `e` on the way. */
  readonly each: readonly Relation[];
  /** The rows on the way as a list, from the first; undefined inside CONNECT BY itself. */
  readonly path: string | undefined;
}

/** What names mean at a place of the statement. */
export interface Scope {
  readonly relations: Relation[];
  readonly parent: Scope | undefined;
  /** Select-list aliases, used where no column has the name. */
  readonly aliases: Map<string, Expr>;
  /** Aliases being resolved now: an alias may name a column of its own name. */
  readonly resolving: Set<string>;
  hierarchy?: Hierarchic;
}

/** A scope with no relations yet. */
export function newScope(parent?: Scope): Scope {
  return { relations: [], parent, aliases: new Map(), resolving: new Set() };
}

/** A query's result: `sql` gives its columns as o0, o1, …. */
export interface BoundQuery {
  readonly sql: string;
  readonly columns: readonly ResultColumn[];
}

/** A column of a query's result. */
export interface ResultColumn {
  readonly name: string;
  readonly type: DataType;
  readonly nullable: boolean;
  readonly origin?: Origin | undefined;
}

import type { DataType } from '../types/data-type.js';

/** A name as Snowflake resolves it: upper-cased unless quoted. */
export interface Name {
  readonly name: string;
  readonly start: number;
}

interface Node {
  readonly start: number;
  readonly end: number;
}

/** Ordering of a sort key. */
export interface OrderItem {
  readonly expr: Expr;
  readonly desc: boolean;
  /** Undefined: Snowflake's default (NULLs last ascending, first descending). */
  readonly nullsFirst: boolean | undefined;
}

/** `OVER (…)`. */
export interface WindowSpec {
  readonly partitionBy: readonly Expr[];
  readonly orderBy: readonly OrderItem[];
  /** DuckDB and Snowflake write frames alike. */
  readonly frame: string | undefined;
}

/** A call: named arguments have their `=>` name. */
export interface CallNode extends Node {
  readonly kind: 'call';
  readonly name: string;
  readonly args: readonly Expr[];
  readonly named: ReadonlyMap<string, Expr>;
  readonly distinct: boolean;
  readonly star: boolean;
  readonly orderBy: readonly OrderItem[];
  readonly ignoreNulls: boolean;
  readonly over: WindowSpec | undefined;
  /** Database and schema, where the name has them. */
  readonly path?: readonly Name[];
}

/** `x -> …`, `(x INT, y) -> …`: an argument of FILTER, TRANSFORM and REDUCE. */
export interface LambdaNode extends Node {
  readonly kind: 'lambda';
  readonly parameters: readonly { readonly name: string; readonly type: DataType | undefined }[];
  readonly body: Expr;
}

/** One step of `v:a.b[0]`. */
export type PathStep = { readonly key: string } | { readonly index: Expr };

export type Expr =
  | (Node & { readonly kind: 'number'; readonly text: string })
  | (Node & { readonly kind: 'string'; readonly value: string })
  | (Node & { readonly kind: 'null' })
  | (Node & { readonly kind: 'bool'; readonly value: boolean })
  | (Node & { readonly kind: 'param'; readonly index: number })
  | (Node & { readonly kind: 'column'; readonly parts: readonly Name[] })
  | (Node & { readonly kind: 'position'; readonly index: number; readonly table: Name | undefined })
  | (Node & { readonly kind: 'variable'; readonly name: string })
  | (Node & StarSpec & { readonly kind: 'star' })
  | CallNode
  | LambdaNode
  | (Node & { readonly kind: 'cast'; readonly expr: Expr; readonly type: DataType; readonly lenient: boolean })
  | (Node & { readonly kind: 'path'; readonly base: Expr; readonly steps: readonly PathStep[] })
  | (Node & { readonly kind: 'unary'; readonly op: '-' | '+' | 'NOT'; readonly expr: Expr })
  | (Node & { readonly kind: 'binary'; readonly op: string; readonly left: Expr; readonly right: Expr })
  | (Node & {
      readonly kind: 'between';
      readonly expr: Expr;
      readonly low: Expr;
      readonly high: Expr;
      readonly not: boolean;
    })
  | (Node & { readonly kind: 'in'; readonly expr: Expr; readonly list: readonly Expr[] | Query; readonly not: boolean })
  | (Node & LikeSpec & { readonly kind: 'like' })
  | (Node & {
      readonly kind: 'is';
      readonly expr: Expr;
      readonly what: 'NULL' | 'TRUE' | 'FALSE';
      readonly not: boolean;
    })
  | (Node & {
      readonly kind: 'case';
      readonly operand: Expr | undefined;
      readonly whens: readonly (readonly [Expr, Expr])[];
      readonly other: Expr | undefined;
    })
  | (Node & { readonly kind: 'exists'; readonly query: Query })
  | (Node & { readonly kind: 'subquery'; readonly query: Query })
  | (Node & { readonly kind: 'tuple'; readonly items: readonly Expr[] })
  | (Node & { readonly kind: 'array'; readonly items: readonly Expr[] })
  | (Node & { readonly kind: 'object'; readonly entries: readonly (readonly [Expr, Expr])[] })
  | (Node & { readonly kind: 'interval'; readonly text: string })
  | (Node & { readonly kind: 'collate'; readonly expr: Expr; readonly collation: string });

/** `*`, `t.*`, with EXCLUDE, RENAME and ILIKE. */
export interface StarSpec {
  readonly table: readonly Name[];
  readonly exclude: readonly string[];
  readonly rename: ReadonlyMap<string, string>;
  readonly replace: ReadonlyMap<string, Expr>;
  readonly ilike: string | undefined;
}

/** LIKE, ILIKE, RLIKE and their ANY and ALL. */
export interface LikeSpec {
  readonly op: 'LIKE' | 'ILIKE' | 'RLIKE';
  readonly expr: Expr;
  readonly patterns: readonly Expr[];
  readonly quantifier: 'ANY' | 'ALL' | undefined;
  readonly escape: Expr | undefined;
  readonly not: boolean;
}

export interface SelectItem {
  readonly expr: Expr;
  readonly alias: Name | undefined;
}

export interface Cte {
  readonly name: Name;
  readonly columns: readonly Name[];
  readonly query: Query;
}

export interface Query {
  readonly ctes: readonly Cte[];
  readonly recursive: boolean;
  readonly body: QueryBody;
  readonly orderBy: readonly OrderItem[] | 'ALL';
  readonly limit: Expr | undefined;
  readonly offset: Expr | undefined;
}

export type QueryBody =
  | Select
  | { readonly kind: 'setop'; readonly op: string; readonly left: QueryBody; readonly right: QueryBody }
  | { readonly kind: 'nested'; readonly query: Query }
  | { readonly kind: 'values'; readonly rows: readonly (readonly Expr[])[] };

export interface Select {
  readonly kind: 'select';
  readonly distinct: boolean;
  readonly top: Expr | undefined;
  readonly items: readonly SelectItem[];
  readonly from: readonly TableRef[];
  readonly hierarchy: Hierarchy | undefined;
  readonly where: Expr | undefined;
  readonly groupBy: GroupBy | undefined;
  readonly having: Expr | undefined;
  readonly qualify: Expr | undefined;
}

/** `START WITH … CONNECT BY …`. */
export interface Hierarchy {
  readonly start: Expr | undefined;
  /** All of them have to hold. */
  readonly connect: readonly Expr[];
}

export type GroupBy = { readonly kind: 'all' } | { readonly kind: 'list'; readonly items: readonly GroupItem[] };
export type GroupItem =
  | { readonly kind: 'expr'; readonly expr: Expr }
  | {
      readonly kind: 'set';
      readonly word: 'ROLLUP' | 'CUBE' | 'GROUPING SETS';
      readonly sets: readonly (readonly Expr[])[];
    };

export interface Alias {
  readonly name: Name | undefined;
  readonly columns: readonly Name[];
}

/** `AT (OFFSET => -60)` and the like. */
export interface TimePoint {
  readonly word: 'AT' | 'BEFORE';
  readonly by: 'TIMESTAMP' | 'OFFSET' | 'STATEMENT';
  readonly value: Expr;
}

/** SAMPLE: as DuckDB writes it, or by a seed. */
export type Sample = { readonly clause: string } | { readonly percent: string; readonly seed: string };

export type TableRef =
  | {
      readonly kind: 'table';
      readonly name: readonly Name[];
      readonly alias: Alias;
      readonly sample: Sample | undefined;
      readonly time?: TimePoint | undefined;
    }
  | {
      readonly kind: 'query';
      readonly query: Query;
      readonly alias: Alias;
      readonly lateral: boolean;
      readonly sample?: Sample | undefined;
    }
  | { readonly kind: 'function'; readonly call: CallNode; readonly alias: Alias }
  | {
      readonly kind: 'join';
      readonly join: string;
      readonly left: TableRef;
      readonly right: TableRef;
      readonly on: Expr | undefined;
      readonly using: readonly Name[];
      readonly match: Expr | undefined;
    }
  | {
      readonly kind: 'pivot';
      readonly source: TableRef;
      readonly aggregate: CallNode;
      readonly column: Name;
      readonly values: readonly SelectItem[];
      readonly alias: Alias;
    }
  | {
      readonly kind: 'unpivot';
      readonly source: TableRef;
      readonly value: Name;
      readonly label: Name;
      readonly columns: readonly Name[];
      readonly alias: Alias;
      readonly includeNulls: boolean;
    };

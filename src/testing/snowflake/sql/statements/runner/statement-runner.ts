import type { CatalogStore } from '../../catalog/catalog-store.js';
import type { Binder } from '../../convert/binder.js';
import type { Connection } from '../../catalog/database.js';
import { TEXT } from '../../types/data-type.js';
import { literalRows } from '../../convert/literal-rows.js';
import { DDL, type Outcome } from './outcome.js';
import type { TokenCursor } from '../../parse/token-cursor.js';

/** What a statement may work with. */
export interface Runner {
  readonly binder: Binder;
  readonly cursor: TokenCursor;
  readonly connection: Connection;
  readonly catalog: CatalogStore;
  readonly describeOnly: boolean;
  /** The session's variables, for SET. */
  readonly variables: Map<string, Binder['variables'] extends ReadonlyMap<string, infer V> ? V : never>;
  /** Runs SQL of DuckDB and gives its first cell. */
  readonly single: (sql: string) => Promise<string | null>;
  /** Writes names and types down, where the database is a file. */
  readonly persist: () => Promise<void>;
}

/** A one-row, one-column result like `Table T successfully created.`. */
export function status(message: string, statementTypeId = DDL): Outcome {
  return { query: literalRows([['status', TEXT]], [[message]]), statementTypeId };
}

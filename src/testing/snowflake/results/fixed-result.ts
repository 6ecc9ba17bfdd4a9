import type { RowType, SqlResult } from '../sql/types/sql-engine.js';

/** A small result that stands in memory. */
export function fixedResult(content: {
  readonly queryId: string;
  readonly columns: readonly { readonly name: string; readonly type: 'text' | 'fixed' }[];
  readonly rows: readonly (readonly (string | null)[])[];
  readonly statementTypeId: number;
}): SqlResult {
  const { queryId, columns, rows, statementTypeId } = content;
  return {
    queryId,
    statementTypeId,
    columns: columns.map(({ name, type }) => fixedColumn(name, type)),
    rowCount: rows.length,
    rows: async (from, to) => JSON.stringify(rows.slice(from, to)).slice(1, -1),
    release: async () => undefined,
  };
}

function fixedColumn(name: string, type: 'text' | 'fixed'): RowType {
  const isText = type === 'text';
  return {
    name,
    type,
    database: '',
    schema: '',
    table: '',
    nullable: false,
    length: isText ? 16_777_216 : null,
    byteLength: isText ? 16_777_216 : null,
    precision: isText ? null : 38,
    scale: isText ? null : 0,
    collation: null,
  };
}

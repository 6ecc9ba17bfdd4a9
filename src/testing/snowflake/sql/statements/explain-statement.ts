import { bindQuery } from '../bind/bind-query.js';
import { type Cell, literalRows } from '../convert/literal-rows.js';
import { parseQuery, startsQuery } from '../parse/parse-query.js';
import { type DataType, INTEGER, TEXT } from '../types/data-type.js';
import { unsupported } from '../types/sql-errors.js';
import { finish } from './runner/finish.js';
import { type Outcome, SHOW } from './runner/outcome.js';
import type { Runner } from './runner/statement-runner.js';

const COLUMNS: readonly (readonly [string, DataType])[] = [
  ['step', INTEGER],
  ['id', INTEGER],
  ['parentOperators', TEXT],
  ['operation', TEXT],
  ['objects', TEXT],
  ['alias', TEXT],
  ['expressions', TEXT],
  ['partitionsTotal', INTEGER],
  ['partitionsAssigned', INTEGER],
  ['bytesAssigned', INTEGER],
];

/**
 * EXPLAIN [USING TABULAR] of a query ("EXPLAIN"): compiles it, and names the tables that it reads. Snowflake's own plan
 * has more steps, which nobody can know here.
 */
export function explainStatement({ binder, cursor }: Runner): Outcome {
  cursor.next();
  if (cursor.takeWords('USING') && !cursor.takeWords('TABULAR'))
    throw unsupported(`EXPLAIN USING ${cursor.peek().value}`);
  if (!startsQuery(cursor)) throw unsupported(`EXPLAIN ${cursor.peek().value}`);
  const query = bindQuery(binder, parseQuery(cursor));
  finish(cursor);
  const list = query.columns.map(({ name }) => name).join(', ');
  const tables = [...new Set(binder.used)].filter(({ kind }) => kind === 'TABLE');
  const rows: Cell[][] = [
    [null, null, null, 'GlobalStats', null, null, null, tables.length, tables.length, 0],
    [1, 0, null, 'Result', null, null, list, null, null, null],
    ...tables.map(({ database, schema, name, columns }, i): Cell[] => {
      const scanned = columns.map((column) => column.name).join(', ');
      return [1, i + 1, '[0]', 'TableScan', `${database}.${schema}.${name}`, null, scanned, 1, 1, 0];
    }),
  ];
  return { query: literalRows(COLUMNS, rows), statementTypeId: SHOW };
}

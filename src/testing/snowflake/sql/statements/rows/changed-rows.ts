import type { Binder } from '../../convert/binder.js';
import type { Connection } from '../../catalog/database.js';
import { FOREVER, visible } from '../../catalog/history.js';
import type { DatabaseObject, TableColumn } from '../../catalog/objects.js';

/** Where a statement puts the rows that it is going to change: `r` is the row's place in the table. */
export const PLAN = 'sf_plan';

/** A table as the statement sees it, each row with its place (`sf_place`). */
export function currentRows(binder: Binder, table: DatabaseObject): string {
  return `(SELECT rowid AS sf_place, * FROM ${table.physical} WHERE ${visible(binder.own.transaction)})`;
}

/** Fixes what is to be changed, once: conditions may be random, and the rows are needed more than once. */
export async function plan(connection: Connection, query: string): Promise<void> {
  await connection.run(`CREATE TEMP TABLE ${PLAN} AS ${query}`);
}

export const forgetPlan = (connection: Connection): Promise<void> => connection.run(`DROP TABLE ${PLAN}`);

/** Adds rows: `source` gives the columns' values in the table's order. */
export function insertSql(binder: Binder, table: DatabaseObject, source: string): string {
  const names = [...table.columns.map(({ physical }) => physical), 'sf_from', 'sf_to'].join(', ');
  return `INSERT INTO ${table.physical} (${names}) SELECT *, ${binder.stamp()}, ${FOREVER} FROM (${source})`;
}

/** Ends the rows in whose place one of `places` is. What the transaction itself has made was never there for others. */
async function endRows(binder: Binder, connection: Connection, physical: string, where: string): Promise<void> {
  const stamp = binder.stamp();
  if (binder.own.transaction !== undefined)
    await connection.run(`DELETE FROM ${physical} WHERE sf_from = ${stamp} AND ${where}`);
  await connection.run(`UPDATE ${physical} SET sf_to = ${stamp} WHERE ${where}`);
}

/** Removes the planned rows that fit `condition`. */
export async function removePlanned(
  binder: Binder,
  connection: Connection,
  table: DatabaseObject,
  condition = 'true',
): Promise<void> {
  const places = `rowid IN (SELECT r FROM ${PLAN} WHERE r IS NOT NULL AND ${condition})`;
  await endRows(binder, connection, table.physical, places);
}

/** Removes all rows. */
export async function removeAll(binder: Binder, connection: Connection, table: DatabaseObject): Promise<void> {
  await endRows(binder, connection, table.physical, visible(binder.own.transaction));
}

/** Puts new versions of the planned rows that fit `condition` into the place of the old ones. */
export async function replacePlanned(
  binder: Binder,
  connection: Connection,
  table: DatabaseObject,
  condition = 'true',
): Promise<void> {
  const names = table.columns.map(({ physical }) => physical);
  // The row stays who it is (METADATA$ROW_ID), whatever becomes of it.
  const fresh = `${PLAN}_fresh`;
  await connection.run(
    `CREATE TEMP TABLE ${fresh} AS SELECT DISTINCT ON (r) ${[...names, 'sf_row'].join(', ')} FROM ${PLAN} WHERE r IS NOT NULL AND ${condition}`,
  );
  await removePlanned(binder, connection, table, condition);
  await connection.run(
    `INSERT INTO ${table.physical} (${[...names, 'sf_row', 'sf_from', 'sf_to'].join(', ')}) SELECT *, ${binder.stamp()}, ${FOREVER} FROM ${fresh}`,
  );
  await connection.run(`DROP TABLE ${fresh}`);
}

/** The values of a row after an assignment: those of other columns stay. */
export function assigned(
  table: DatabaseObject,
  label: string,
  value: (column: TableColumn) => string | undefined,
): string {
  return table.columns
    .map((column) => `${value(column) ?? `${label}.${column.physical}`} AS ${column.physical}`)
    .join(', ');
}

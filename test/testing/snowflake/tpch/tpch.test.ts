import { DuckDBInstance, type DuckDBConnection } from '@duckdb/node-api';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { SqlSession } from '../sql/sql-session.js';
import { tpchTables, type Table } from './data.js';
import { QUERIES } from './queries.js';

let session: SqlSession;
let duckdb: DuckDBConnection;

beforeAll(async () => {
  session = await SqlSession.open();
  duckdb = await (await DuckDBInstance.create(':memory:', { threads: '2' })).connect();
  for (const table of tpchTables()) {
    await session.run(
      `CREATE TABLE ${table.name} (${table.columns.map(([name, type]) => `${name} ${type}`).join(', ')})`,
    );
    await duckdb.run(
      `CREATE TABLE ${table.name} (${table.columns.map(([name, type]) => `${name} ${type}`).join(', ')})`,
    );
    for (let at = 0; at < table.rows.length; at += 150) {
      const rows = table.rows.slice(at, at + 150);
      await duckdb.run(
        `INSERT INTO ${table.name} VALUES ${rows.map((row) => `(${row.map((value) => `'${value}'`).join(', ')})`).join(', ')}`,
      );
      await session.run(insertAsJson(table, rows));
    }
  }
});
afterAll(async () => {
  duckdb.closeSync();
  await session.engine.close();
});

/** Through PARSE_JSON, FLATTEN and casts of a VARIANT: what they did wrong, the queries would show. */
function insertAsJson({ name, columns }: Table, rows: Table['rows']): string {
  const items = columns.map(([, type], i) => `F.VALUE[${i}]::${type}`);
  return `INSERT INTO ${name} SELECT ${items.join(', ')} FROM TABLE(FLATTEN(PARSE_JSON('${JSON.stringify(rows)}'))) F`;
}

/** The same query in DuckDB's words. */
function inDuckDb(sql: string): string {
  return sql
    .replaceAll(/DATEADD\((\w+), (-?\d+), '([-\d]+)'::DATE\)/g, `CAST(DATE '$3' + INTERVAL ($2) $1 AS DATE)`)
    .replaceAll(/IFF\(([^,]*), 1, 0\)/g, 'CASE WHEN $1 THEN 1 ELSE 0 END');
}

const numeric = /^-?\d+(\.\d+)?(e[-+]?\d+)?$/i;

/** Quotients have six digits or twelve in Snowflake, and are doubles in DuckDB. */
function same(a: string | null, b: string | null): boolean {
  if (a === b) return true;
  if (a === null || b === null || !numeric.test(a) || !numeric.test(b)) return false;
  return Math.abs(Number(a) - Number(b)) <= 1e-6 + Math.abs(Number(a)) * 1e-12;
}

it.each(QUERIES.map((sql, i) => [i + 1, sql] as const))('query %i of TPC-H gives what DuckDB gives', async (_, sql) => {
  const found = await session.run(sql);
  const wanted = (await duckdb.runAndReadAll(inDuckDb(sql))).getRows();
  expect(found.rows.length).toBe(wanted.length);
  expect(found.rows.length).toBeGreaterThan(0);
  for (const [at, row] of found.rows.entries()) {
    const texts = row.map((value, i) =>
      value !== null && found.columns[i]?.type === 'date'
        ? new Date(Number(value) * 86_400_000).toISOString().slice(0, 10)
        : value,
    );
    const others = (wanted[at] ?? []).map((value) => (value === null ? null : String(value)));
    expect(
      texts.filter((text, i) => !same(text, others[i] ?? null)),
      `row ${at}: ${texts.join(', ')} and ${others.join(', ')}`,
    ).toEqual([]);
    expect(texts).not.toContain(null);
  }
});

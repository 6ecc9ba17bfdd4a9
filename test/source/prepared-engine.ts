import { setTimeout as sleep } from 'node:timers/promises';
import { snowflakeTypes } from '../../src/testing/contracts/source/snowflake-types.js';
import { SnowflakeSqlError, type RowType, type SqlEngine } from '../../src/testing/snowflake/sql/types/sql-engine.js';
import { QueryLog } from '../../src/testing/snowflake/sql/catalog/query-log.js';

function column(name: string, type: string): RowType {
  const temporal = type.startsWith('time');
  return {
    name,
    type,
    database: '',
    schema: '',
    table: '',
    nullable: true,
    length: null,
    byteLength: null,
    precision: type === 'fixed' ? 38 : null,
    scale: temporal ? 9 : type === 'fixed' ? 0 : null,
    collation: null,
  };
}

/** Behind the real protocol, an engine that knows the statements of these tests: large results without a database. */
export function preparedEngine(): SqlEngine {
  return {
    catalog: {
      users: new Map(),
      roles: new Map([['ACCOUNTADMIN', new Set()]]),
      warehouses: new Set(),
      accountObjects: new Map(),
      accountParameters: new Map(),
    },
    queries: new QueryLog(),
    endSession: async () => undefined,
    close: async () => undefined,
    execute: async (context, { sql, queryId, signal, binds }) => {
      const answer = (columns: RowType[], rowCount: number, row: (index: number) => (string | null)[]) => ({
        queryId,
        columns,
        rowCount,
        statementTypeId: 4096,
        rows: async (from: number, to: number) =>
          Array.from({ length: to - from }, (_, index) => JSON.stringify(row(from + index))).join(','),
        release: async () => undefined,
      });
      const use = /^USE (\w+) "?(\w+)"?/.exec(sql);
      if (use?.[1] !== undefined) context[use[1].toLowerCase() as 'warehouse'] = use[2];
      for (const [, name = '', value = ''] of sql.startsWith('ALTER SESSION')
        ? sql.matchAll(/(\w+) = '?([^' ]+)'?/g)
        : []) {
        context.parameters.set(name, value);
      }
      if (sql.includes('SYSTEM$WAIT')) await sleep(10_000, undefined, { signal }).catch(() => undefined);
      signal.throwIfAborted();
      const failure = /^SELECT FAIL_(\d{6})_(\w{5}) (.*)/s.exec(sql);
      if (failure !== null) throw new SnowflakeSqlError(failure[1]!, failure[2]!, failure[3]!);
      if (sql.includes('NO_SUCH_COLUMN')) {
        throw new SnowflakeSqlError(
          '000904',
          '42000',
          "SQL compilation error: error line 2 at position 2\ninvalid identifier 'NO_SUCH_COLUMN'",
          { line: 2, pos: 2 },
        );
      }
      const count = /ROWCOUNT *=> *(\d+)/.exec(sql)?.[1];
      if (count !== undefined) {
        return answer([column('N', 'fixed'), column('T', 'text')], Number(count), (index) => [
          String(index),
          `row ${index}`,
        ]);
      }
      if (sql === snowflakeTypes.statement.sql) {
        return answer(
          snowflakeTypes.columns.map(({ name, type }) => column(name, type)),
          1,
          () => snowflakeTypes.columns.map(({ value }) => value as string | null),
        );
      }
      if (sql.includes('ODD_BOOLEAN')) {
        return answer([column('N', 'fixed'), column('B', 'boolean')], 500, (index) => [
          String(index),
          index === 400 ? 'perhaps' : '1',
        ]);
      }
      if (sql.includes('WHERE 1 = 0')) return answer([column('N', 'fixed')], 0, () => []);
      if (sql.includes('CURRENT_TIMESTAMP')) {
        return answer([column('CURRENT_TIMESTAMP()', 'timestamp_ltz')], 1, () => [`${Date.now() / 1000}`]);
      }
      if (sql.includes('IFF(?')) {
        const [a, b, c, d, e] = binds.map((bind) => bind?.value);
        const row = [a ?? null, b ?? null, String(Number(c) * 2), d === 'true' ? 'yes' : 'no', e ?? null];
        return answer(
          row.map((_, index) => column(`C${index}`, 'text')),
          1,
          () => row,
        );
      }
      if (sql.includes('AS "userId"') && context.parameters.get('UPPER') !== undefined) {
        return answer([column('USERID', 'text')], 1, () => ['1']);
      }
      return answer([column('C1', 'text')], 1, () => ['1']);
    },
  };
}

import assert from 'node:assert/strict';
import { isSnowmeltError } from '../../errors.js';
import { rowHash } from '../../source/result-hash.js';
import type { ReadOptions, ResultRef, ResultSet, Source, Statement } from '../../source/source.js';
import type { ContractRunner } from './contract-runner.js';
import { snowflakeTypes, type ExpectedColumn } from './snowflake-types.js';

/** What a source can do beyond the interface, so that it is tested too. */
export interface SourceCapabilities {
  /** Another source of the same user, as another process would make it. */
  readonly another?: (() => Promise<Source> | Source) | undefined;
  /** Makes the stored result of a query disappear. */
  readonly expire?: ((queryId: string) => Promise<void> | void) | undefined;
  /** Makes the stored result of a query come in another order. */
  readonly reorder?: ((queryId: string) => Promise<void> | void) | undefined;
  /** A statement that takes at least ten seconds, and how many statements are running on the server. */
  readonly slow?:
    | {
        readonly statement: Statement;
        /** Statements running on the server now. */
        readonly running: () => Promise<number> | number;
      }
    | undefined;
}

/** A source under test. */
export interface SourceUnderTest {
  readonly source: Source;
  readonly capabilities?: SourceCapabilities | undefined;
  /** Removes what the test left. */
  readonly cleanup?: (() => Promise<void>) | undefined;
}

/** Options of {@link testSource}. */
export interface TestSourceOptions extends ContractRunner {
  /** Shown in the names of the tests. */
  readonly name: string;
  /** Makes a source; called once per test. */
  readonly create: () => Promise<SourceUnderTest> | SourceUnderTest;
  /** A statement whose rows have one column that counts from 0. @default Snowflake's GENERATOR */
  readonly counting?: ((rowCount: number) => Statement) | undefined;
  /**
   * A statement with one row and what its columns are; `false` leaves the test out. @default every type of Snowflake
   */
  readonly types?: { readonly statement: Statement; readonly columns: readonly ExpectedColumn[] } | false | undefined;
  /** A statement that is refused. @default a query of a column that isn't there */
  readonly refused?: Statement | undefined;
  /** Rows of the largest result read. @default 5000 */
  readonly rows?: number | undefined;
}

const countingInSnowflake = (rowCount: number): Statement => ({
  sql: `SELECT ROW_NUMBER() OVER (ORDER BY NULL) - 1 AS N FROM TABLE(GENERATOR(ROWCOUNT => ${rowCount})) ORDER BY N`,
  binds: [],
});

const asIs = (value: unknown): unknown => value;

const EMPTY: Statement = { sql: "SELECT 1 AS N, 'x' AS T WHERE 1 = 0", binds: [] };

async function read(result: ResultSet, options?: ReadOptions): Promise<number[]> {
  const numbers: number[] = [];
  const from = options?.from ?? 0;
  for await (const { firstRow, rows } of result.read(options)) {
    assert.equal(firstRow, from + numbers.length, 'firstRow follows the rows before');
    assert.ok(rows.length > 0, 'no batch is empty');
    for (const row of rows) numbers.push(Number(row[0]));
  }
  return numbers;
}

const range = (from: number, to: number): number[] => Array.from({ length: to - from }, (_, index) => from + index);

async function code(action: Promise<unknown>): Promise<string> {
  try {
    await action;
  } catch (error) {
    return isSnowmeltError(error) ? error.code : `not an error of snowmelt: ${String(error)}`;
  }
  return 'no error';
}

async function withCheck(result: ResultSet, row: number): Promise<ResultRef> {
  for await (const { rows } of result.read({ from: row, to: row + 1 })) {
    // A reference lives in a state store, as JSON.
    return JSON.parse(JSON.stringify({ ...result.ref, check: { row, hash: rowHash(rows[0] ?? []) } })) as ResultRef;
  }
  throw new Error(`no row ${row}`);
}

/**
 * The contract of a {@link Source}, as tests: any source that passes it can stand in for any other.
 *
 * @example
 * testSource({ describe, it, name: 'SnowflakeSource', create: () => ({ source: new SnowflakeSource(options) }) });
 */
export function testSource(options: TestSourceOptions): void {
  const { describe, it, name, create, counting = countingInSnowflake, types = snowflakeTypes, rows = 5000 } = options;
  const refused = options.refused ?? { sql: 'SELECT\n  NO_SUCH_COLUMN', binds: [] };
  const check = (title: string, body: (test: SourceUnderTest) => Promise<void>): void => {
    it(title, async () => {
      const test = await create();
      try {
        await body(test);
      } finally {
        await test.source.close();
        await test.cleanup?.();
      }
    });
  };
  const middle = Math.floor(rows / 2);

  describe(`${name} keeps the contract of a source`, () => {
    if (types !== false) {
      check('describes columns and gives values exactly', async ({ source }) => {
        const result = await source.execute(types.statement);
        assert.equal(result.rowCount, 1);
        assert.deepEqual(
          result.columns.map((column) => [column.name, column.type]),
          types.columns.map((column) => [column.name, column.type]),
        );
        for await (const { rows: found } of result.read()) {
          for (const [index, { name: column, value, same = asIs }] of types.columns.entries()) {
            assert.deepEqual(same(found[0]?.[index]), same(value), column);
          }
        }
      });
    }

    check('gives all rows in order, again and again', async ({ source }) => {
      const result = await source.execute(counting(rows));
      assert.equal(result.rowCount, rows);
      assert.equal(result.ref.rowCount, rows);
      assert.deepEqual(await read(result), range(0, rows));
      assert.deepEqual(await read(result), range(0, rows));
    });

    check('gives the rows of a range, and only those', async ({ source }) => {
      const result = await source.execute(counting(rows));
      assert.deepEqual(await read(result, { from: 0, to: 0 }), []);
      assert.deepEqual(await read(result, { from: 0, to: 1 }), [0]);
      assert.deepEqual(await read(result, { from: middle, to: middle + 7 }), range(middle, middle + 7));
      assert.deepEqual(await read(result, { from: rows - 1 }), [rows - 1]);
      assert.deepEqual(await read(result, { from: rows - 3, to: rows + 100 }), range(rows - 3, rows));
      assert.deepEqual(await read(result, { from: rows }), []);
      for (const wrong of [{ from: -1 }, { from: 0.5 }, { from: 5, to: 4 }]) {
        assert.equal(await code(read(result, wrong)), 'CONFIG_INVALID');
      }
    });

    check('can be read by several readers at once', async ({ source }) => {
      const result = await source.execute(counting(rows));
      const parts = await Promise.all([
        read(result),
        read(result, { from: middle }),
        read(result, { from: 10, to: middle }),
      ]);
      assert.deepEqual(parts, [range(0, rows), range(middle, rows), range(10, middle)]);
    });

    check('gives columns and no rows for an empty result', async ({ source }) => {
      const result = await source.execute(options.counting === undefined ? EMPTY : counting(0));
      assert.equal(result.rowCount, 0);
      assert.ok(result.columns.length > 0);
      assert.deepEqual(await read(result), []);
    });

    check('goes on working after a loop was left early', async ({ source }) => {
      const result = await source.execute(counting(rows));
      for await (const batch of result.read()) {
        assert.equal(batch.firstRow, 0);
        break;
      }
      assert.deepEqual(await read(result, { from: 1, to: 3 }), [1, 2]);
    });

    check("rejects with the signal's reason", async ({ source, capabilities }) => {
      const reason = new Error('enough');
      const aborted = AbortSignal.abort(reason);
      await assert.rejects(source.execute(counting(1), { signal: aborted }), reason);
      const result = await source.execute(counting(rows));
      await assert.rejects(read(result, { signal: aborted }), reason);
      const controller = new AbortController();
      await assert.rejects(async () => {
        for await (const batch of result.read({ signal: controller.signal })) {
          if (batch.firstRow >= 0) controller.abort(reason);
        }
      }, reason);
      await assert.rejects(source.reopen(result.ref, { signal: aborted }), reason);
      assert.deepEqual(await read(result, { to: 1 }), [0]);
      if (capabilities?.slow === undefined) return;
      const { statement, running } = capabilities.slow;
      const late = new AbortController();
      const executing = source.execute(statement, { signal: late.signal });
      // It may fail while the test still waits.
      executing.catch(() => undefined);
      await until(async () => (await running()) > 0, 'the statement runs');
      late.abort(reason);
      await assert.rejects(executing, reason);
      await until(async () => (await running()) === 0, 'the statement is cancelled on the server');
    });

    check('opens a result again by its reference, also from another process', async ({ source, capabilities }) => {
      const ref = await withCheck(await source.execute(counting(rows)), middle);
      const again = await source.reopen(ref);
      assert.deepEqual(await read(again, { from: middle }), range(middle, rows));
      assert.equal(again.ref.columnsHash, ref.columnsHash);
      const other = await capabilities?.another?.();
      if (other === undefined) return;
      try {
        assert.deepEqual(await read(await other.reopen(ref), { to: 5 }), range(0, 5));
      } finally {
        await other.close();
      }
    });

    check('refuses a result that is gone or different', async ({ source, capabilities }) => {
      const result = await source.execute(counting(rows));
      const ref = await withCheck(result, 3);
      const wrong: readonly ResultRef[] = [
        { ...ref, queryId: '01b00000-0000-0000-0000-000000000000' },
        { ...ref, rowCount: rows + 1 },
        { ...ref, columnsHash: 'other' },
        { ...ref, check: { row: 4, hash: ref.check?.hash ?? '' } },
        { ...ref, check: { row: rows, hash: ref.check?.hash ?? '' } },
      ];
      for (const each of wrong) assert.equal(await code(source.reopen(each)), 'RESULT_EXPIRED');
      if (capabilities?.reorder !== undefined) {
        await capabilities.reorder(ref.queryId);
        assert.equal(await code(source.reopen(ref)), 'RESULT_EXPIRED');
      }
      if (capabilities?.expire !== undefined) {
        await capabilities.expire(ref.queryId);
        assert.equal(await code(source.reopen(ref)), 'RESULT_EXPIRED');
      }
    });

    if (options.counting === undefined) {
      check('binds text, numbers, booleans and null', async ({ source }) => {
        const binds = ["it's; --", 42, 1.5, true, null];
        const result = await source.execute({
          sql: "SELECT ? AS A, ? + 0 AS B, ? * 2 AS C, IFF(?, 'yes', 'no') AS D, ? AS E",
          binds,
        });
        for await (const { rows: found } of result.read()) {
          const [a, b, c, d, e] = found[0] ?? [];
          assert.deepEqual([a, Number(b), Number(c), d, e], ["it's; --", 42, 3, 'yes', null]);
        }
      });
    }

    check('tells a refused statement by its code', async ({ source }) => {
      await assert.rejects(source.execute(refused), (error) => {
        assert.ok(isSnowmeltError(error));
        assert.equal(error.code, 'SOURCE_SQL');
        assert.ok('retryable' in error && !error.retryable);
        assert.ok(error.hint);
        return true;
      });
      assert.deepEqual(await read(await source.execute(counting(2))), [0, 1]);
    });

    check("tells the server's time", async ({ source }) => {
      const first = await source.now();
      assert.ok(Math.abs(first.getTime() - Date.now()) < 86_400_000);
      assert.ok((await source.now()).getTime() >= first.getTime());
    });

    check('runs statements side by side', async ({ source }) => {
      const results = await Promise.all([3, 2, 1].map((count) => source.execute(counting(count))));
      assert.deepEqual(await Promise.all(results.map((result) => read(result))), [[0, 1, 2], [0, 1], [0]]);
    });

    check('can be closed twice and then refuses work', async ({ source }) => {
      const result = await source.execute(counting(3));
      await source.close();
      await source.close();
      assert.equal(await code(source.execute(counting(1))), 'SOURCE_CLOSED');
      assert.equal(await code(source.reopen(result.ref)), 'SOURCE_CLOSED');
      assert.equal(await code(read(result)), 'SOURCE_CLOSED');
    });
  });
}

async function until(condition: () => Promise<boolean>, what: string): Promise<void> {
  const end = Date.now() + 5000;
  while (!(await condition())) {
    if (Date.now() > end) throw new Error(`waited in vain until ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}

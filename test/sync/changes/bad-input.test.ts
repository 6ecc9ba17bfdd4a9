import { alias, defineMapper, fromAsyncIterable, group, identify, QueryTemplate, SqlApiSource, track } from 'snowmelt';
import type { ExecuteOptions, ResultSet, RowMapper, RunReport, Statement } from 'snowmelt';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { completed, MirrorScene, PEOPLE } from './mirror-scene.js';

let scene: MirrorScene;
beforeAll(async () => {
  scene = await MirrorScene.start();
});
afterAll(() => scene.close());
beforeEach(() => scene.restart());

type Changes = Parameters<MirrorScene['sync']>[0];
interface Wish {
  readonly sql?: string;
  readonly changes?: Changes;
  readonly mapper?: RowMapper<unknown>;
}

function run({ sql = PEOPLE, changes = {}, mapper = identify() }: Wish): Promise<RunReport> {
  const options = { query: new QueryTemplate(sql), mapper };
  return scene.sync(changes, options).run();
}

describe('is told what is wrong, where, and what to type', () => {
  const cases: readonly (Wish & { readonly name: string; readonly problem: string; readonly hint: string })[] = [
    {
      name: 'a key column that is missing',
      changes: { key: ['user_id'] },
      problem: 'no column has that name',
      hint: 'userId, email',
    },
    {
      name: 'the same one twice',
      changes: { key: ['userId', 'USERID'] },
      problem: 'names column userId twice',
      hint: 'once',
    },
    {
      name: 'names that differ by case only',
      sql: 'SELECT ID AS "userId", ID AS "USERID" FROM PEOPLE',
      changes: { key: ['userid'] },
      problem: 'differ from it only by case',
      hint: 'exactly',
    },
    {
      name: 'repeated column names',
      sql: 'SELECT ID AS "userId", EMAIL AS "email", EMAIL AS "email" FROM PEOPLE',
      problem: 'have the same name, email',
      hint: 'AS "email_2"',
    },
    {
      name: 'a column that is named like ours',
      sql: 'SELECT ID AS "userId", EMAIL AS "__SNOWMELT_KEY" FROM PEOPLE',
      problem: 'as the column that snowmelt adds',
      hint: 'alias',
    },
    {
      name: 'a key of VARIANT',
      sql: 'SELECT TO_VARIANT(ID) AS "userId" FROM PEOPLE',
      problem: 'VARIANT, which cannot be part of a key',
      hint: '::VARCHAR AS "userId"',
    },
    {
      name: 'a key of FLOAT',
      sql: 'SELECT ID::FLOAT AS "userId" FROM PEOPLE',
      problem: 'FLOAT, which cannot be part of a key',
      hint: 'TO_NUMBER',
    },
    { name: 'SHOW', sql: 'SHOW TABLES', problem: 'cannot stand in FROM', hint: 'SELECT, WITH or VALUES' },
    {
      name: 'mirror by a key without the person',
      sql: 'SELECT ID AS "userId", EMAIL AS "email" FROM PEOPLE',
      changes: { key: ['email'] },
      problem: 'without userId',
      hint: "key: ['userId', 'email']",
    },
    {
      name: 'mirror of persons by a key of person and device',
      changes: { key: ['userId', 'email'] },
      problem: 'with email besides',
      hint: "key: ['userId']",
    },
    {
      name: 'mirror of events by their own id',
      sql: `SELECT 'o' || ID AS "orderId", ID AS "userId", 'Bought' AS "event" FROM PEOPLE`,
      changes: { key: ['orderId'] },
      mapper: track(),
      problem: 'without userId',
      hint: "'userId', 'orderId'",
    },
    {
      name: 'mirror of members by their group',
      sql: `SELECT 'g' || ID AS "groupId", ID AS "userId" FROM PEOPLE`,
      changes: { key: ['groupId'] },
      mapper: group(),
      problem: 'without userId',
      hint: "'userId', 'groupId'",
    },
    {
      name: 'mirror of aliases by one of two ids',
      sql: `SELECT ID AS "userId", 'b' || ID AS "previousId" FROM PEOPLE`,
      mapper: alias(),
      problem: 'without previousId',
      hint: "'previousId', 'userId'",
    },
  ];
  it.each(cases)('$name', async ({ problem, hint, ...wish }) => {
    const report = await run(wish);
    expect(report).toMatchObject({ status: 'failed', error: { code: 'CONFIG_INVALID' } });
    expect(report.error?.message).toContain(problem);
    expect(report.error?.hint).toContain(hint);
    expect(scene.arrived()).toEqual([]);
  });

  it.each([
    ['mirror without removed', () => scene.sync({ removed: undefined }), 'needs `removed`'],
    ['upsert with removed', () => scene.sync({ mode: 'upsert', removed: () => undefined }), 'never called'],
    [
      'mirror with {{last_sync_time}}',
      () => scene.sync({}, { query: new QueryTemplate(`${PEOPLE} WHERE 1 > {{last_sync_time}}`) }),
      'what is not in the window is not gone',
    ],
    [
      'a source without SQL of Snowflake',
      () => scene.sync({}, { source: fromAsyncIterable(async function* () {}, { columns: ['userId'] }) }),
      'needs a source that sorts its rows',
    ],
    ['no key', () => scene.sync({ key: [] }), 'key'],
    ['a share without its sign', () => scene.sync({ maxRemoved: '5' as never }), "such as '5%'"],
  ])('%s', (_name, make, problem) => {
    expect(make).toThrow(
      expect.objectContaining({ code: 'CONFIG_INVALID', message: expect.stringContaining(problem) as string }),
    );
  });

  it('a mapper of the host has the duty itself', async () => {
    const mapper = defineMapper((row) => ({ type: 'identify' as const, userId: String(row['userId'] as number) }));
    await completed(run({ changes: { key: ['userId', 'email'] }, mapper: mapper }));
  });
});

describe('a query', () => {
  it.each([
    ['with its own ORDER BY', `${PEOPLE} ORDER BY EMAIL DESC`],
    ['with CTEs', `WITH p AS (${PEOPLE}) SELECT * FROM p`],
    ['of a UNION', `${PEOPLE} WHERE ID < 50 UNION ALL ${PEOPLE} WHERE ID >= 50`],
    ['with comments and a semicolon', `-- people; all of them\n${PEOPLE} /* ; */ ; -- the end`],
    ['with a text that looks like the end', `SELECT ID AS "userId", 'a;--' AS "email" FROM PEOPLE`],
  ])('%s is compared as any other', async (_name, sql) => {
    expect((await completed(run({ sql }))).changes).toMatchObject({ added: 100 });
    await scene.sql('DELETE FROM PEOPLE WHERE ID < 3');
    expect((await completed(run({ sql }))).changes).toMatchObject({ added: 0, changed: 0, unchanged: 97, removed: 3 });
  });

  it.each([
    ['LIMIT', `${PEOPLE} LIMIT 50`, true],
    ['TOP', 'SELECT TOP 50 ID AS "userId" FROM PEOPLE', true],
    ['FETCH', `${PEOPLE} ORDER BY ID FETCH FIRST 50 ROWS ONLY`, true],
    ['no LIMIT but in a text', `SELECT ID AS "userId", 'LIMIT 5' AS "limit" FROM PEOPLE -- LIMIT 5`, false],
  ])('with %s', async (_name, sql, isWarned) => {
    const { warnings } = await run({ sql });
    expect(warnings.some(({ code }) => code === 'MIRROR_LIMITED')).toBe(isWarned);
    const upsert = await run({ sql, changes: { mode: 'upsert' } });
    expect(upsert.warnings.some(({ code }) => code === 'MIRROR_LIMITED')).toBe(false);
  });
});

describe('other key columns', () => {
  const other = 'SELECT EMAIL AS "userId", ID AS "number" FROM PEOPLE';

  it.each(['seed', 'reset'] as const)('are refused until %s()', async (cure) => {
    await completed(run({}));
    scene.arrived();
    const refused = await run({ sql: other });
    expect(refused).toMatchObject({ status: 'failed', error: { code: 'SNAPSHOT_KEY_CHANGED' } });
    expect(refused.error?.hint).toContain('seed()');
    expect(refused.error?.hint).toContain('reset()');
    expect(scene.arrived()).toEqual([]);
    const sync = scene.sync({}, { query: new QueryTemplate(other) });
    if (cure === 'seed') {
      await completed(sync.seed());
      expect(scene.arrived()).toEqual([]);
    } else await sync.reset();
    expect((await completed(sync.run())).changes).toMatchObject({
      added: cure === 'seed' ? 0 : 100,
      removed: 0,
      held: 0,
    });
    expect(scene.arrived()).toHaveLength(cure === 'seed' ? 0 : 100);
  });

  it('two syncs over one store of snapshots leave each other alone', async () => {
    const one = scene.sync();
    const two = scene.sync({}, { name: 'others', query: new QueryTemplate(`${PEOPLE} WHERE ID < 50`) });
    await completed(one.run());
    await completed(two.run());
    scene.arrived();
    await scene.sql('DELETE FROM PEOPLE WHERE ID < 2');
    for (const sync of [one, two])
      expect((await completed(sync.run())).changes).toMatchObject({ added: 0, changed: 0, removed: 2 });
    expect(scene.arrived()).toHaveLength(4);
    for (const sync of [one, two])
      expect((await completed(sync.run())).changes).toMatchObject({ added: 0, changed: 0, removed: 0 });
  });
});

describe('a result that is not in the order of its keys', () => {
  class Unsorted extends SqlApiSource {
    isUnsorted = true;
    override execute({ sql, binds }: Statement, options?: ExecuteOptions): Promise<ResultSet> {
      const text = this.isUnsorted ? sql.replace('ORDER BY "__SNOWMELT_KEY" NULLS LAST', 'ORDER BY "userId"') : sql;
      return super.execute({ sql: text, binds }, options);
    }
  }

  it('is given up once, and a fault of the configuration twice in a row', async () => {
    const source = scene.source(Unsorted);
    const sync = scene.sync({}, { source });
    expect(await sync.run()).toMatchObject({ status: 'failed', error: { code: 'RESULT_UNSORTED' } });
    expect((await sync.status()).run).toBeUndefined();
    for (const report of [await sync.run(), await sync.run()]) {
      expect(report).toMatchObject({ status: 'failed', error: { code: 'CONFIG_INVALID' } });
      expect(report.error?.message).toContain('not in the order of their keys');
    }
    source.isUnsorted = false;
    await completed(sync.run());
    source.isUnsorted = true;
    expect(await sync.run()).toMatchObject({ status: 'failed', error: { code: 'RESULT_UNSORTED' } });
  });
});

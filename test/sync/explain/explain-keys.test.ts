import { fromAsyncIterable, identify, MemoryStateStore, QueryTemplate, Sync, type SyncOptions } from 'snowmelt';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { ExplainScene } from './explain-scene.js';

let scene: ExplainScene;
beforeAll(async () => {
  scene = await ExplainScene.start();
  await scene.sql(`
    CREATE TABLE TYPED (ID VARCHAR, N NUMBER(38, 0), DEC NUMBER(10, 2), F FLOAT, B BOOLEAN, D DATE, T TIME(9),
      NTZ TIMESTAMP_NTZ(9), LTZ TIMESTAMP_LTZ(9), TZ TIMESTAMP_TZ(9), X BINARY, V VARIANT, O OBJECT);
    INSERT INTO TYPED SELECT 'one', 90071992547409931234, 19.90, 1.5, TRUE, '2024-02-29', '13:37:00.5',
      '2026-01-31 08:00:00.25', '2026-01-31 08:00:00 +0100', '2026-01-31 08:00:00 +0100', TO_BINARY('CAFE', 'HEX'),
      PARSE_JSON('"ada"'), OBJECT_CONSTRUCT('a', 1);
    INSERT INTO TYPED SELECT 'two', 90071992547409931235, 19.91, 1.25, FALSE, '2024-03-01', '13:37:00.25',
      '2026-01-31 08:00:00.5', '2026-01-31 09:00:00 +0100', '2026-01-31 09:00:00 +0100', TO_BINARY('CAFF', 'HEX'),
      PARSE_JSON('"bob"'), OBJECT_CONSTRUCT('a', 2)`);
});
afterAll(async () => scene.close());
beforeEach(async () => scene.restart());

function typed(options: Partial<SyncOptions> = {}): Sync {
  return new Sync({
    name: 'typed',
    source: scene.source(),
    query: new QueryTemplate('SELECT ID AS "userId", * EXCLUDE (ID) FROM TYPED'),
    mapper: identify(),
    sink: { name: 'none', write: (batch) => Promise.resolve({ accepted: batch.length }) },
    state: new MemoryStateStore(),
    ...options,
  });
}

describe('the key of a row', () => {
  it.each([
    ['text', { userId: 'one' }],
    ['a number beyond 2^53 as text', { N: '90071992547409931234' }],
    ['a number beyond 2^53 as a bigint', { N: 90071992547409931234n }],
    ['a number in another writing', { DEC: '+019.900' }],
    ['a number', { DEC: 19.9 }],
    ['a FLOAT', { F: '1.50' }],
    ['a boolean', { B: true }],
    ['a boolean as text', { b: 'TRUE' }],
    ['a date', { D: '2024-02-29' }],
    ['a date as a Date', { D: new Date('2024-02-29T12:00:00Z') }],
    ['a time', { T: '13:37:00.5' }],
    ['a wall clock', { NTZ: '2026-01-31T08:00:00.25' }],
    ['a wall clock as messages show it', { NTZ: '2026-01-31T08:00:00.25Z' }],
    ['a moment', { LTZ: '2026-01-31T07:00:00Z' }],
    ['a moment as a Date', { LTZ: new Date('2026-01-31T07:00:00Z') }],
    ['a moment with an offset', { TZ: '2026-01-31 08:00:00+01:00' }],
    ['bytes', { X: 'cafe' }],
    ['a VARIANT', { V: 'ada' }],
    ['several columns', { userId: 'one', B: true, D: '2024-02-29' }],
  ])('may be %s', async (_what, key) => {
    const { rows } = await typed().explain(key);
    expect(rows.map(({ values }) => values['userId'])).toEqual(['one']);
  });

  it.each([
    [{ nobody: 1 }, /"nobody" names no column/, /userId, N, DEC/],
    [{ N: 2 ** 53 + 2 }, /N is no NUMBER/, /as text/],
    [{ N: 'twelve' }, /N is no NUMBER/, /N=42/],
    [{ B: 'yes' }, /B is no BOOLEAN/, /true/],
    [{ D: '2024-02-30' }, /D is no DATE/, /2026-01-31/],
    [{ D: '31.1.2026' }, /D is no DATE/, /2026-01-31/],
    [{ T: '1pm' }, /T is no TIME/, /08:30:00/],
    [{ T: '25:00:00' }, /T is no TIME/, /08:30:00/],
    [{ T: '10:61' }, /T is no TIME/, /08:30:00/],
    [{ T: '10:00.5' }, /T is no TIME/, /08:30:00/],
    [{ F: '0x10' }, /F is no FLOAT/, /1\.5/],
    [{ LTZ: '2026-01-31T07:00:00' }, /LTZ is no TIMESTAMP_LTZ/, /Z/],
    [{ NTZ: '2026-01-31T07:00:00+01:00' }, /NTZ is no TIMESTAMP_NTZ/, /2026/],
    [{ X: 'xyz' }, /X is no BINARY/, /CAFE/],
    [{ O: '{"a":1}' }, /O has type OBJECT/, /column of text/],
    [{}, /expected columns and values/, /./],
    [{ N: null }, /key\.N|key/, /./],
  ])('%o is refused, and told how to write it', async (key, message, hint) => {
    const error: unknown = await typed()
      .explain(key as never)
      .catch((thrown: unknown) => thrown);
    expect(error).toMatchObject({ code: 'CONFIG_INVALID' });
    expect((error as Error).message).toMatch(message);
    expect((error as { hint?: string }).hint).toMatch(hint);
    expect((error as Error).message).not.toContain('twelve');
  });

  it('lists several rows, at most ten, each with its own reason', async () => {
    const sync = scene.sync();
    await sync.run();
    const five = await sync.explain({ plan: 'pro' });
    expect(five.rows.map(({ code, values }) => [values['userId'], code])).toEqual([
      [1, 'sent'],
      [3, 'filtered'],
      [4, 'rejected'],
    ]);
    expect(five.more).toBe(false);
    await scene.later();
    await scene.sql(`UPDATE PEOPLE SET UPDATED = UPDATED + 3600 + 60 WHERE ID = 1;
      INSERT INTO PEOPLE SELECT 100 + SEQ4(), 'x', 'many', 1 FROM TABLE(GENERATOR(ROWCOUNT => 30))`);
    const mixed = await sync.explain({ plan: 'pro' });
    // Without ORDER BY the rows come in any order.
    expect(Object.fromEntries(mixed.rows.map(({ code, values }) => [values['userId'], code]))).toEqual({
      1: 'outside-window',
      3: 'filtered',
      4: 'rejected',
    });
    const many = await sync.explain({ plan: 'many' });
    expect(many.rows).toHaveLength(10);
    expect(many.more).toBe(true);
    expect(many.rows[0]).toMatchObject({ code: 'outside-window', window: { inNextRun: false, time: undefined } });
    expect(many.notChecked).toContain('By how much the rows lie outside of the window: they are too many.');
    expect(String(many)).toContain('There are more rows with this key');
  });
});

describe('a query that cannot stand in FROM', () => {
  it('is read as it is', async () => {
    const sync = typed({
      query: new QueryTemplate('SHOW TABLES'),
      mapper: identify({ rename: { name: 'userId' } }),
    });
    await sync.run();
    expect(await sync.explain({ name: 'TYPED' })).toMatchObject({
      code: 'should-have-been-sent',
      rows: [{ values: { name: 'TYPED' } }],
    });
    expect(await sync.explain({ name: 'NOTHING' })).toMatchObject({ code: 'not-in-query' });
    await expect(sync.explain({ nobody: 1 })).rejects.toMatchObject({ code: 'CONFIG_INVALID' });
  });

  it('as rows from elsewhere, with a window or without one', async () => {
    let asked: (number | undefined)[] = [];
    const people = [
      { userId: 'old', at: 1_000 },
      { userId: 'new', at: 4_000_000_000 },
    ];
    const iterable = (isWindowed: boolean) =>
      fromAsyncIterable(
        async function* ({ lastSyncTime }) {
          asked.push(lastSyncTime);
          for (const person of people) if (!isWindowed || person.at >= lastSyncTime) yield Promise.resolve(person);
        },
        { columns: ['userId', 'at'] },
      );
    const make = (isWindowed: boolean): Sync =>
      typed({ source: iterable(isWindowed), query: undefined, state: new MemoryStateStore() });
    const windowed = make(true);
    expect(await windowed.explain({ userId: 'old' })).toMatchObject({ code: 'never-ran' });
    await windowed.run();
    expect(await windowed.explain({ userId: 'old' })).toMatchObject({
      code: 'outside-window',
      rows: [{ window: { inNextRun: false } }],
    });
    expect((await windowed.explain({ userId: 'old' })).notChecked[0]).toContain('cannot stand in FROM');
    const whole = make(false);
    await whole.run();
    asked = [];
    expect(await whole.explain({ userId: 'new' })).toMatchObject({
      code: 'should-have-been-sent',
      rows: [{ window: undefined }],
    });
    expect(asked[0]).toBe(0);
  });
});

import { describe, expect, it } from 'vitest';
import { asked } from './asked.js';

const { rows, refusal } =
  asked(`CREATE TABLE STAFF AS SELECT COLUMN1 AS TITLE, COLUMN2 AS ID, COLUMN3 AS BOSS FROM VALUES
  ('President', 1, NULL), ('VP Sales', 10, 1), ('VP Ops', 20, 1), ('Clerk', 100, 10), ('Driver', 200, 20);
  CREATE TABLE RING AS SELECT COLUMN1 AS ID, COLUMN2 AS UP FROM VALUES (1, 2), (2, 1)`);

// "CONNECT BY"
describe('CONNECT BY', () => {
  it('joins rows to those above them', async () => {
    const sql = `SELECT LEVEL, TITLE, PRIOR TITLE AS ABOVE FROM STAFF START WITH TITLE = 'President'
      CONNECT BY BOSS = PRIOR ID ORDER BY ID`;
    expect(await rows(sql)).toBe(
      '[[1,"President",null],[2,"VP Sales","President"],[2,"VP Ops","President"],[3,"Clerk","VP Sales"],[3,"Driver","VP Ops"]]',
    );
  });

  it('tells the way from the root', async () => {
    const sql = `SELECT SYS_CONNECT_BY_PATH(TITLE, ' -> ') AS WAY, CONNECT_BY_ROOT TITLE AS ROOT_TITLE
      FROM STAFF START WITH BOSS = 1 CONNECT BY PRIOR ID = BOSS ORDER BY 1`;
    expect(await rows(sql)).toBe(
      '[[" -> VP Ops","VP Ops"],[" -> VP Ops -> Driver","VP Ops"],[" -> VP Sales","VP Sales"],[" -> VP Sales -> Clerk","VP Sales"]]',
    );
  });

  it('starts with every row where nothing else is said, filters at the end, and groups', async () => {
    expect(await rows('SELECT COUNT(*), MAX(LEVEL) FROM STAFF CONNECT BY BOSS = PRIOR ID')).toBe('[[11,3]]');
    expect(
      await rows(
        'SELECT TITLE FROM STAFF WHERE LEVEL = 2 START WITH BOSS IS NULL CONNECT BY BOSS = PRIOR ID ORDER BY 1',
      ),
    ).toBe('[["VP Ops"],["VP Sales"]]');
    expect(
      await rows(
        'SELECT LEVEL, COUNT(*) FROM STAFF S START WITH S.BOSS IS NULL CONNECT BY S.BOSS = PRIOR S.ID, LEVEL < 3 GROUP BY LEVEL ORDER BY 1',
      ),
    ).toBe('[[1,1],[2,2]]');
  });

  it('keeps LEVEL out of *, and beside joins', async () => {
    expect(await rows('SELECT * FROM STAFF START WITH ID = 10 CONNECT BY BOSS = PRIOR ID ORDER BY ID')).toBe(
      '[["VP Sales",10,1],["Clerk",100,10]]',
    );
    expect(
      await rows(
        'SELECT A.TITLE, B.TITLE AS ABOVE FROM STAFF A JOIN STAFF B ON A.BOSS = B.ID START WITH A.BOSS = 1 CONNECT BY A.BOSS = PRIOR A.ID ORDER BY A.ID',
      ),
    ).toBe('[["VP Sales","President"],["VP Ops","President"],["Clerk","VP Sales"],["Driver","VP Ops"]]');
  });

  it('fails in a circle, and is refused where it can not be exact', async () => {
    expect(await refusal('SELECT ID FROM RING START WITH ID = 1 CONNECT BY ID = PRIOR UP')).toContain('in a circle');
    expect(await refusal('SELECT LEVEL FROM STAFF CONNECT BY LEVEL < 3')).toContain('CONNECT BY without PRIOR');
    expect(await refusal('SELECT PRIOR ID FROM STAFF')).toContain('PRIOR without CONNECT BY');
    expect(await refusal('SELECT ID FROM RING CONNECT BY NOCYCLE ID = PRIOR UP')).toContain('NOCYCLE');
  });
});

import { describe, expect, it } from 'vitest';
import { wrapStatement } from '../../src/query/wrap-statement.js';

const wrapped = (sql: string): string | undefined => wrapStatement('SELECT *', { sql, binds: [1] }, 'LIMIT 0')?.sql;

describe('wrapStatement', () => {
  it.each([
    ['a SELECT', 'SELECT 1'],
    ['a WITH', 'with A as (SELECT 1) SELECT * FROM A'],
    ['VALUES', 'VALUES (1), (2)'],
    ['brackets', ' (\n(SELECT 1)) UNION (SELECT 2)'],
    ['comments before it', '-- SHOW\n/* DESC; */ // CALL\nSELECT 1'],
    ['a comment behind it', 'SELECT 1 -- one'],
    ['comments inside brackets', '(/* SHOW */ -- x\nSELECT 1)'],
    ['the flow operator in a text', `SELECT '->>', "->>", $$->>$$ -- ->>\n/* ->> */ // ->>`],
    ['texts with quotes', `SELECT 'it''s', '\\'->>', 'a' || "b""->>"`],
    ['a name of dollar signs', 'SELECT A$$, B$$ FROM T'],
  ])('stands around %s', (_, sql) => {
    expect(wrapped(sql)).toBe(`SELECT * FROM (${sql}\n) LIMIT 0`);
  });

  it.each([
    ['SHOW', 'SHOW TABLES'],
    ['SHOW in brackets', '(SHOW TABLES)'],
    ['SHOW behind comments', '/* SELECT */ ( -- SELECT\n SHOW TABLES)'],
    ['DESCRIBE', 'DESC TABLE T'],
    ['CALL', 'CALL P()'],
    ['a word that begins like one', 'SELECTED'],
    ['the flow operator', 'SHOW TABLES ->> SELECT * FROM $1'],
    ['the flow operator behind a SELECT', `SELECT '->>' ->> SELECT * FROM $1`],
    ['nothing', '-- SELECT'],
  ])('does not stand around %s', (_, sql) => {
    expect(wrapped(sql)).toBeUndefined();
  });

  it.each([
    ['SELECT 1;', 'SELECT 1 '],
    ['SELECT 1; -- done;', 'SELECT 1  -- done;'],
    ['SELECT 1 ;;\n/* ; */ ', 'SELECT 1   \n/* ; */ '],
    [`SELECT ';'`, `SELECT ';'`],
  ])('leaves out the semicolon behind %j', (sql, inner) => {
    expect(wrapped(sql)).toBe(`SELECT * FROM (${inner}\n) LIMIT 0`);
  });

  it('keeps the binds and ends where nothing follows', () => {
    expect(wrapStatement('SELECT COUNT(*)', { sql: 'SELECT ?', binds: ['x'] }, '')).toEqual({
      sql: 'SELECT COUNT(*) FROM (SELECT ?\n)',
      binds: ['x'],
    });
  });

  it('is done with a long text in no time', () => {
    const text = `'${"a''\\\\".repeat(50_000)}`;
    const start = performance.now();
    expect(wrapped(`SELECT ${text}'`)).toContain('LIMIT 0');
    wrapped(`SELECT ${text}`);
    wrapped(' '.repeat(100_000));
    wrapped('('.repeat(100_000));
    expect(performance.now() - start).toBeLessThan(5000);
  });
});

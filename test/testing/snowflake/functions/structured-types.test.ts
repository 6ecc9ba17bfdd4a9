import { describe, expect, it } from 'vitest';
import { asked } from './asked.js';

const { row, rows, refusal } = asked();

// "Structured data types"; the driver reads the parts by the descriptions that come along
describe('structured types', () => {
  it('come to the driver as values of their parts', async () => {
    const found = await row(
      `SELECT [1, '2']::ARRAY(NUMBER) AS A, ['x', 3]::ARRAY(VARCHAR) AS T,
      {'a': '7', 'b': 'x'}::OBJECT(a NUMBER, "b" VARCHAR) AS O, {'k': '1.5'}::MAP(VARCHAR, FLOAT) AS M`.replace(
        "{'a'",
        "{'A'",
      ),
    );
    expect(found['A']).toEqual([1, 2]);
    expect(found['T']).toEqual(['x', '3']);
    expect(found['O']).toEqual({ A: 7, b: 'x' });
    expect(found['M']).toEqual(new Map([['k', 1.5]]));
  });

  it('are refused where a part or the fields do not fit', async () => {
    expect(await refusal(`SELECT ['x']::ARRAY(NUMBER)`)).toContain('x');
    expect(await refusal(`SELECT {'A': 1, 'C': 2}::OBJECT(a NUMBER, b NUMBER)`)).toContain('OBJECT(A NUMBER');
    expect(await refusal('SELECT [1]::ARRAY(NUMBER NOT NULL)')).toContain('NOT NULL in a structured type');
    expect(await refusal('SELECT 1::DECFLOAT')).toContain('DECFLOAT');
  });

  it('keep what they hold when they are nested and empty', async () => {
    expect(await rows('SELECT [[1], []]::ARRAY(ARRAY(NUMBER)), NULL::ARRAY(NUMBER), []::ARRAY(VARCHAR)')).toBe(
      '[[[[1],[]],null,[]]]',
    );
  });

  // "TO_DECIMAL, TO_NUMBER, TO_NUMERIC"
  it('TO_NUMBER reads hexadecimal digits', async () => {
    expect(
      await rows(
        `SELECT TO_NUMBER('ff', 'XX'), TRY_TO_NUMBER('1FF', 'XX'), TO_NUMBER('FFFFFFFFFFFFFFFF', 'XXXXXXXXXXXXXXXX')::VARCHAR`,
      ),
    ).toBe('[[255,null,"18446744073709551615"]]');
    expect(await refusal(`SELECT TO_NUMBER('xy', 'XX')`)).toContain('XX');
  });
});

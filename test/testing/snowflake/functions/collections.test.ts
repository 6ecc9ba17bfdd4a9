import { describe, expect, it } from 'vitest';
import { asked } from './asked.js';

const { rows, refusal } = asked(
  `CREATE TABLE T AS SELECT 1 AS ID, [1, 2, 3] AS A, 10 AS N UNION ALL SELECT 2, NULL, 20`,
);
const value = async (sql: string): Promise<unknown> => (JSON.parse(await rows(`SELECT ${sql}`)) as unknown[][])[0]?.[0];

// "FILTER", "TRANSFORM", "REDUCE"
describe('a lambda', () => {
  it.each([
    ['FILTER([1, 2, 3, 4], x -> x > 2)', [3, 4]],
    ['FILTER([1, 2, 3, 4], x INT -> x % 2 = 0)', [2, 4]],
    [`FILTER([{'name': 'Pat', 'v': 50}, {'name': 'Terry', 'v': 75}], a -> a:v >= 60)`, [{ name: 'Terry', v: 75 }]],
    ['FILTER([1, NULL, 3], x -> x IS NOT NULL)', [1, 3]],
    ['TRANSFORM([1, 2, 3], a INT -> a * 2)', [2, 4, 6]],
    [`TRANSFORM(['a', 'b'], s -> UPPER(s) || '!')`, ['A!', 'B!']],
    ['TRANSFORM([[1, 2], [3]], a -> ARRAY_SIZE(a))', [2, 1]],
    ['TRANSFORM(FILTER([1, 2, 3], x -> x > 1), x -> x + 1)::VARCHAR', '[3.000000000000000e+00,4.000000000000000e+00]'],
    ['REDUCE([1, 2, 3], 0, (acc, x) -> acc + x::INT)', 6],
    [`REDUCE(['a', 'b'], '', (acc, x) -> acc || x)`, 'ab'],
    ['REDUCE([], 7, (acc, x) -> acc + x::INT)', 7],
    ['REDUCE([3, 9, 4], 0, (m, x) -> GREATEST(m, x::INT))', 9],
    ['FILTER(NULL, x -> x > 2)', null],
    ['REDUCE(NULL::ARRAY, 0, (acc, x) -> acc + x::INT)', null],
  ])('%s', async (sql, expected) => {
    expect(await value(sql)).toEqual(expected);
  });

  it('sees the columns of its row, which its own names hide', async () => {
    expect(await rows('SELECT ID, TRANSFORM(A, x INT -> x + N) FROM T ORDER BY ID')).toBe('[[1,[11,12,13]],[2,null]]');
    expect(await rows('SELECT TRANSFORM(A, n INT -> n + 1) FROM T WHERE ID = 1')).toBe('[[[2,3,4]]]');
    expect(await rows('SELECT TRANSFORM(A, x -> TRANSFORM([1], y INT -> y + x::INT)) FROM T WHERE ID = 1')).toBe(
      '[[[[2],[3],[4]]]]',
    );
  });

  it('is refused with another number of arguments, and where none belongs', async () => {
    expect(await refusal('SELECT FILTER([1], (x, y) -> x > y)')).toContain('FILTER with a lambda of 2 arguments');
    expect(await refusal('SELECT ABS(x -> x)')).toContain('lambda in this place');
  });
});

// "ARRAY_SORT", "ARRAY_FLATTEN", "ARRAY_INSERT", "ARRAY_REMOVE", "ARRAY_EXCEPT", "ARRAY_INTERSECTION", "ARRAY_MIN"
describe('arrays', () => {
  it.each([
    [`ARRAY_SORT([20, PARSE_JSON('null'), 0, NULL, 10])::VARCHAR`, '[0,10,20,null,null]'],
    ['ARRAY_SORT([10, 9, 100])', [9, 10, 100]],
    [`ARRAY_SORT(['b', 'a'], FALSE)`, ['b', 'a']],
    ['ARRAY_SORT([2, NULL, 1], TRUE, TRUE)', [null, 1, 2]],
    ['ARRAY_SORT([2, NULL, 1], FALSE)', [null, 2, 1]],
    ['ARRAY_SORT([2, NULL, 1], FALSE, FALSE)', [2, 1, null]],
    ['ARRAY_SORT([2, 1], NULL)', null],
    ['ARRAY_SORT(NULL)', null],
    ['ARRAY_FLATTEN([[1, 2], [3], []])', [1, 2, 3]],
    ['ARRAY_FLATTEN([[[1], [2]], [[3]]])', [[1], [2], [3]]],
    ['ARRAY_FLATTEN([[1], NULL])', null],
    [`ARRAY_INSERT([0, 1, 2, 3], 2, 'hello')`, [0, 1, 'hello', 2, 3]],
    [`ARRAY_INSERT([0, 1], 4, 'x')`, [0, 1, null, null, 'x']],
    [`ARRAY_INSERT([0, 1, 2], -1, 'x')`, [0, 1, 'x', 2]],
    ['ARRAY_REMOVE([1, 5, 5.0, 2], 5)', [1, 2]],
    ['ARRAY_REMOVE_AT([2, 5, 7], 0)', [5, 7]],
    ['ARRAY_REMOVE_AT([2, 5, 7], -1)', [2, 5]],
    [`ARRAY_EXCEPT(['A', 'B', 'B', 'C'], ['B'])`, ['A', 'B', 'C']],
    [`ARRAY_INTERSECTION(['A', 'B', 'B'], ['B', 'B', 'B'])`, ['B', 'B']],
    ['ARRAY_MIN([20, NULL, 10])', 10],
    ['ARRAY_MAX([20, 100, 3])', 100],
    ['ARRAY_REVERSE([1, 2])', [2, 1]],
    [`ARRAYS_TO_OBJECT(['b', 'a'], [1, 2])`, { a: 2, b: 1 }],
  ])('%s', async (sql, expected) => {
    expect(await value(sql)).toEqual(expected);
  });

  it('fail for what is no array of arrays', async () => {
    expect(await refusal('SELECT ARRAY_FLATTEN([[1], 2])')).toContain('Not an array');
    expect(await refusal('SELECT ARRAY_INSERT([1], -5, 2)')).toContain('ARRAY_INSERT before the first element');
  });
});

// "MAP_CAT", "MAP_CONTAINS_KEY", "MAP_DELETE", "MAP_INSERT", "MAP_KEYS", "MAP_PICK", "MAP_SIZE"
describe('maps', () => {
  const map = (text: string, type = 'VARCHAR, NUMBER'): string => `${text}::MAP(${type})`;
  it.each([
    [`MAP_CAT(${map(`{'a': 1, 'b': 2}`)}, ${map(`{'b': 3}`)})::OBJECT`, { a: 1, b: 3 }],
    [`MAP_CONTAINS_KEY('a', ${map(`{'a': 1}`)})`, true],
    [`MAP_CONTAINS_KEY(2, ${map(`{'1': 'x'}`, 'NUMBER, VARCHAR')})`, false],
    [`MAP_DELETE(${map(`{'a': 1, 'b': 2, 'c': 3}`)}, 'a', 'c')::OBJECT`, { b: 2 }],
    [`MAP_PICK(${map(`{'a': 1, 'b': 2, 'c': 3}`)}, 'a', 'c')::OBJECT`, { a: 1, c: 3 }],
    [`MAP_INSERT(${map(`{'a': 1}`)}, 'b', 2)::OBJECT`, { a: 1, b: 2 }],
    [`MAP_INSERT(${map(`{'a': 1}`)}, 'a', 2, TRUE)::OBJECT`, { a: 2 }],
    [`MAP_KEYS(${map(`{'1': 'x', '2': 'y'}`, 'NUMBER, VARCHAR')})`, [1, 2]],
    [`MAP_SIZE(${map(`{'a': 1, 'b': 2}`)})`, 2],
    [`(${map(`{'a': 1.50}`, 'VARCHAR, NUMBER(5,2)')})['a'] + 1`, 2.5],
    [`(${map(`{'7': 'x'}`, 'NUMBER, VARCHAR')})[7] || '!'`, 'x!'],
  ])('%s', async (sql, expected) => {
    expect(await value(sql)).toEqual(expected);
  });

  it('refuse a key that is there, and what is no map', async () => {
    expect(await refusal(`SELECT MAP_INSERT({'a': 1}::MAP(VARCHAR, NUMBER), 'a', 2)`)).toContain('Duplicate field key');
    expect(await refusal(`SELECT MAP_SIZE({'a': 1})`)).toContain('Invalid argument types');
  });
});

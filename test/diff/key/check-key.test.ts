import { describe, expect, it } from 'vitest';
import { checkKey } from '../../../src/diff/key/check-key.js';
import type { Column, ColumnType } from '../../../src/source/source.js';

const column = (name: string, type: ColumnType = 'text'): Column => ({ name, type, nullable: true });
const columns = [column('userId'), column('EMAIL'), column('Email'), column('ID', 'fixed'), column('a "b"')];

/** What went wrong and what to type. */
function fault(all: readonly Column[], names: readonly string[]): string {
  try {
    checkKey(all, names);
  } catch (error) {
    expect(error).toMatchObject({ name: 'ConfigError', code: 'CONFIG_INVALID' });
    const { message, hint } = error as Error & { hint?: string };
    return `${message} ${hint}`;
  }
  return 'none';
}

describe('the columns of a key', () => {
  it('are found by their exact names, else by the only one that differs by case', () => {
    const { parts } = checkKey(columns, ['id', 'Email', 'USERID', 'a "b"']);
    expect(parts.map(({ name, position }) => [name, position])).toEqual([
      ['id', 3],
      ['Email', 2],
      ['USERID', 0],
      ['a "b"', 4],
    ]);
  });

  it.each([
    [
      'is missing',
      columns,
      ['userid', 'account'],
      /names column account, but no column .* userId, EMAIL, Email, ID.* AS "account"/,
    ],
    ['could be two', columns, ['email'], /several columns differ from it only by case.*Name one exactly/],
    ['is named twice', columns, ['ID', 'id'], /names column ID twice.*once/],
    ['is not given', columns, [], /names no column.*key: \['userId'\]/],
    [
      'has a name that is repeated',
      [...columns, column('ID')],
      ['userId'],
      /columns 4 and 6 .* same name, ID.* AS "ID_2"/,
    ],
    [
      'stands beside one of our name',
      [column('A'), column('__SNOWMELT_KEY')],
      ['A'],
      /column 2 .* __SNOWMELT_KEY.* AS "snowmelt_key"/,
    ],
    ['stands beside our name in another case', [column('A'), column('__snowmelt_key')], ['A'], /another alias/],
    ['has a quote in its name', columns, ['"x"'], /AS """x"""/],
  ])('are refused when one %s', (_, all, names, expected) => {
    expect(fault(all, names)).toMatch(expected);
  });

  it.each<readonly [ColumnType, RegExp]>([
    ['real', /type FLOAT.*TO_NUMBER\(…, 38, 0\) AS "K".*TO_VARCHAR/],
    ['decfloat', /type DECFLOAT.*TO_NUMBER/],
    ['variant', /type VARIANT.*::VARCHAR AS "K"/],
    ['object', /type OBJECT.*\['id'\]::VARCHAR AS "K"/],
    ['array', /type ARRAY.*::VARCHAR AS "K"/],
    ['map', /type MAP.*AS "K"/],
    ['vector', /type VECTOR.*AS "K"/],
    ['geography', /type GEOGRAPHY.*ST_ASWKT\(…\) AS "K"/],
    ['geometry', /type GEOMETRY.*ST_ASWKT\(…\) AS "K"/],
    ['native', /type native.*AS "K"/],
  ])('are refused when one is %s', (type, expected) => {
    expect(fault([column('K', type)], ['k'])).toMatch(expected);
  });

  it('make a form that changes with names, kinds and their order, not with sizes', () => {
    const form = (all: readonly Column[], names: readonly string[]): string => checkKey(all, names).form;
    const first = form(columns, ['userId', 'ID']);
    expect(form([...columns].reverse(), ['USERID', 'id'])).toBe(first);
    expect(form([column('userId'), { ...column('ID', 'fixed'), scale: 2, precision: 9 }], ['userId', 'ID'])).toBe(
      first,
    );
    const instant = form([column('AT', 'timestamp_ltz')], ['AT']);
    expect(form([column('AT', 'timestamp_tz')], ['AT'])).toBe(instant);
    expect(form([column('AT', 'timestamp_ntz')], ['AT'])).not.toBe(instant);
    expect(form(columns, ['ID', 'userId'])).not.toBe(first);
    expect(form([column('userId'), column('ID')], ['userId', 'ID'])).not.toBe(first);
    expect(form(columns, ['userId'])).not.toBe(first);
  });
});

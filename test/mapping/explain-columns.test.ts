import { expect, it } from 'vitest';
import { alias, defineMapper, identify, page, type Column, type ColumnExplanation, type RowMapper } from 'snowmelt';

function explain(
  mapper: RowMapper<unknown>,
  ...columns: readonly (readonly [string, Column['type'], Partial<Column>?])[]
) {
  return mapper.explain?.(columns.map(([name, type, more]) => ({ name, type, nullable: true, ...more })));
}

function codes(explained: readonly ColumnExplanation[] | undefined): readonly string[] | undefined {
  return explained?.map(({ column, becomes = '-', warnings }) =>
    [column, becomes, ...warnings.map(({ code }) => code)].join(' '),
  );
}

it('tells what each column becomes', () => {
  const explained = explain(
    identify({ omit: ['SECRET'], rename: { MAIL: 'email' } }),
    ['USERID', 'fixed'],
    ['EMAIL', 'text'],
    ['MAIL', 'text'],
    ['plan', 'text'],
    ['SECRET', 'text'],
    ['AMOUNT', 'fixed', { precision: 38, scale: 2 }],
    ['ANONYMOUS_ID', 'text'],
    ['rate', 'decfloat'],
  );
  expect(codes(explained)).toStrictEqual([
    'USERID userId',
    'EMAIL traits.EMAIL ALL_CAPITALS',
    'MAIL traits.email',
    'plan traits.plan',
    'SECRET -',
    'AMOUNT traits.AMOUNT ALL_CAPITALS MIXED_NUMBERS',
    'ANONYMOUS_ID traits.ANONYMOUS_ID ALL_CAPITALS RESERVED_LOOKALIKE',
    'rate traits.rate MIXED_NUMBERS',
  ]);
  expect(explained?.[1]?.warnings[0]?.fix).toContain('AS "email"');
  expect(explained?.[5]?.warnings[1]?.fix).toContain(`numbers: { columns: ['AMOUNT'] }`);
});

it('does not warn where an option has settled it', () => {
  const columns = [
    ['USERID', 'fixed'],
    ['AMOUNT', 'fixed', { precision: 38 }],
  ] as const;
  expect(codes(explain(identify({ columnCase: 'snake', numbers: 'string' }), ...columns))).toStrictEqual([
    'USERID userId',
    'AMOUNT traits.amount',
  ]);
});

it('warns of a column that is shadowed by the exact name, and of one that is not sent', () => {
  expect(codes(explain(page(), ['userId', 'text'], ['USERID', 'text']))).toStrictEqual([
    'userId userId',
    'USERID properties.USERID ALL_CAPITALS RESERVED_LOOKALIKE',
  ]);
  expect(
    codes(explain(alias({ omit: ['B'] }), ['userId', 'text'], ['previousId', 'text'], ['A', 'text'], ['B', 'text'])),
  ).toStrictEqual(['userId userId', 'previousId previousId', 'A - NOT_SENT', 'B -']);
});

it('explains the rows of custom mappers', () => {
  expect(
    codes(
      explain(
        defineMapper(() => 1, { columnCase: 'camel' }),
        ['USER_ID', 'text'],
      ),
    ),
  ).toStrictEqual(['USER_ID userId']);
});

import { describe, expect, it } from 'vitest';
import { alias, group, identify, isSnowmeltError, page, screen, track, type Column, type ColumnType } from 'snowmelt';
import type { RowMapper } from 'snowmelt';

type Cell = readonly [name: string, type: ColumnType, wire: unknown];

function bind(mapper: RowMapper, ...cells: readonly Cell[]): unknown {
  const columns = cells.map(([name, type]): Column => ({ name, type, nullable: true }));
  return mapper.bind(columns)(
    cells.map(([, , wire]) => wire),
    { row: 7, sync: 's' },
  );
}

function failure(run: () => unknown): { code: string; message: string; hint: string | undefined; details: unknown } {
  try {
    run();
  } catch (error) {
    if (isSnowmeltError(error)) return error;
    throw error;
  }
  throw new Error('nothing was thrown');
}

describe('reserved columns', () => {
  it.each(['userId', 'USERID', 'userid', 'UserId'])('finds %s', (name) => {
    expect(bind(identify(), [name, 'fixed', '7'])).toStrictEqual({ type: 'identify', userId: '7' });
  });

  it('prefers the exact name; the other column becomes a trait under its own', () => {
    expect(bind(identify(), ['USERID', 'fixed', '1'], ['userId', 'fixed', '2'])).toStrictEqual({
      type: 'identify',
      userId: '2',
      traits: { USERID: 1 },
    });
  });

  it('refuses two columns that could be the same field, naming both', () => {
    const error = failure(() => bind(identify(), ['USERID', 'fixed', '1'], ['userid', 'fixed', '2']));
    expect(error).toMatchObject({ code: 'MAPPING_COLUMNS', hint: expect.stringContaining('AS "userId"') });
    expect(error.message).toMatch(/USERID \(column 1\) and userid \(column 2\)/);
  });

  it('refuses a rename to a reserved name that another column has, instead of taking the other column', () => {
    for (const names of [
      ['userId', 'ID'],
      ['ID', 'userId'],
    ]) {
      const cells = names.map((name): Cell => [name, 'text', name]);
      const error = failure(() => bind(identify({ rename: { ID: 'userId' } }), ...cells));
      expect(error).toMatchObject({ code: 'MAPPING_COLUMNS', hint: expect.stringContaining('omit') });
      expect(error.message).toContain(`Both ${names[0]} (column 1) and ${names[1]} (column 2)`);
      expect(bind(identify({ rename: { ID: 'userId' }, omit: ['userId'] }), ...cells)).toMatchObject({ userId: 'ID' });
    }
  });

  it('refuses two columns of the same name, naming both positions', () => {
    const error = failure(() => bind(identify(), ['userId', 'fixed', '1'], ['A', 'text', ''], ['A', 'text', '']));
    expect(error).toMatchObject({ code: 'MAPPING_COLUMNS' });
    expect(error.message).toMatch(/Columns 2 and 3 .* A\./);
  });

  it.each<[string, RowMapper, string]>([
    ['identify', identify(), 'userId or anonymousId'],
    ['track', track(), 'event'],
    ['group', group(), 'groupId'],
    ['page', page(), 'userId or anonymousId'],
    ['screen', screen(), 'userId or anonymousId'],
    ['alias', alias(), 'userId'],
  ])('says which column %s lacks', (_name, mapper, lacking) => {
    const error = failure(() => bind(mapper, ['X', 'text', 'x']));
    expect(error).toMatchObject({ code: 'MAPPING_COLUMNS' });
    expect(error.message).toContain(lacking);
    expect(error.message).toContain('Columns of the result: X');
  });

  it('shows the alias for a column that only has underscores too many', () => {
    expect(failure(() => bind(identify(), ['USER_ID', 'fixed', '1'])).hint).toBe(
      'Write USER_ID AS "userId" in the SELECT.',
    );
  });

  it('refuses a type that cannot be the field, with the cast', () => {
    const error = failure(() =>
      bind(track(), ['userId', 'text', 'u'], ['event', 'text', 'e'], ['timestamp', 'fixed', '1']),
    );
    expect(error).toMatchObject({ code: 'MAPPING_COLUMNS', hint: 'Write TO_TIMESTAMP_NTZ(timestamp) AS "timestamp".' });
  });

  it('takes every field of every call', () => {
    const common: readonly Cell[] = [
      ['userId', 'text', 'u'],
      ['anonymousId', 'text', 'a'],
      ['messageId', 'text', 'm-1'],
      ['timestamp', 'timestamp_tz', '1700000000.5 1500'],
      ['context', 'object', '{"ip":"::1"}'],
      ['integrations', 'text', '{"All":false}'],
    ];
    const fields = {
      userId: 'u',
      anonymousId: 'a',
      messageId: 'm-1',
      timestamp: '2023-11-14T23:13:20.5+01:00',
      context: { ip: '::1' },
      integrations: { All: false },
    };
    expect(bind(identify(), ...common, ['traits', 'object', '{"a":1,"b":1}'], ['b', 'fixed', '2'])).toStrictEqual({
      type: 'identify',
      ...fields,
      traits: { a: 1, b: 2 },
    });
    expect(bind(page(), ...common, ['name', 'text', 'n'], ['category', 'text', 'c'])).toStrictEqual({
      type: 'page',
      ...fields,
      name: 'n',
      category: 'c',
      properties: { category: 'c' },
    });
    expect(bind(screen(), ...common, ['category', 'text', 'c'])).toStrictEqual({
      type: 'screen',
      ...fields,
      category: 'c',
    });
    expect(bind(alias(), ...common, ['previousId', 'fixed', '3'])).toStrictEqual({
      type: 'alias',
      ...fields,
      previousId: '3',
    });
    expect(bind(track({ event: 'e' }), ...common, ['properties', 'variant', null], ['p', 'text', null])).toStrictEqual({
      type: 'track',
      ...fields,
      event: 'e',
      properties: { p: null },
    });
  });

  it.each<[ColumnType, unknown, string]>([
    ['timestamp_ntz', '1700000000.000', '2023-11-14T22:13:20Z'],
    ['timestamp_ltz', '-0.5', '1969-12-31T23:59:59.5Z'],
    ['date', '19782', '2024-02-29T00:00:00Z'],
    ['text', '2024-02-29T13:37:00+05:45', '2024-02-29T13:37:00+05:45'],
    ['variant', '"2024-02-29T13:37:00Z"', '2024-02-29T13:37:00Z'],
    ['native', new Date(0), '1970-01-01T00:00:00Z'],
  ])('makes the timestamp ISO-8601 from %s', (type, wire, timestamp) => {
    expect(bind(identify(), ['userId', 'text', 'u'], ['TIMESTAMP', type, wire])).toMatchObject({ timestamp });
  });

  it.each(['2024-02-30T00:00:00Z', '2024-02-29 13:37:00', '2024-02-29T13:37:00', '1700000000'])(
    'refuses the text %s as a timestamp',
    (wire) => {
      const error = failure(() => bind(identify(), ['userId', 'text', 'u'], ['timestamp', 'text', wire]));
      expect(error).toMatchObject({ code: 'MAPPING_ROW', details: { row: 7, column: 'timestamp' } });
      expect(error.hint).toContain('TO_TIMESTAMP_NTZ(timestamp)');
    },
  );
});

describe('ids', () => {
  it.each<[ColumnType, unknown, string]>([
    ['fixed', '99999999999999999999999999999999999999', '99999999999999999999999999999999999999'],
    ['fixed', '7.00', '7'],
    ['real', '7', '7'],
    ['variant', '"abc"', 'abc'],
    ['variant', '9007199254740993', '9007199254740993'],
    ['native', 7, '7'],
    ['native', 9007199254740993n, '9007199254740993'],
    ['text', '007', '007'],
  ])('makes an exact text of %s %s', (type, wire, userId) => {
    expect(bind(identify(), ['userId', type, wire])).toStrictEqual({ type: 'identify', userId });
  });

  it.each<[ColumnType, unknown]>([
    ['real', 'NaN'],
    ['variant', '{"a":1}'],
    ['native', 2 ** 53],
    ['native', true],
  ])('refuses %s %s', (type, wire) => {
    expect(failure(() => bind(identify(), ['userId', type, wire]))).toMatchObject({
      code: 'MAPPING_ROW',
      details: { row: 7, column: 'userId' },
    });
  });

  it('takes an empty text for no id', () => {
    expect(bind(identify(), ['userId', 'text', ''], ['anonymousId', 'text', 'a'])).toStrictEqual({
      type: 'identify',
      anonymousId: 'a',
    });
    const error = failure(() => bind(identify(), ['userId', 'text', ''], ['SECRET', 'text', 'hunter2']));
    expect(error).toMatchObject({ code: 'MAPPING_ROW', details: { row: 7, column: 'userId or anonymousId' } });
    expect(error.message).toContain('Row 7');
    expect(JSON.stringify([error.message, error.hint, error.details])).not.toContain('hunter2');
  });

  it('falls back to the e-mail address only when asked', () => {
    const cells: readonly Cell[] = [
      ['USERID', 'text', null],
      ['EMAIL', 'text', 'ada@example.com'],
    ];
    expect(bind(identify({ emailFallback: true }), ...cells)).toStrictEqual({
      type: 'identify',
      userId: 'ada@example.com',
      traits: { EMAIL: 'ada@example.com' },
    });
    expect(bind(identify({ emailFallback: true }), ['email', 'text', 'a@b.c'])).toMatchObject({ userId: 'a@b.c' });
    expect(failure(() => bind(identify(), ...cells)).code).toBe('MAPPING_ROW');
    expect(failure(() => bind(identify({ emailFallback: true }), ['email', 'text', ''])).code).toBe('MAPPING_ROW');
  });

  it.each([
    ['email', 'EMAIL'],
    ['EMAIL', 'email'],
  ])('falls back to the column that is named exactly email, of %s and %s', (first, second) => {
    const cells = [first, second].map((name): Cell => [name, 'text', `${name}@example.com`]);
    const mapper = identify({ emailFallback: true });
    expect(bind(mapper, ...cells)).toMatchObject({ userId: 'email@example.com' });
  });
});

describe('other columns', () => {
  const cells: readonly Cell[] = [
    ['USERID', 'text', 'u'],
    ['FIRST_NAME', 'text', 'Ada'],
    ['lastName', 'text', null],
    ['HTTPServer2Port', 'fixed', '80'],
  ];

  it.each<[string, Parameters<typeof identify>[0], object]>([
    ['preserves names', {}, { FIRST_NAME: 'Ada', lastName: null, HTTPServer2Port: 80 }],
    ['snake', { columnCase: 'snake' }, { first_name: 'Ada', last_name: null, http_server2_port: 80 }],
    ['camel', { columnCase: 'camel' }, { firstName: 'Ada', lastName: null, httpServer2Port: 80 }],
    ['a function', { columnCase: (name) => `x${name.length}` }, { x10: 'Ada', x8: null, x15: 80 }],
    [
      'rename',
      { rename: { first_name: 'Given' }, columnCase: 'snake' },
      { Given: 'Ada', last_name: null, http_server2_port: 80 },
    ],
    ['pick', { pick: ['FIRST_NAME'] }, { FIRST_NAME: 'Ada' }],
    ['omit', { omit: ['first_name', 'HTTPServer2Port'] }, { lastName: null }],
    ['nulls omitted', { nulls: 'omit' }, { FIRST_NAME: 'Ada', HTTPServer2Port: 80 }],
  ])('%s', (_name, options, traits) => {
    expect(bind(identify(options), ...cells)).toStrictEqual({ type: 'identify', userId: 'u', traits });
  });

  it('renames a column to a reserved name', () => {
    expect(bind(identify({ rename: { ID: 'userId' } }), ['ID', 'fixed', '5'])).toStrictEqual({
      type: 'identify',
      userId: '5',
    });
  });

  it('leaves a null out of the base as well', () => {
    expect(
      bind(
        identify({ nulls: 'omit' }),
        ['userId', 'text', 'u'],
        ['traits', 'object', '{"a":1,"b":null}'],
        ['a', 'text', null],
      ),
    ).toStrictEqual({ type: 'identify', userId: 'u', traits: {} });
  });

  it.each<[string, Parameters<typeof identify>[0]]>([
    ['rename', { rename: { NOPE: 'x' } }],
    ['pick', { pick: ['NOPE'] }],
    ['omit', { omit: ['NOPE'] }],
    ['numbers.columns', { numbers: { columns: ['NOPE'] } }],
    ['booleans.columns', { booleans: { columns: ['NOPE'] } }],
    ['messageId.from', { messageId: { from: ['NOPE'] } }],
  ])('refuses a column in %s that the result lacks', (option, options) => {
    const error = failure(() => bind(identify(options), ...cells));
    expect(error).toMatchObject({ code: 'MAPPING_COLUMNS' });
    expect(error.message).toContain(`\`${option}\``);
    expect(error.hint).toContain('FIRST_NAME');
  });

  it('refuses two columns that would become the same trait', () => {
    const error = failure(() =>
      bind(
        identify({ columnCase: 'snake' }),
        ['userId', 'text', 'u'],
        ['FIRST_NAME', 'text', ''],
        ['firstName', 'text', ''],
      ),
    );
    expect(error).toMatchObject({ code: 'MAPPING_COLUMNS' });
    expect(error.message).toMatch(/FIRST_NAME and firstName .* first_name/);
  });

  it('maps 500 columns', () => {
    const wide = Array.from({ length: 500 }, (_, index): Cell => [`C${index}`, 'fixed', String(index)]);
    const traits = Object.fromEntries(wide.map(([name], index) => [name, index]));
    expect(bind(identify(), ['userId', 'text', 'u'], ...wide)).toStrictEqual({ type: 'identify', userId: 'u', traits });
  });
});

describe('options', () => {
  it.each<[string, () => unknown, RegExp]>([
    ['an unknown one', () => identify({ colunmCase: 'snake' } as never), /unknown option `colunmCase`/],
    ['a wrong value', () => identify({ columnCase: 'kebab' } as never), /`columnCase`/],
    ['emailFallback of track', () => track({ emailFallback: true } as never), /unknown option `emailFallback`/],
    ['an empty list of columns', () => track({ messageId: { from: [] } }), /`messageId.from`/],
    ['something else', () => page('x' as never), /the options/],
  ])('refuse %s', (_name, make, text) => {
    const error = failure(make);
    expect(error).toMatchObject({ code: 'CONFIG_INVALID', hint: expect.stringMatching(/^Correct `|columnCase/) });
    expect(error.message).toMatch(text);
  });

  it('change the fingerprint', () => {
    expect(identify({ nulls: 'omit' }).fingerprint).not.toBe(identify().fingerprint);
    expect(identify({ columnCase: (name) => name.trim() }).fingerprint).not.toBe(
      identify({ columnCase: (name) => name.toLowerCase() }).fingerprint,
    );
    expect(identify({ nulls: undefined }).fingerprint).toBe(identify().fingerprint);
  });
});

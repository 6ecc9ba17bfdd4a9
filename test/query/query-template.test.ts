import fc from 'fast-check';
import { describe, expect, it, vi } from 'vitest';
import { ConfigError, QueryTemplate, type QueryTemplateOptions } from 'snowmelt';

const T = 1_700_000_000;

function errorOf(text: string, options?: QueryTemplateOptions): ConfigError {
  try {
    new QueryTemplate(text, options);
  } catch (error) {
    if (error instanceof ConfigError) return error;
    throw error;
  }
  throw new Error(`accepted: ${text}`);
}

describe('rendering the times', () => {
  it.each([
    ['{{last_sync_time}}', '?', '1700000000'],
    ['{{ last_sync_time }}', '?', '1700000000'],
    ['{{last_sync_time:epoch}}', '?', 1_700_000_000],
    ['{{last_sync_time:epoch_ms}}', '?', 1_700_000_000_000],
    ['{{last_sync_time:timestamp_ntz}}', 'TO_TIMESTAMP_NTZ(?)', 1_700_000_000],
    ['{{last_sync_time:timestamp_ltz}}', 'TO_TIMESTAMP_LTZ(?)', 1_700_000_000],
    ['{{last_sync_time:timestamp_tz}}', 'TO_TIMESTAMP_TZ(?)', 1_700_000_000],
    ['{{last_sync_time:iso}}', '?', '2023-11-14T22:13:20Z'],
    [`{{last_sync_time:timestamp_ntz('America/Los_Angeles')}}`, 'TO_TIMESTAMP_NTZ(?)', '2023-11-14 14:13:20'],
    ['{{sync_time:iso}}', '?', '2023-11-14T22:15:00Z'],
  ])('%s becomes %s', (placeholder, sql, bind) => {
    const template = new QueryTemplate(`SELECT * FROM t WHERE u >= ${placeholder}`);
    const rendered = template.render({ lastSyncTime: T, syncTime: T + 100 });
    expect(rendered).toEqual({ sql: `SELECT * FROM t WHERE u >= ${sql}`, binds: [bind] });
  });

  it.each([
    [`'{{last_sync_time}}'`, `'1700000000'`],
    [`'a {{last_sync_time:iso}} b'`, `'a 2023-11-14T22:13:20Z b'`],
    [`'it''s {{last_sync_time:timestamp_ntz}}'`, `'it''s 2023-11-14 22:13:20'`],
    [`'\\'{{last_sync_time:timestamp_tz}}'`, `'\\'2023-11-14T22:13:20Z'`],
    [`'{{last_sync_time:timestamp_ntz('Asia/Tokyo')}}'`, `'2023-11-15 07:13:20'`],
    [`'{{sync_time:epoch_ms}}'`, `'1700000100000'`],
  ])('inside a quoted string %s becomes %s', (text, sql) => {
    const rendered = new QueryTemplate(`SELECT ${text}`).render({ lastSyncTime: T, syncTime: T + 100 });
    expect(rendered).toEqual({ sql: `SELECT ${sql}`, binds: [] });
  });

  it('is 0 on the first run, and cuts fractions', () => {
    const template = new QueryTemplate('SELECT {{last_sync_time}}, {{last_sync_time:iso}}');
    expect(template.render().binds).toEqual(['0', '1970-01-01T00:00:00Z']);
    expect(template.render({ lastSyncTime: 12.9 }).binds[0]).toBe('12');
  });

  it('keeps the order of binds and the numbers of lines', () => {
    const template = new QueryTemplate(
      'SELECT {{\nlast_sync_time\n}}, {{country}}, {{sync_time:epoch}}\nFROM t WHERE a = {{n}}',
      { params: { country: 'DE', n: 7n } },
    );
    const { sql, binds } = template.render({ lastSyncTime: 1, syncTime: 2 });
    expect(binds).toEqual(['1', 'DE', 2, '7']);
    expect(sql.split('\n')).toHaveLength(4);
  });

  it('never loses a row of an hour that comes twice when clocks are set back', () => {
    // 2023-11-05 in Los Angeles: 01:45 PDT is 08:45Z; 01:00 PST comes after it, at 09:00Z.
    const template = new QueryTemplate(
      `SELECT {{last_sync_time:timestamp_ntz('America/Los_Angeles')}}, {{sync_time:timestamp_ntz('America/Los_Angeles')}}`,
    );
    const at = (iso: string) => Date.parse(iso) / 1000;
    const render = (from: string, to: string) => template.render({ lastSyncTime: at(from), syncTime: at(to) }).binds;
    expect(render('2023-11-05T08:45:00Z', '2023-11-05T08:50:00Z')).toEqual([
      '2023-11-05 01:00:00',
      '2023-11-05 01:50:00',
    ]);
    expect(render('2023-11-05T09:10:00Z', '2023-11-05T09:10:00Z')).toEqual([
      '2023-11-05 01:10:00',
      '2023-11-05 02:00:00',
    ]);
    expect(render('2023-03-12T09:59:00Z', '2023-03-12T10:01:00Z')).toEqual([
      '2023-03-12 01:59:00',
      '2023-03-12 03:01:00',
    ]);
  });

  it('tells whether the query is incremental, and has an upper end', () => {
    const both = new QueryTemplate(`SELECT '{{last_sync_time}}', {{sync_time}}`);
    expect([both.usesLastSyncTime, both.usesSyncTime]).toEqual([true, true]);
    const none = new QueryTemplate('SELECT 1 -- {{last_sync_time}} {{sync_time}}');
    expect([none.usesLastSyncTime, none.usesSyncTime]).toEqual([false, false]);
  });

  it('refuses a missing or impossible time', () => {
    const template = new QueryTemplate('SELECT {{sync_time}}');
    expect(() => template.render()).toThrow(expect.objectContaining({ code: 'QUERY_PARAM_MISSING' }));
    for (const lastSyncTime of [Number.NaN, -1, Infinity, '5' as never]) {
      expect(() => template.render({ syncTime: 1, lastSyncTime })).toThrow(
        expect.objectContaining({ code: 'CONFIG_INVALID' }),
      );
    }
  });
});

describe('parameters', () => {
  it('takes values from render before those of the constructor', () => {
    const template = new QueryTemplate('SELECT {{a}}, {{b}}', { params: { a: 1, b: undefined } });
    expect(template.render({ params: { a: null, b: 'x' } }).binds).toEqual([null, 'x']);
    expect(() => template.render()).toThrow(expect.objectContaining({ code: 'QUERY_PARAM_MISSING' }));
    expect(() => template.render({ params: { c: 1 } })).toThrow(expect.objectContaining({ code: 'CONFIG_INVALID' }));
    const odd = new QueryTemplate('SELECT {{constructor}}', { params: { constructor: 'x' } });
    expect(odd.render({ params: {} }).binds).toEqual(['x']);
    expect(odd.render({ params: { constructor: undefined as never } }).binds).toEqual(['x']);
  });

  it('refuses values that cannot be bound and names that are taken', () => {
    const template = new QueryTemplate('SELECT {{a}}', { params: { a: undefined } });
    for (const a of [new Date(), [1], { x: 1 }, Number.NaN, 2 ** 53, 1e21]) {
      expect(() => template.render({ params: { a: a as never } })).toThrow(
        expect.objectContaining({ code: 'CONFIG_INVALID' }),
      );
    }
    expect(() => new QueryTemplate('SELECT 1', { params: { last_sync_time: 1 } })).toThrow(ConfigError);
  });

  it('never splices a value: the SQL depends on the template alone', () => {
    const value = fc.oneof(fc.string(), fc.integer(), fc.boolean(), fc.constant(null), fc.constant("'; DROP TABLE t"));
    fc.assert(
      fc.property(value, value, fc.nat(4_000_000_000), (a, b, time) => {
        const template = new QueryTemplate(
          `SELECT {{a}}, 'x', {{b}} FROM t WHERE u >= {{last_sync_time}} AND v < {{sync_time:timestamp_ntz('Asia/Tokyo')}}`,
          { params: { a, b } },
        );
        const { sql, binds } = template.render({ lastSyncTime: time, syncTime: time });
        expect(sql).toBe(`SELECT ?, 'x', ? FROM t WHERE u >= ? AND v < TO_TIMESTAMP_NTZ(?)`);
        expect(binds.slice(0, 3)).toEqual([a, b, String(time)]);
      }),
    );
  });

  it('keeps every text without placeholders as it is', () => {
    const piece = fc.constantFrom(
      ` 'a''b'`, ` '\\'--'`, ` "c""d;"`, ` $$ ; ? $$`, ` -- ; ? {{x}}\n`, ` // ' ;\n`, ' /* ; {{y}} " */', ' a:b::int', ' (', ' )',
    ); // prettier-ignore
    fc.assert(
      fc.property(fc.array(piece), (pieces) => {
        const text = `SELECT 1${pieces.join('')}`;
        expect(new QueryTemplate(text).render()).toEqual({ sql: text, binds: [] });
      }),
    );
  });
});

describe('what is refused, with line and column', () => {
  const params = { id: 1 };
  it.each([
    ['SELECT 1\nFROM t WHERE a > {{last_synctime}}', 2, 18],
    ['SELECT {{}}', 1, 8],
    ['SELECT {{last_sync_time}', 1, 8],
    ['SELECT {{last_sync_time', 1, 8],
    [`SELECT '{{last_sync_time'`, 1, 9],
    ['SELECT {{last_sync_time:seconds}}', 1, 8],
    ['SELECT {{last_sync_time:}}', 1, 8],
    [`SELECT {{last_sync_time:timestamp_ntz('Mars/Base')}}`, 1, 8],
    ['SELECT {{id:epoch}}', 1, 8],
    ['SELECT 1; SELECT 2', 1, 9],
    [`SELECT 1; 'x'`, 1, 9],
    ['INSERT INTO t VALUES (1)', 1, 1],
    ['/* c */ -- d\n  delete from t', 2, 3],
    ['CALL p()', 1, 1],
    ['EXECUTE IMMEDIATE $$ select 1 $$', 1, 1],
    ['WITH p AS PROCEDURE () RETURNS INT AS $$ 1 $$ CALL p()', 1, 11],
    ['SHOW TABLES ->> DELETE FROM t', 1, 17],
    ['', 1, 1],
    ['  -- nothing', 1, 13],
    ['{{last_sync_time}}', 1, 1],
    ['SELECT ? FROM t', 1, 8],
    ['SELECT a FROM t LIMIT :1', 1, 23],
    [`SELECT 'x {{id}}'`, 1, 11],
    ['SELECT $$ {{last_sync_time}} $$', 1, 11],
    ['SELECT "{{last_sync_time}}"', 1, 9],
    [`SELECT 'open`, 1, 8],
    ['SELECT "open', 1, 8],
    ['SELECT $$open', 1, 8],
    ['SELECT 1 /* open', 1, 10],
  ])('%s', (text, line, column) => {
    const error = errorOf(text, { params });
    expect(error.code).toBe('QUERY_TEMPLATE');
    expect(error.details).toEqual({ line, column });
    expect(error.message).toContain(`line ${line}, column ${column}`);
    expect(error.hint).toBeTruthy();
  });

  it('names the known placeholders', () => {
    expect(errorOf('SELECT {{x}}', { params }).hint).toContain('last_sync_time, sync_time, id');
    expect(errorOf('SELECT {{sync_time:x}}').hint).toContain('timestamp_ltz');
  });

  it.each([
    ['SELECT 1;', 'SELECT 1'],
    ['SELECT 1 ; -- done\n', 'SELECT 1  -- done\n'],
    ['(SELECT 1) UNION (SELECT 2)', '(SELECT 1) UNION (SELECT 2)'],
    ['with a as (select 1) select * from a', 'with a as (select 1) select * from a'],
    ['SHOW TABLES ->> SELECT * FROM $1', 'SHOW TABLES ->> SELECT * FROM $1'],
    ...[`'{{last_sync_time}};{{last_sync_time}}'`, `'{{last_sync_time}}?'`, `'{{last_sync_time}} ->> x :1'`].map(
      (text) => [`SELECT ${text}`, `SELECT ${text.replaceAll('{{last_sync_time}}', '0')}`],
    ),
    [`SELECT {'a' :1, 'b'\n:2}`, `SELECT {'a' :1, 'b'\n:2}`],
    ['SELECT a$$b, {{last_sync_time:epoch}}, c$$ FROM t', 'SELECT a$$b, ?, c$$ FROM t'],
    [
      `SELECT {'a':{'b':1}}, v:x[0]::int, 'a;b?', "c;?" FROM t`,
      `SELECT {'a':{'b':1}}, v:x[0]::int, 'a;b?', "c;?" FROM t`,
    ],
  ])('accepts %s', (text, sql) => {
    expect(new QueryTemplate(text).render().sql).toBe(sql);
  });
});

describe('the fingerprint', () => {
  it('changes with text and parameters, not with surrounding space', () => {
    const of = (text: string, options?: QueryTemplateOptions) => new QueryTemplate(text, options).fingerprint;
    expect(of('SELECT 1')).toBe(of('\n SELECT 1 '));
    expect(of('SELECT 1')).not.toBe(of('SELECT 2'));
    expect(of('SELECT {{a}}', { params: { a: 1 } })).not.toBe(of('SELECT {{a}}', { params: { a: '1' } }));
    expect(of('SELECT {{a}},{{b}}', { params: { a: 1, b: 2 } })).toBe(
      of('SELECT {{a}},{{b}}', { params: { b: 2, a: 1 } }),
    );
  });
});

describe('a long query', () => {
  /** Characters that patterns are tried on, while a template of so many pieces is made. */
  function charactersTried(piece: string, count: number): number {
    const test = vi.spyOn(RegExp.prototype, 'test');
    try {
      new QueryTemplate(`SELECT ${piece.repeat(count)} x`);
      return test.mock.calls.reduce((sum, [text]) => sum + text.length, 0);
    } finally {
      test.mockRestore();
    }
  }

  it.each(['a:1,', '"A" :1, ', "'a'::1,", 'f():1 ,', "{'a'   :1},", '-- a:1\n'])(
    'is checked in steps that grow with its length: %s',
    (piece) => {
      const [short, long] = [charactersTried(piece, 500), charactersTried(piece, 2000)];
      expect(long).toBeLessThanOrEqual(4 * short + 100);
    },
  );

  it('of 100 kB is accepted, and its bind variable found at the end', () => {
    const path = 'a:1,'.repeat(25_000);
    expect(new QueryTemplate(`SELECT ${path} b FROM t`).usesLastSyncTime).toBe(false);
    expect(errorOf(`SELECT ${path} b FROM t WHERE c = :1`).message).toContain('":1" would be a bind variable');
    expect(errorOf('SELECT a FROM t WHERE :1 = b').message).toContain('":1" would be a bind variable');
  });
});

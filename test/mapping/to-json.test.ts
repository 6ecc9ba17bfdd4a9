import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  alias,
  group,
  identify,
  page,
  screen,
  track,
  type Column,
  type ColumnType,
  type MappingOptions,
  type Message,
  type RowMapper,
} from 'snowmelt';

const RUN = 'run-1';

const odd = fc.oneof(
  fc.string(),
  fc.string({ unit: 'binary' }),
  fc.constantFrom('', '0', '-0', '-0.00', '00', '1.', '.5', '1.50', '0.05', '0.0000001', 'null', ' null ', 'true', '"'),
  fc.constantFrom(
    'NaN',
    'inf',
    '1e5',
    '9007199254740993',
    '123456789012345',
    '1234567890123456',
    '-12.25',
    '2',
    'é',
    '😀',
  ),
  fc.constantFrom('{"a":1}', '{"a": [1, 2.50, -0]}', '{"a":null}', '[]', '{"a":"\\u0041"}', '{"a":9007199254740993}'),
  fc.constantFrom('{"a":"\ud800"}', '{"a":1,"a":2}', '{"__proto__":1}', '{"a":1,}', '{"a":01}', 'undefined', '[NaN]'),
  fc.constantFrom('2024-02-29T13:37:00Z', '2024-02-29', 'User Deleted', 'user deleted', 'Suppress Person'),
);
const seconds = fc.tuple(fc.integer({ min: -1e10, max: 1e10 }), fc.nat({ max: 999_999_999 }));
const time = seconds.map(([whole, nanos]) => `${whole}.${String(nanos).padStart(9, '0')}`);
const ordinary: Readonly<Partial<Record<ColumnType, fc.Arbitrary<string>>>> = {
  fixed: fc.oneof(
    fc.bigInt({ min: -(10n ** 20n), max: 10n ** 20n }).map(String),
    fc.integer().map((n) => (n / 100).toFixed(2)),
  ),
  decfloat: fc.integer().map((n) => String(n / 1000)),
  real: fc.double().map(String),
  text: fc.string({ unit: 'grapheme' }),
  boolean: fc.constantFrom('0', '1', 'true', 'false', 'TRUE'),
  date: fc.integer({ min: -1e5, max: 1e5 }).map(String),
  time: fc.nat({ max: 86_399 }).map((n) => `${n}.500000000`),
  timestamp_ntz: time,
  timestamp_ltz: time,
  timestamp_tz: time.map((text) => `${text} 1500`),
  variant: fc.json(),
  object: fc.dictionary(fc.string(), fc.jsonValue()).map((value) => JSON.stringify(value, undefined, 2)),
  array: fc.array(fc.jsonValue()).map((value) => JSON.stringify(value)),
  binary: fc.constant('00FF'),
  vector: fc.constant('[1.5,2.25]'),
};
const types = Object.keys(ordinary) as ColumnType[];
const NAMES = ['userId', 'anonymousId', 'groupId', 'previousId', 'event', 'name', 'category', 'timestamp', 'messageId'];
const OBJECTS = ['context', 'integrations', 'traits', 'properties', 'objectTypeId', 'relationshipAttributes'];
const BAG = ['email', 'plan', 'A b', 'quote"d', '__proto__', '12', 'first_name', 'Größe'];

const column = fc.record({
  name: fc.constantFrom(...NAMES, ...OBJECTS, ...BAG, ...BAG),
  type: fc.constantFrom(...types),
});
const columnsAnd = fc
  .uniqueArray(column, { selector: ({ name }) => name.toLowerCase(), maxLength: 8 })
  .chain((others) => {
    const needed = ['userId', 'event', 'groupId', 'previousId'].filter((name) =>
      others.every((one) => one.name !== name),
    );
    const columns: Column[] = [
      ...needed.map((name): Column => ({ name, type: 'text', nullable: true })),
      ...others.map((one): Column => ({ ...one, nullable: true })),
    ];
    const value = (type: ColumnType): fc.Arbitrary<string | null> =>
      fc.oneof(
        { weight: 12, arbitrary: ordinary[type] ?? fc.string() },
        { weight: 2, arbitrary: fc.constant(null) },
        { weight: 2, arbitrary: odd },
      );
    const rows = fc.array(fc.tuple(...columns.map(({ type }) => value(type))), { minLength: 1, maxLength: 8 });
    return fc.record({ columns: fc.constant(columns), rows });
  });
const shared: fc.Arbitrary<MappingOptions> = fc.record(
  {
    nulls: fc.constantFrom('keep', 'omit'),
    numbers: fc.constantFrom('auto', 'string'),
    booleans: fc.constantFrom('boolean', 'string'),
    columnCase: fc.constantFrom('preserve', 'snake', 'camel'),
    messageId: fc.constantFrom({ from: ['userId'] }, { from: ['groupId', 'event'] }),
  },
  { requiredKeys: [] },
);
const mapper: fc.Arbitrary<RowMapper> = fc.oneof(
  fc.tuple(shared, fc.boolean()).map(([options, emailFallback]) => identify({ ...options, emailFallback })),
  fc
    .tuple(shared, fc.option(fc.constantFrom('Signed up', 'User Deleted'), { nil: undefined }))
    .map(([options, event]) => track({ ...options, event })),
  shared.map((options) => group(options)),
  shared.map((options) => page(options)),
  shared.map((options) => screen(options)),
  shared.map((options) => alias(options)),
);

function withId(message: Message, row: number): Message {
  return message.messageId === undefined ? { ...message, messageId: `${RUN}-${row}` } : message;
}

function bindOrRefuse(one: RowMapper, columns: readonly Column[]): ReturnType<RowMapper['bind']> | undefined {
  try {
    return one.bind(columns);
  } catch {
    return undefined;
  }
}

describe('the way from a row straight to JSON', () => {
  it('gives the text of the very message that the objects give, or leaves the row to them', () => {
    let texts = 0;
    fc.assert(
      fc.property(columnsAnd, mapper, ({ columns, rows }, one) => {
        const bound = bindOrRefuse(one, columns);
        const toJson = bound?.toJson?.({ sync: 'people', messageId: (row) => `${RUN}-${row}` });
        if (bound === undefined || toJson === undefined) return;
        for (const [row, values] of rows.entries()) {
          const made = toJson(values, row);
          if (made === undefined) continue;
          texts += 1;
          const warnings: string[] = [];
          // Throws for a row that is rejected: such a row must not have a text.
          const message = bound(values, { row, sync: 'people', warn: (code) => void warnings.push(code) }) as Message;
          expect(JSON.parse(made.text)).toStrictEqual(withId(message, row));
          expect(made.keys).toStrictEqual(one.key?.(message));
          expect(warnings).toStrictEqual([]);
        }
      }),
      { numRuns: 2000 },
    );
    expect(texts).toBeGreaterThan(300);
  });

  it.each(types)('agrees on the edges of %s', (type) => {
    const edges = [
      '-0',
      '-0.00',
      '0',
      '00',
      '-',
      '1.',
      '.5',
      '1.50',
      '-0.5',
      '0.05',
      '1e-7',
      '0.0000001',
      '123456789012345',
    ];
    const more = [
      '9007199254740993',
      '1234567890.123456',
      'NaN',
      'null',
      ' null',
      '',
      '"',
      '\\',
      '\ud800',
      '\u0001',
      'true',
      '2',
    ];
    const json = [
      '{"a":-0}',
      '{"a":01}',
      '{"a":1.}',
      '[1,]',
      '{"a":"\ud800"}',
      '[ 1 , 2 ]',
      '{"a":1e400}',
      '{a:1}',
      '[1',
      '{}x',
    ];
    for (const value of [...edges, ...more, ...json]) {
      const columns: Column[] = [
        { name: 'userId', type: 'text', nullable: false },
        { name: 'value', type, nullable: true },
      ];
      const bound = identify().bind(columns);
      const made = bound.toJson?.({ sync: 's', messageId: (row) => `${RUN}-${row}` })(['u', value], 0);
      if (made === undefined) continue;
      const message = bound(['u', value], { row: 0 }) as Message;
      expect(JSON.parse(made.text), value).toStrictEqual(withId(message, 0));
    }
  });

  it.each<[name: string, mapper: RowMapper]>([
    ['identify', identify()],
    ['track', track()],
    ['group', group()],
    ['page', page()],
    ['screen', screen()],
    ['alias', alias()],
  ])('is taken by ordinary rows of %s', (_name, one) => {
    const columns: Column[] = [
      ...['userId', 'groupId', 'previousId', 'event', 'category'].map((name): Column => ({
        name,
        type: 'text',
        nullable: false,
      })),
      ...types.map((type): Column => ({ name: `a ${type}`, type, nullable: true })),
      { name: 'timestamp', type: 'timestamp_ntz', nullable: true },
    ];
    const values = ['u', 'g', 'p', 'e', 'c', '1.50', '2', '0.25', 'Zoë', '1', '19782', '1.5', '2.5', '3.5', '4.5 1500'];
    const row = [...values, '{\n  "a": 1\n}', '{}', '[]', '00FF', '[1.5]', '1700000000.123000000'];
    const text = one.bind(columns).toJson?.({ sync: 's', messageId: () => RUN })(row, 0)?.text;
    expect(text).toBeDefined();
    expect(JSON.parse(text!)).toMatchObject({ type: one.callType });
  });
});

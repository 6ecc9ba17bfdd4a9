import fc from 'fast-check';
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
  type RowMapper,
} from 'snowmelt';

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
/** The types that have ordinary values. */
export const types = Object.keys(ordinary) as ColumnType[];
const NAMES = ['userId', 'anonymousId', 'groupId', 'previousId', 'event', 'name', 'category', 'timestamp', 'messageId'];
const OBJECTS = ['context', 'integrations', 'traits', 'properties', 'objectTypeId', 'relationshipAttributes'];
const BAG = ['email', 'plan', 'A b', 'quote"d', '__proto__', '12', 'first_name', 'Größe'];

const column = fc.record({
  name: fc.constantFrom(...NAMES, ...OBJECTS, ...BAG, ...BAG),
  type: fc.constantFrom(...types),
});
/** Columns of one result and rows of it. */
export const columnsAndRows = fc
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
/** The mappers of the six calls with their options. */
export const mappers: fc.Arbitrary<RowMapper> = fc.oneof(
  fc.tuple(shared, fc.boolean()).map(([options, emailFallback]) => identify({ ...options, emailFallback })),
  fc
    .tuple(shared, fc.option(fc.constantFrom('Signed up', 'User Deleted'), { nil: undefined }))
    .map(([options, event]) => track({ ...options, event })),
  shared.map((options) => group(options)),
  shared.map((options) => page(options)),
  shared.map((options) => screen(options)),
  shared.map((options) => alias(options)),
);

/** A mapper for the columns, unless it refuses them. */
export function bindOrRefuse(one: RowMapper, columns: readonly Column[]): ReturnType<RowMapper['bind']> | undefined {
  try {
    return one.bind(columns);
  } catch {
    return undefined;
  }
}

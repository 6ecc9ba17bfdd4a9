import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { alias, group, identify, messageSchema, page, screen, track, type Column, type RowMapper } from 'snowmelt';
import { messageProblem } from '../../src/mapping/calls/check-message.js';

const fields = [
  'userId',
  'anonymousId',
  'timestamp',
  'messageId',
  'context',
  'integrations',
  'traits',
  'properties',
  'event',
  'groupId',
  'objectTypeId',
  'relationshipAttributes',
  'name',
  'category',
  'previousId',
];

const timestamps = fc.oneof(
  fc.constantFrom(
    '2024-02-29T13:37:00Z',
    '2023-02-29T13:37:00Z',
    '2024-02-29',
    '2024-02-29T24:00:00Z',
    '2024-02-29T13:37Z',
    '2024-02-29T13:37:00.1234567890Z',
    '2024-02-29T13:37:00',
    '+010000-01-01T00:00:00.5-00:30',
    '-000000-01-01T00:00:00Z',
    '2024-02-29T13:37:00+24:00',
    '2024-02-29T13:37:00+0100',
  ),
  fc
    .tuple(fc.integer({ min: 0, max: 14 }), fc.integer({ min: 0, max: 32 }), fc.integer({ min: 0, max: 61 }))
    .map((parts) => parts.map((part) => String(part).padStart(2, '0')))
    .map(([month, day, minute]) => `2023-${month}-${day}T10:${minute}:00Z`),
);

const notJson: fc.Arbitrary<unknown> = fc.constantFrom<unknown>(
  undefined,
  1n,
  Number.NaN,
  Infinity,
  new Date(0),
  new Map(),
  () => 1,
);

const value: fc.Arbitrary<unknown> = fc.oneof(
  { weight: 4, arbitrary: fc.constantFrom('u', 'x-1') },
  { weight: 1, arbitrary: fc.constantFrom<unknown>('', 'ä', 'a'.repeat(65), 5, null, [], true) },
  { weight: 2, arbitrary: timestamps },
  { weight: 4, arbitrary: fc.dictionary(fc.constantFrom('a', 'b'), fc.jsonValue()) },
  { weight: 1, arbitrary: notJson },
  { weight: 1, arbitrary: fc.dictionary(fc.constantFrom('a', 'b'), fc.oneof(fc.array(notJson), notJson)) },
);

const loose = fc.tuple(
  fc.constantFrom('identify', 'track', 'group', 'page', 'screen', 'alias', 'other'),
  fc.dictionary(fc.constantFrom(...fields), value, { maxKeys: 5, noNullPrototype: true }),
);

/** Each field mostly holds what it may, so that many messages are right. */
const likely = fc
  .record(
    {
      userId: fc.constantFrom('u', ''),
      anonymousId: fc.constantFrom('a', 'b'),
      timestamp: timestamps,
      messageId: fc.constantFrom('m', 'm:1'),
      context: fc.constant({ ip: '::1' }),
      traits: fc.dictionary(fc.string(), fc.jsonValue()),
      event: fc.constantFrom('e', ''),
      groupId: fc.constant('g'),
      previousId: fc.constant('p'),
      name: fc.string(),
    },
    { requiredKeys: [] },
  )
  .map((message): Record<string, unknown> => message);

describe('the schema and the compiled checks', () => {
  it('accept and refuse the same messages', () => {
    let accepted = 0;
    const same = (message: unknown): void => {
      const { success } = messageSchema.safeParse(message);
      if (success) accepted += 1;
      expect(messageProblem(message) === undefined).toBe(success);
    };
    fc.assert(
      fc.property(loose, ([type, message]) => same({ type, ...message })),
      { numRuns: 2000 },
    );
    const types = fc.constantFrom('identify', 'track', 'group', 'page', 'screen', 'alias');
    const allowed: Record<string, readonly string[]> = {
      identify: ['traits'],
      track: ['event'],
      group: ['groupId', 'traits'],
      page: ['name'],
      screen: ['name'],
      alias: ['previousId'],
    };
    const common = ['userId', 'anonymousId', 'timestamp', 'messageId', 'context'];
    fc.assert(
      fc.property(types, likely, (type, message) => {
        const known = Object.entries(message).filter(([key]) => common.includes(key) || allowed[type]?.includes(key));
        same({ type, ...Object.fromEntries(known) });
      }),
      { numRuns: 2000 },
    );
    // Or the property would hold for two checks that refuse everything.
    expect(accepted).toBeGreaterThan(100);
  });

  it('both take an optional field that is undefined for one that is not there', () => {
    const message = { type: 'track', userId: 'u', event: 'E', messageId: undefined, timestamp: undefined };
    expect(messageSchema.safeParse(message).success).toBe(true);
    expect(messageProblem(message)).toBeUndefined();
  });

  it.each([null, 'x', [], { type: 'toString' }, { type: 1 }])('both refuse %j', (message) => {
    expect(messageSchema.safeParse(message).success).toBe(false);
    expect(messageProblem(message)).toBeDefined();
  });
});

const cell: fc.Arbitrary<unknown> = fc.oneof(
  fc.jsonValue(),
  fc.string(),
  fc.double(),
  fc.bigInt(),
  fc.date(),
  fc.constantFrom<unknown>(undefined, null, new Uint8Array([1, 255]), {
    a: undefined,
    b: [undefined, 1n, new Date(0)],
  }),
);

const mappers: readonly RowMapper[] = [
  identify({ nulls: 'omit' }),
  identify({ numbers: 'string', booleans: 'string', emailFallback: true }),
  track({ event: 'e' }),
  track({ messageId: { from: ['userId'] }, columnCase: 'camel' }),
  group(),
  page(),
  screen(),
  alias(),
];

const row = fc
  .tuple(
    fc.record({
      userId: fc.constantFrom<unknown>('u', 7, 12n),
      event: fc.constant('e'),
      groupId: fc.constant(1),
      previousId: fc.constant('p'),
    }),
    fc.record(
      {
        TIMESTAMP: fc.date({ noInvalidDate: true }),
        CATEGORY: fc.string(),
        traits: fc.dictionary(fc.string(), fc.jsonValue()),
      },
      { requiredKeys: [] },
    ),
    fc.dictionary(fc.constantFrom('A', 'b', 'FIRST_NAME', '__proto__', 'email'), cell),
  )
  .map(([ids, some, others]): Record<string, unknown> => {
    const all: Record<string, unknown> = { ...ids, ...some };
    for (const [key, one] of Object.entries(others)) Object.defineProperty(all, key, { value: one, enumerable: true });
    return all;
  });

describe('every mapper', () => {
  it('makes the same message by map as by bind, one that the schema and JSON take as it is', () => {
    fc.assert(
      fc.property(fc.constantFrom(...mappers), row, (mapper, values) => {
        const columns = Object.keys(values).map((name): Column => ({ name, type: 'native', nullable: true }));
        const attempt = (run: () => unknown): unknown => {
          try {
            return run();
          } catch (error) {
            return (error as { code: string; message: string }).message;
          }
        };
        const mapped = attempt(() => mapper.map(values, { row: 1, sync: 's' }));
        expect(mapped).toStrictEqual(attempt(() => mapper.bind(columns)(Object.values(values), { row: 1, sync: 's' })));
        if (typeof mapped === 'string') return;
        expect(messageProblem(mapped)).toBeUndefined();
        expect(messageSchema.safeParse(mapped).success).toBe(true);
        expect(JSON.parse(JSON.stringify(mapped))).toStrictEqual(mapped);
      }),
      { numRuns: 500 },
    );
  });

  it('makes the same message of a plain row as of the wire texts it stands for', () => {
    const typed = fc.record({
      id: fc.bigInt({ min: 0n, max: 10n ** 30n }),
      amount: fc.integer(),
      flag: fc.boolean(),
      at: fc.date({ noInvalidDate: true, min: new Date(-8e12), max: new Date(8e12) }),
      json: fc.jsonValue(),
    });
    const columns: readonly Column[] = [
      { name: 'userId', type: 'fixed', nullable: false },
      { name: 'amount', type: 'fixed', nullable: true },
      { name: 'flag', type: 'boolean', nullable: true },
      { name: 'timestamp', type: 'timestamp_ntz', nullable: true },
      { name: 'text', type: 'text', nullable: true },
    ];
    const mapper = track({ event: 'e' });
    fc.assert(
      fc.property(typed, ({ id, amount, flag, at, json }) => {
        const ms = at.getTime();
        const seconds = `${ms < 0 ? '-' : ''}${Math.floor(Math.abs(ms) / 1000)}.${String(Math.abs(ms) % 1000).padStart(3, '0')}`;
        const text = JSON.stringify(json);
        const wire = [id.toString(), amount.toString(), flag ? '1' : 'false', seconds, text];
        expect(mapper.bind(columns)(wire, { row: 0 })).toStrictEqual(
          mapper.map({ userId: id, amount, flag, timestamp: at, text }),
        );
      }),
    );
  });
});

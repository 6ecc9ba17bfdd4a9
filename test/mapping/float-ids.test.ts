import { describe, expect, it } from 'vitest';
import * as z from 'zod';
import {
  alias,
  createOrUpdateDevices,
  defineMapper,
  deleteObjects,
  group,
  identify,
  MappingError,
  semanticEvents,
  track,
  type Column,
  type ColumnType,
  type Message,
  type RowMapper,
} from 'snowmelt';

type Cell = readonly [name: string, type: ColumnType, wire: unknown];

/** The message, and what the straight way to JSON makes of the same row. */
function both(mapper: RowMapper, cells: readonly Cell[]): { message: unknown; json: string | undefined } {
  const columns = cells.map(([name, type]): Column => ({ name, type, nullable: true }));
  const bound = mapper.bind(columns);
  const values = cells.map(([, , wire]) => wire);
  const json = bound.toJson?.({ sync: 'people', messageId: (row) => `run-${row}` })(values, 3)?.text;
  try {
    return { message: bound(values, { row: 3, sync: 'people' }), json };
  } catch (error) {
    return { message: error, json };
  }
}

function refusal(mapper: RowMapper, ...cells: readonly Cell[]): MappingError {
  const { message, json } = both(mapper, cells);
  expect(message).toBeInstanceOf(MappingError);
  expect(json).toBeUndefined();
  return message as MappingError;
}

/** 4005002501632047 and …048 as Snowflake writes them, 0.1 + 0.2, and others that may be more than one number. */
const NO_IDS = ['4005002501632050', '-4005002501632050', '0.3', '1.5', '1e300', '1e+15', '1000000000000000', 'inf'];

describe('a FLOAT whose text may stand for several numbers', () => {
  it.each(NO_IDS)('is no id: %s', (wire) => {
    const error = refusal(identify(), ['userId', 'real', wire]);
    expect(error).toMatchObject({ code: 'MAPPING_ROW', details: { row: 3, column: 'userId' } });
    expect(error.message).not.toContain(wire);
    expect(error.hint).toContain('TO_VARCHAR(userId::NUMBER(38, 0)) AS "userId"');
  });

  it.each<[RowMapper, string, readonly Cell[]]>([
    [identify(), 'anonymousId', []],
    [identify(), 'messageId', [['userId', 'text', 'u']]],
    [group(), 'groupId', []],
    [group(), 'objectTypeId', [['groupId', 'text', 'g']]],
    [alias(), 'previousId', [['userId', 'text', 'u']]],
    [deleteObjects(), 'objectId', [['userId', 'text', 'u']]],
    [createOrUpdateDevices(), 'userId', [['deviceToken', 'text', 't']]],
  ])('is none of the other ids', (mapper, name, others) => {
    const type: ColumnType = name === 'messageId' ? 'variant' : 'real';
    const wire = name === 'messageId' ? '4.005002501632050e+15' : '4005002501632050';
    expect(refusal(mapper, ...others, [name, type, wire])).toMatchObject({ details: { column: name } });
  });

  it.each(['4.005002501632050e+15', '3.000000000000000e-01', '0.5', ' 0.5 '])('is none in a VARIANT: %s', (wire) => {
    expect(refusal(identify(), ['userId', 'variant', wire]).hint).toContain('NUMBER(38, 0)');
  });

  it.each([0.1 + 0.2, 2 ** 53, Number.NaN])('is none as a number of JavaScript: %s', (userId) => {
    expect(() => identify().map({ userId })).toThrow(MappingError);
  });

  it('makes no message id of the columns that are to make it', () => {
    const mapper = track({ event: 'Paid', messageId: { from: ['ORDER_ID'] } });
    const error = refusal(mapper, ['userId', 'text', 'u'], ['ORDER_ID', 'real', '4005002501632050']);
    expect(error).toMatchObject({ code: 'MAPPING_ROW', details: { row: 3, column: 'ORDER_ID' } });
    const { json } = both(mapper, [
      ['userId', 'text', 'u'],
      ['ORDER_ID', 'real', '42'],
    ]);
    expect(json).toBeDefined();
  });

  it('leaves the id of an event to the engine: two rows may differ in the digits that are missing', () => {
    const cells: Cell[] = [
      ['userId', 'text', 'u'],
      ['timestamp', 'timestamp_ntz', '1700000000.000000000'],
      ['ORDER_ID', 'real', '4005002501632050'],
    ];
    const { message, json } = both(track({ event: 'Paid' }), cells);
    expect(message).not.toHaveProperty('messageId');
    expect(JSON.parse(json ?? '')).toHaveProperty('messageId', 'run-3');
    expect(both(track({ event: 'Paid' }), [...cells.slice(0, 2), ['PRICE', 'real', '0.3']]).message).toHaveProperty(
      'messageId',
    );
  });
});

describe('a mapper of the host', () => {
  const ways: Readonly<Record<string, (row: { ID: number }) => Message>> = {
    'String()': (row) => ({ type: 'identify', userId: String(row.ID) }),
    'a template': (row) => ({ type: 'track', event: 'Paid', userId: 'u', messageId: `${row.ID}` }),
    semanticEvents: (row) => semanticEvents.deletePerson({ userId: row.ID }),
  };
  const schema = z.object({ ID: z.number() });

  it.each(Object.entries(ways))('makes no id of a FLOAT by %s', (_name, map) => {
    const mapper = defineMapper(map, { schema });
    expect(refusal(mapper, ['ID', 'real', '4005002501632050'])).toMatchObject({
      code: 'MAPPING_ROW',
      details: { row: 3 },
    });
    expect(both(mapper, [['ID', 'real', '42']]).message).toMatchObject({ type: expect.any(String) as string });
  });

  it('may use an id that a FLOAT beside it happens to equal', () => {
    const mapper = defineMapper((row: { ID: string }): Message => ({ type: 'identify', userId: row.ID }), {
      schema: z.object({ ID: z.string(), SCORE: z.number() }),
    });
    const cells: Cell[] = [
      ['ID', 'text', '0.3'],
      ['SCORE', 'real', '0.3'],
    ];
    expect(both(mapper, cells).message).toStrictEqual({ type: 'identify', userId: '0.3' });
  });
});

describe('every other type keeps an id exactly', () => {
  it.each<[ColumnType, unknown, string]>([
    ['real', '999999999999999', '999999999999999'],
    ['real', '-7', '-7'],
    ['real', '1.5e3', '1500'],
    ['fixed', '4005002501632047', '4005002501632047'],
    ['fixed', '9007199254740993', '9007199254740993'],
    ['fixed', '7.50', '7.5'],
    ['decfloat', '9007199254740993', '9007199254740993'],
    ['variant', '4005002501632047', '4005002501632047'],
    ['variant', '99999999999999999999', '99999999999999999999'],
    ['variant', '"0.30000000000000004"', '0.30000000000000004'],
    ['variant', '1.000000000000000e+01', '10'],
    ['binary', 'DEADBEEF', 'DEADBEEF'],
    ['native', new Uint8Array([0xde, 0xad]), 'DEAD'],
    ['native', Number.MAX_SAFE_INTEGER, '9007199254740991'],
  ])('%s %s', (type, wire, userId) => {
    const { message, json } = both(identify(), [['userId', type, wire]]);
    expect(message).toStrictEqual({ type: 'identify', userId });
    if (json !== undefined) expect(JSON.parse(json)).toMatchObject({ userId });
  });

  it.each<ColumnType>(['boolean', 'date', 'time', 'timestamp_ntz', 'timestamp_tz', 'object', 'array'])(
    'or is refused before the first row: %s',
    (type) => {
      expect(() => identify().bind([{ name: 'userId', type, nullable: true }])).toThrow(
        expect.objectContaining({ code: 'MAPPING_COLUMNS', hint: 'Write TO_VARCHAR(userId) AS "userId".' }),
      );
    },
  );

  it.each<unknown>([true, new Date(0), {}, [1]])('or rejects the row of a plain object: %s', (userId) => {
    expect(() => identify().map({ userId })).toThrow(MappingError);
  });
});

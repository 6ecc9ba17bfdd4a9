import { describe, expect, it } from 'vitest';
import type { Column } from 'snowmelt';
import { untold, wireTextOf } from '../../../src/source/snowflake/decoded-rows.js';
import { captureRawRows, isWireText, rawRowOf } from '../../../src/source/snowflake/raw-rows.js';

describe('rows taken past the driver', () => {
  it('leaves a statement of another driver version as it is', () => {
    const getColumns = () => [];
    const statement = { getColumns } as never as Parameters<typeof captureRawRows>[0];
    expect(captureRawRows(statement, [{ getName: () => 'A' } as never])).toBe(false);
    expect(statement.getColumns).toBe(getColumns);
    expect(captureRawRows(statement, [])).toBe(false);
  });

  it('recognises what is no raw row', () => {
    for (const other of [null, {}, [null], [{ values: ['1'] }], [{ values: ['1', '2'], rowIndex: 0 }], ['1']]) {
      expect(rawRowOf(other, 1)).toBeUndefined();
    }
    const row = rawRowOf([{ values: ['1'], rowIndex: 4 }], 1);
    expect(row?.rowIndex).toBe(4);
    expect(isWireText({ values: ['1', null], rowIndex: 0 })).toBe(true);
    expect(isWireText({ values: [1 as never], rowIndex: 0 })).toBe(false);
  });
});

describe("the driver's values become wire text", () => {
  const date = (seconds: number, nanos: number, zone: unknown = 'UTC') => ({
    getEpochSeconds: () => seconds,
    getNanoSeconds: () => nanos,
    getTimezone: () => zone,
  });
  it.each<[Column['type'], number, unknown, string | null | typeof untold]>([
    ['fixed', 2, '1.50', '1.50'],
    ['fixed', 0, 'NULL', null],
    ['fixed', 0, null, null],
    ['boolean', 0, 'TRUE', 'true'],
    ['boolean', 0, 'NULL', null],
    ['date', 0, date(-86_400, 0), '-1'],
    ['time', 9, '13:37:00.123000000', '49020.123000000'],
    ['time', 0, '13:37:00', '49020'],
    ['timestamp_ntz', 9, date(-2, 500_000_000), '-1.500000000'],
    ['timestamp_ntz', 3, date(1_700_000_000, 123_000_000), '1700000000.123'],
    ['timestamp_ltz', 0, date(5, 0), '5'],
    ['timestamp_tz', 9, date(1_700_000_000, 0, 345), '1700000000.000000000 1785'],
    ['text', 0, 'NULL', 'NULL'],
    ['variant', 0, '{"a":1}', '{"a":1}'],
    ['variant', 0, '"NULL"', '"NULL"'],
    ['variant', 0, 'NULL', null],
    ['time', 9, 'NULL', null],
    ['binary', 0, 'NULL', null],
    // Structured types, whose numbers are doubles by now.
    ['object', 0, { a: 1 }, untold],
    ['array', 0, [1], untold],
    // A MAP is told where no number of it can have lost a digit.
    [
      'map',
      0,
      new Map<string, unknown>([
        ['a', 1],
        ['b', 'x'],
        ['c', null],
        ['d', true],
      ]),
      '{"a":1,"b":"x","c":null,"d":true}',
    ],
    ['map', 0, new Map([[7, 'x']]), '{"7":"x"}'],
    ['map', 0, new Map([['a', 1.5]]), untold],
    ['map', 0, new Map([['a', 2 ** 53]]), untold],
    ['map', 0, new Map([['a', new Date(0)]]), untold],
    ['map', 0, 'NULL', null],
    ['fixed', 0, 1, untold],
  ])('%s(%d)', (type, scale, value, expected) => {
    expect(wireTextOf([{ name: 'C', type, scale, nullable: true }])([value])).toEqual([expected]);
  });
});

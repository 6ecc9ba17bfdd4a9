import { describe, expect, it } from 'vitest';
import type { Column } from 'snowmelt';
import { WireTextNormaliser } from '../../../src/source/sql-api/to-wire-text.js';

describe('temporal values of the SQL API become wire text', () => {
  it.each<[Column['type'], number, string[], string[]]>([
    ['timestamp_ntz', 9, ['0', '5000000000000'], ['0.000000000', '5000.000000000']],
    ['timestamp_ntz', 0, ['0', '1700000000000000000'], ['0', '1700000000']],
    ['timestamp_tz', 9, ['0 1440', '1500000000 1440'], ['0.000000000 1440', '1.500000000 1440']],
    ['time', 9, ['0', '1000'], ['0.000000000', '0.000001000']],
    ['time', 0, ['0', '49020'], ['0', '49020']],
  ])('whichever comes first: %s(%d) %j', (type, scale, values, expected) => {
    const rows = values.map((value) => [value as string | null]);
    new WireTextNormaliser([{ name: 'C', type, scale, nullable: true }]).apply(rows);
    expect(rows).toEqual(expected.map((value) => [value]));
  });

  it.each<[Column['type'], number, string, string]>([
    ['date', 0, '19782', '19782'],
    ['date', 0, '2024-02-29', '19782'],
    ['date', 0, '1969-12-31', '-1'],
    ['time', 9, '49020.123000000', '49020.123000000'],
    ['time', 9, '13:37:00.123', '49020.123000000'],
    ['time', 3, '49020123000000', '49020.123'],
    ['time', 0, '49020', '49020'],
    ['timestamp_ntz', 9, '1700000000.123456789', '1700000000.123456789'],
    ['timestamp_ntz', 9, '1700000000123456789', '1700000000.123456789'],
    ['timestamp_ntz', 0, '1700000000', '1700000000'],
    ['timestamp_ntz', 9, '2023-11-14 22:13:20.123', '1700000000.123000000'],
    ['timestamp_ntz', 9, '1969-12-31 23:59:58.500', '-1.500000000'],
    ['timestamp_ltz', 9, '-1.500000000', '-1.500000000'],
    ['timestamp_ltz', 3, '2023-11-14T14:13:20.123-08:00', '1700000000.123'],
    ['timestamp_ltz', 9, '2023-11-14 14:13:20.000 -0800', '1700000000.000000000'],
    ['timestamp_ltz', 9, '2023-11-14T22:13:20Z', '1700000000.000000000'],
    ['timestamp_tz', 9, '1700000000.000000000 1785', '1700000000.000000000 1785'],
    ['timestamp_tz', 9, '1700000000000000000 1785', '1700000000.000000000 1785'],
    ['timestamp_tz', 9, '2023-11-15 03:58:20.000 +0545', '1700000000.000000000 1785'],
    ['text', 0, '2023-11-15', '2023-11-15'],
    ['fixed', 0, '1700000000123456789', '1700000000123456789'],
  ])('%s(%d) %s', (type, scale, value, expected) => {
    const normaliser = new WireTextNormaliser([{ name: 'C', type, scale, nullable: true }]);
    const rows = [[null], [value], [null], [value]];
    normaliser.apply(rows.slice(0, 1));
    normaliser.apply(rows);
    expect(rows).toEqual([[null], [expected], [null], [expected]]);
  });
});

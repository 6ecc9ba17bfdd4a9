import { expect, it } from 'vitest';
import { identify, type Column, type ColumnType, type MappingError } from 'snowmelt';

/** What a row with one semi-structured value becomes. */
function errorOf(type: ColumnType, text: string): MappingError {
  const columns: Column[] = [
    { name: 'userId', type: 'text', nullable: false },
    { name: 'DETAILS', type, nullable: true },
  ];
  const bound = identify().bind(columns);
  try {
    bound(['u', text], { row: 0, sync: 's' });
  } catch (error) {
    return error as MappingError;
  }
  throw new Error('the row was accepted');
}

it.each([
  ['variant', '<order id="1"><item>planted</item></order>', 'DETAILS::VARCHAR'],
  ['object', '\n<order/>', 'XMLGET(DETAILS'],
  ['array', '<a/>', 'XML'],
  ['geography', 'POINT(1 2)', 'ST_ASGEOJSON(DETAILS)'],
  ['geometry', '0101000000000000000000F03F', 'GeoJSON'],
  ['variant', `${'['.repeat(2000)}${']'.repeat(2000)}`, 'DETAILS:path'],
] as const)('%s %.20s: its hint says what to select', (type, text, hint) => {
  const error = errorOf(type, text);
  expect(error).toMatchObject({ code: 'MAPPING_ROW', hint: expect.stringContaining(hint) });
  expect(error.message + String(error.hint)).not.toContain('planted');
});

it('of any other text no cause is told', () => {
  expect(errorOf('variant', 'planted').hint).toBeUndefined();
});

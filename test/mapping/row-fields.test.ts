import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { defineMapper, type Column, type ColumnType, type DefineMapperOptions, type RowField } from 'snowmelt';
import { columnsAndRows } from './arbitrary-rows.js';
import { misfits } from './fits-field.js';

const column = (type: ColumnType, rest: Partial<Column> = {}): Column => ({
  name: 'C',
  type,
  nullable: false,
  ...rest,
});

function field(given: Column, options: DefineMapperOptions<unknown> = {}): RowField | undefined {
  return defineMapper((): unknown => undefined, options).rowFields?.([given])[0];
}

/** As TypeScript writes it. */
function shown(given: Column, options: DefineMapperOptions<unknown> = {}): string {
  const { type, nullable, optional } = field(given, options)!;
  return `${optional ? '?' : ''}: ${type}${nullable ? ' | null' : ''}`;
}

describe('the fields of a row', () => {
  it.each<[string, Column, string]>([
    ['NUMBER of 15 digits', column('fixed', { precision: 15, scale: 15 }), ': number'],
    ['NUMBER of 16 digits', column('fixed', { precision: 16, scale: 0 }), ': number | string'],
    ['NUMBER of unknown digits', column('fixed'), ': number | string'],
    ['DECFLOAT', column('decfloat', { precision: 10 }), ': number | string'],
    ['FLOAT, whose NaN is null', column('real'), ': number | null'],
    ['VARCHAR', column('text'), ': string'],
    ['BOOLEAN', column('boolean'), ': boolean'],
    ['DATE', column('date'), ': string'],
    ['TIME', column('time'), ': string'],
    ['TIMESTAMP_NTZ', column('timestamp_ntz'), ': string'],
    ['TIMESTAMP_LTZ', column('timestamp_ltz'), ': string'],
    ['TIMESTAMP_TZ', column('timestamp_tz'), ': string'],
    ['VARIANT', column('variant'), ': JsonValue | null'],
    ['OBJECT', column('object'), ': JsonObject'],
    ['MAP', column('map'), ': JsonObject'],
    ['ARRAY', column('array'), ': readonly JsonValue[]'],
    ['VECTOR', column('vector'), ': readonly (number | string | null)[]'],
    ['GEOGRAPHY', column('geography'), ': JsonObject'],
    ['GEOMETRY', column('geometry'), ': JsonObject'],
    ['BINARY', column('binary'), ': string'],
    ['a value of another source', column('native'), ': JsonValue | null'],
    ['NULL', column('text', { nullable: true }), ': string | null'],
  ])('are those of %s', (_name, given, type) => {
    expect(shown(given)).toBe(type);
  });

  it.each<[string, Column, DefineMapperOptions<unknown>, string]>([
    ['numbers: string', column('fixed', { precision: 5 }), { numbers: 'string' }, ': string'],
    ['numbers: string', column('decfloat'), { numbers: { columns: ['C'] } }, ': string'],
    ['numbers: string of a FLOAT', column('real'), { numbers: 'string' }, ': string | null'],
    ['numbers of another type', column('boolean'), { numbers: 'string' }, ': boolean'],
    ['booleans: string', column('boolean'), { booleans: 'string' }, ": 'true' | 'false'"],
    ['0 and 1 of a NUMBER', column('fixed'), { booleans: { columns: ['c'] } }, ': boolean'],
    ['0 and 1 as text', column('decfloat'), { booleans: { columns: ['C'], as: 'string' } }, ": 'true' | 'false'"],
    ['0 and 1 of a FLOAT, never NaN', column('real'), { booleans: { columns: ['C'] } }, ': boolean'],
    ['nulls: omit', column('text', { nullable: true }), { nulls: 'omit' }, '?: string'],
    ['nulls: omit of a FLOAT', column('real'), { nulls: 'omit' }, '?: number'],
    ['nulls: omit of JSON', column('variant'), { nulls: 'omit' }, '?: JsonValue'],
    ['nulls: omit without null', column('text'), { nulls: 'omit' }, ': string'],
  ])('follow %s', (_name, given, options, type) => {
    expect(shown(given, options)).toBe(type);
  });

  it('have the names that the function finds', () => {
    const columns = ['FIRST_NAME', 'ID', 'SECRET'].map((name) => ({ ...column('text'), name }));
    const mapper = defineMapper((row) => row, { columnCase: 'camel', rename: { ID: 'user id' }, omit: ['secret'] });
    const fields = mapper.rowFields?.(columns) ?? [];
    expect(fields.map(({ name, column: from }) => [name, from.name])).toEqual([
      ['firstName', 'FIRST_NAME'],
      ['user id', 'ID'],
    ]);
    expect(Object.keys(mapper.bind(columns)(['a', 'b', 'c'], { row: 0 }) as object)).toEqual(['firstName', 'user id']);
  });

  it('are refused with the options that no row fits', () => {
    const fault = expect.objectContaining({ code: 'MAPPING_COLUMNS' });
    expect(() => field(column('text'), { omit: ['D'] })).toThrow(fault);
    expect(() => field(column('text'), { booleans: { columns: ['C'] } })).toThrow(fault);
    const mapper = defineMapper((row) => row);
    expect(() => mapper.rowFields?.([column('text'), column('fixed')])).toThrow(fault);
  });

  const options = fc.record<Partial<DefineMapperOptions<unknown>>>(
    {
      nulls: fc.constantFrom('keep', 'omit'),
      numbers: fc.constantFrom('auto', 'string'),
      booleans: fc.constantFrom('boolean', 'string'),
    },
    { requiredKeys: [] },
  );
  // A VARIANT's text in an OBJECT column is none of Snowflake's.
  const IS_CHECKED: ReadonlySet<ColumnType> = new Set(['object', 'array', 'map', 'vector', 'geography', 'geometry']);

  it('are fitted by every row that the function is given', () => {
    let rowsSeen = 0;
    fc.assert(
      fc.property(columnsAndRows, options, ({ columns, rows }, given) => {
        const kept = columns.map((each) => (IS_CHECKED.has(each.type) ? { ...each, type: 'variant' as const } : each));
        const mapper = defineMapper((row) => ({ row }), { ...given, checkMessages: false });
        const fields = mapper.rowFields?.(kept) ?? [];
        const bound = mapper.bind(kept);
        for (const values of rows) {
          let row: Readonly<Record<string, unknown>>;
          try {
            ({ row } = bound(values, { row: 0 }) as { row: Readonly<Record<string, unknown>> });
          } catch {
            continue;
          }
          rowsSeen += 1;
          expect(misfits(fields, row)).toEqual([]);
        }
      }),
      { numRuns: 300 },
    );
    expect(rowsSeen).toBeGreaterThan(200);
  });
});

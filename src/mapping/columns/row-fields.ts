import { callHost } from '../../errors/host-call.js';
import type { Column } from '../../source/source.js';
import type { RowField, RowMapper } from '../row-mapper.js';
import { checkDecode } from '../values/decoder.js';
import { mayBecomeNull, valueType } from '../values/value-type.js';
import { ROW } from './call-spec.js';
import { layOutColumns } from './column-layout.js';
import type { MappingOptions } from './mapping-options.js';

/**
 * The row that a function of `defineMapper` with these options is given, field by field.
 *
 * @throws MappingError `MAPPING_COLUMNS` when the columns do not fit the options
 */
export function rowFields(columns: readonly Column[], options: MappingOptions): readonly RowField[] {
  const { columns: planned } = layOutColumns(columns, ROW, options);
  return planned
    .filter(({ target }) => target === 'bag')
    .map(({ key, column, decode }) => {
      checkDecode(column, decode);
      const becomesNull = mayBecomeNull(column, decode);
      const optional = options.nulls === 'omit' && becomesNull;
      return { name: key, column, type: valueType(column, decode), nullable: becomesNull && !optional, optional };
    });
}

/**
 * The row of any mapper: that of its function, or the columns as they are for one that has no function.
 *
 * @throws MappingError `MAPPING_COLUMNS` when the columns do not fit the mapper
 */
export function rowFieldsOf(mapper: RowMapper<unknown>, columns: readonly Column[]): readonly RowField[] {
  return callHost("The mapper's rowFields()", () => mapper.rowFields?.(columns)) ?? rowFields(columns, {});
}

import { columnType } from '../column-type.js';
import type { Column } from '../source.js';
import type { DriverColumn } from './driver.js';

/** The driver's columns as ours. */
export function fromDriverColumns(columns: readonly DriverColumn[]): readonly Column[] {
  return columns.map((column) => ({
    name: column.getName(),
    type: columnType(column.getType()),
    nullable: column.isNullable(),
    precision: column.getPrecision() ?? undefined,
    scale: column.getScale() ?? undefined,
  }));
}

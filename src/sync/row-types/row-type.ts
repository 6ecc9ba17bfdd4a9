import type { RowField } from '../../mapping/row-mapper.js';

/** The row type of one sync. */
export interface RowType {
  readonly sync: string;
  /** Name of the type: `PeopleRow`. */
  readonly name: string;
  /** In the order of the query's columns. */
  readonly fields: readonly RowField[];
}

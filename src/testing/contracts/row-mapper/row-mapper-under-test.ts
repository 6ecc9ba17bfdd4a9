import type { Row, RowMapper } from '../../../mapping/row-mapper.js';
import type { Column } from '../../../source/source.js';
import type { ContractOptions } from '../contract-runner.js';

/** What a mapper can be shown beyond ordinary rows, so that it is tested too. */
export interface RowMapperCapabilities {
  /** A row that cannot be mapped; same columns as the ordinary rows. */
  readonly invalid?: Row | undefined;
  /** A row that is skipped; same columns as the ordinary rows. */
  readonly skipped?: Row | undefined;
  /** Names of columns that do not fit the mapper, because one that it needs is missing. */
  readonly missing?: readonly string[] | undefined;
  /** The ordinary rows once more, as a source gives them: typed columns, values by position as Snowflake's wire text. */
  readonly wire?: { readonly columns: readonly Column[]; readonly rows: readonly (readonly unknown[])[] } | undefined;
}

/** What a row mapper can be tested for, besides what all mappers are. */
export type RowMapperAbility = keyof RowMapperCapabilities | 'toJson' | 'canonical' | 'explain';

/** A mapper under test. */
export interface RowMapperUnderTest<M> {
  readonly mapper: RowMapper<M>;
  /** Two rows or more, all different, with the same columns in the same order; each becomes a message. */
  readonly rows: readonly Row[];
  readonly capabilities?: RowMapperCapabilities | undefined;
}

/** Options of `testRowMapper`. */
export interface TestRowMapperOptions<M> extends ContractOptions<RowMapperAbility> {
  /** Shown in the names of the tests. */
  readonly name: string;
  /** Makes a mapper and its rows, the same ones each time; called once per test or more often. */
  readonly create: () => RowMapperUnderTest<M>;
}

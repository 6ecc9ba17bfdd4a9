import type { BindValue, Source, Statement } from '../../../source/source.js';
import type { ContractOptions } from '../contract-runner.js';
import type { ExpectedColumn } from './snowflake-types.js';

/** What a source and its server can do beyond the interface, so that it is tested too. Leave out what does not exist. */
export interface SourceCapabilities {
  /** Another source of the same user, as another process would make it. */
  readonly another?: (() => Promise<Source> | Source) | undefined;
  /** Makes the stored result of a query disappear. */
  readonly expire?: ((queryId: string) => Promise<void> | void) | undefined;
  /** Makes the stored result of a query come in another order. */
  readonly reorder?: ((queryId: string) => Promise<void> | void) | undefined;
  /** A statement that takes at least ten seconds, and how many statements are running on the server. */
  readonly slow?:
    | {
        readonly statement: Statement;
        /** Statements running on the server now. */
        readonly running: () => Promise<number> | number;
      }
    | undefined;
  /** Text that must stand in no description and no error: the key, or the password. */
  readonly secret?: string | undefined;
}

/** What a source can be tested for, besides what all sources are. */
export type SourceAbility = keyof SourceCapabilities | 'describe' | 'Symbol.asyncDispose';

/** A source under test. */
export interface SourceUnderTest {
  readonly source: Source;
  readonly capabilities?: SourceCapabilities | undefined;
  /** Removes what the test left. */
  readonly cleanup?: (() => Promise<void>) | undefined;
}

/** Options of `testSource`. */
export interface TestSourceOptions extends ContractOptions<SourceAbility> {
  /** Shown in the names of the tests. */
  readonly name: string;
  /** Makes a source; called once per test. */
  readonly create: () => Promise<SourceUnderTest> | SourceUnderTest;
  /** A statement whose rows have one column that counts from 0. @default Snowflake's GENERATOR */
  readonly counting?: ((rowCount: number) => Statement) | undefined;
  /**
   * A statement with one row and what its columns are; `false` leaves the test out. @default every type of Snowflake
   */
  readonly types?: { readonly statement: Statement; readonly columns: readonly ExpectedColumn[] } | false | undefined;
  /**
   * A statement with one row and one column that gives back what is bound to it; `false` leaves the tests of binds out.
   * Numbers and booleans may come as any wire text of their value. @default Snowflake's `SELECT ?`; `false` with a
   * `counting` of your own
   */
  readonly echo?: ((bind: BindValue) => Statement) | false | undefined;
  /** A statement that is refused. @default a query of a column that isn't there */
  readonly refused?: Statement | undefined;
  /** Rows of the largest result read; more than the source puts into one batch. @default 5000 */
  readonly rows?: number | undefined;
}
